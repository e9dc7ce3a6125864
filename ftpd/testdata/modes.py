"""Moves the files of a folder in MODE B and STRU R: modes.py HOST PORT FOLDER

The blocks and records are read and written by RFC 959 sections 3.4.1 and 3.4.2 alone. Each file is fetched, stored under
another name, and compared on the disk of the server.
"""
import ftplib
import os
import ssl
import struct
import sys

EOR, EOF = 128, 64


class Resuming(ftplib.FTP_TLS):
    """FTP over TLS, whose data connections resume the session of the control connection."""

    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        return self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session), size


def exactly(f, n):
    got = f.read(n)
    assert len(got) == n, "cut"
    return got


def from_blocks(f):
    """Returns the records; without STRU R there is one."""
    records, record = [], b""
    while True:
        what, count = struct.unpack(">BH", exactly(f, 3))
        assert what & ~(EOR | EOF) == 0, what
        record += exactly(f, count)
        if what & EOR:
            records.append(record)
            record = b""
        if what & EOF:
            assert f.read() == b"", "something is behind the end"
            return records, record


def from_escapes(f):
    wire, records, record, at = f.read(), [], b"", 0
    while True:
        if wire[at] != 255:
            record += wire[at:at + 1]
            at += 1
            continue
        code = wire[at + 1]
        at += 2
        if code == 255:
            record += b"\xff"
        if code in (1, 3):
            records.append(record)
            record = b""
        if code in (2, 3):
            assert at == len(wire), "something is behind the end"
            return records, record


def block(what, body):
    return struct.pack(">BH", what, len(body)) + body


def to_blocks(records, rest, size):
    out = b""
    for record in records:
        while len(record) > size:
            out, record = out + block(0, record[:size]), record[size:]
        out += block(EOR, record)
    while len(rest) > size:
        out, rest = out + block(0, rest[:size]), rest[size:]
    return out + block(EOF, rest)


def to_escapes(records, rest):
    out = b"".join(r.replace(b"\xff", b"\xff\xff") + b"\xff\x01" for r in records)
    return out + rest.replace(b"\xff", b"\xff\xff") + b"\xff\x02"


def split(body):
    lines = body.split(b"\n")
    return lines[:-1], lines[-1]


def join(records, rest):
    return b"".join(r + b"\n" for r in records) + rest


def fetch(ftp, name, text, structure, mode):
    with ftp.transfercmd("RETR " + name) as conn, conn.makefile("rb") as f:
        records, rest = from_blocks(f) if mode == "B" else from_escapes(f)
    ftp.voidresp()
    assert structure == "R" or not records
    body = join(records, rest)
    return body.replace(b"\r\n", b"\n") if text and structure == "F" else body


def store(ftp, name, body, text, structure, mode):
    if structure == "R":
        records, rest = split(body)
    else:
        records, rest = [], body.replace(b"\n", b"\r\n") if text else body
    wire = to_blocks(records, rest, 1000) if mode == "B" else to_escapes(records, rest)
    with ftp.transfercmd("STOR " + name) as conn:
        conn.sendall(wire)
        if isinstance(conn, ssl.SSLSocket):
            conn.unwrap()
    ftp.voidresp()


def main():
    host, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    files = {n: open(os.path.join(folder, n), "rb").read() for n in ("empty", "lines", "open", "bytes", "large")}
    transfers = 0
    for secure in (False, True):
        if secure:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            ftp = Resuming(context=context)
        else:
            ftp = ftplib.FTP()
        ftp.connect(host, port, timeout=60)
        ftp.login("ann", "x")
        if secure:
            ftp.prot_p()
        for text in (False, True):
            for structure, mode in (("F", "B"), ("R", "B"), ("R", "S")):
                for name, body in files.items():
                    if text and b"\r" in body:
                        continue
                    for cmd in ("TYPE " + "IA"[text], "STRU " + structure, "MODE " + mode):
                        ftp.voidcmd(cmd)
                    how = (secure, text, structure, mode, name)
                    got = fetch(ftp, name, text, structure, mode)
                    assert got == body, ("RETR", how, got[:100])
                    store(ftp, "copy", body, text, structure, mode)
                    kept = open(os.path.join(folder, "copy"), "rb").read()
                    assert kept == body, ("STOR", how, kept[:100])
                    transfers += 2
        ftp.quit()
    print(f"{transfers} transfers, all whole")


main()
