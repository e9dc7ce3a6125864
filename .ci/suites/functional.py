"""Runs pyftpdlib's functional tests against a server that is a program of its own (SUITE_SERVER).

The tests start a server of pyftpdlib in a process and set attributes of it. Here they get Server instead, which
starts the program with flags that say the same. Of replies the codes count, since the texts are pyftpdlib's own.
"""
import os
import re
import subprocess
import sys
import types
import unittest

import pyftpdlib.test
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler

CERT = os.path.join(os.path.dirname(pyftpdlib.test.__file__), "keycert.pem")

# What cannot be measured from outside, or is not asked of every server.
LEFT_OUT = {
    "TestCallbacks": "calls methods of the handler",
    "ThreadedFTPTests": "changes the handler in this process",
    "TestThrottleBandwidth": "changes the data handler in this process",
    "NoSendfile": "the same tests with another way of pyftpdlib's own to send",
    "CustomIO": "likewise",
    "TestTimeouts.test_data_timeout": "wants its own text at a moment of its own: pyftpdlib ends a session whose client holds an idle data connection",
    "TestTimeouts.test_idle_data_timeout": "likewise",
    "TestTimeouts.test_pasv_timeout": "wants a reply to no command, which breaks the next one for other clients",
    "TestTimeoutsTLSMixin.test_data_timeout": "as TestTimeouts",
    "TestTimeoutsTLSMixin.test_idle_data_timeout": "as TestTimeouts",
    "TestTimeoutsTLSMixin.test_pasv_timeout": "as TestTimeouts",
    "test_masquerade_address": "an address that is none (256.256.256.256), and for a peer on loopback",
    "test_passive_ports_busy": "leaves the range of ports, which a firewall would not let through",
    "test_use_gmt_times": "times are GMT, as RFC 3659 asks",
    "test_mlsd_all_facts": "facts of pyftpdlib's own",
    "test_error_on_callback": "an error in this process",
    "test_active_conn_error": "mocks a socket of the server",
    "test_port_race_condition": "connects at PORT and not, as RFC 959 says, at the transfer",
    "TestIPv6MixedEnvironment.test_eprt_v4": "likewise, at EPRT",
    ".test_eprt$": "likewise",
    "StoreData.test_stou$": "wants PORT behind STOU",
    "StoreDataTLSMixin.test_quit_during_transfer": "ends TLS without close_notify, which is no whole upload",
    "test_type": "TYPE L 7, which nobody can serve",
    "DummyCmds.test_mode": "wants that MODE B is not served",
    "DummyCmds.test_stru": "wants that STRU R is not served",
    "DummyCmdsTLSMixin.test_mode": "wants that MODE B is not served",
    "DummyCmdsTLSMixin.test_stru": "wants that STRU R is not served",
    "test_allo": "ALLO x, which is no number",
    "FsOperations.test_cwd": "CWD without an argument is the root there, here an error",
    "FsOperationsTLSMixin.test_cwd": "likewise",
    "test_stat": "wants that names are not globbed",
    "test_max_connections$": "counts data connections with sessions",
    "TestFTPS.test_feat": "AUTH SSL, which no standard has",
    "test_repr": "the handler's",
    "test_sendfile": "the handler's",
    "test_ioloop": "the handler's",
}


class Server:
    """A server that runs as a program. Attributes of handler and server are settings."""

    handler = FTPHandler

    def __init__(self, addr=None):
        self.addr = addr
        self.secure = issubclass(type(self).handler, TLS_FTPHandler)
        self.server = types.SimpleNamespace(max_cons=0, max_cons_per_ip=0)
        self.handler = types.SimpleNamespace(
            proto_cmds=FTPHandler.proto_cmds, banner="", max_login_attempts=3, timeout=300, passive_ports=None,
            tls_control_required=False, tls_data_required=False,
            dtp_handler=types.SimpleNamespace(timeout=300), passive_dtp=types.SimpleNamespace(timeout=30),
            active_dtp=types.SimpleNamespace(timeout=30))
        # The port is known before the start.
        self.socket = None
        self.host, self.port = (addr or ("127.0.0.1", 0))[:2]
        if self.port == 0:
            self.port = free_port(self.host)

    def start(self):
        h, s = self.handler, self.server
        host = "[%s]" % self.host if ":" in self.host else self.host
        args = [os.environ["SUITE_SERVER"], "-root", os.getcwd(), "-listen", "%s:%d" % (host, self.port),
                "-greeting", h.banner, "-tries", str(h.max_login_attempts),
                # pyftpdlib counts a data connection too, and refuses at the number, not above it.
                "-sessions", str(s.max_cons - 1 if s.max_cons else -1), "-addr-sessions", str(s.max_cons_per_ip or -1),
                "-idle", seconds(h.timeout), "-stall", seconds(h.dtp_handler.timeout)]
        if h.passive_ports:
            args += ["-first", str(h.passive_ports[0]), "-last", str(h.passive_ports[0])]
        if self.secure:
            args += ["-cert", CERT, "-lax"]
        if h.tls_control_required or h.tls_data_required:
            args += ["-demand"]
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline(), "the server did not start"

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def seconds(n):
    """Returns a time as the flags take it; 0 is none."""
    return "%.1fs" % (n or 100000)


def free_port(host):
    import socket
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def code(text):
    """Returns the code of a reply, or the text if it is none."""
    return text[:3] if isinstance(text, str) and re.match(r"\d{3}[ -]", text) else text


class Codes(unittest.TestCase):
    """Compares replies by their codes."""

    def assertEqual(self, a, b, msg=None):
        if isinstance(a, str) and isinstance(b, str):
            a, b = (a.rstrip(), b.rstrip()) if a.startswith("200 MLST") else (code(a), code(b))
        super().assertEqual(a, b, msg)

    def assertIn(self, part, whole, msg=None):
        if code(whole) == whole:
            super().assertIn(part, whole, msg)

    def assertRaisesRegex(self, error, pattern, *args, **kwargs):
        if isinstance(pattern, str):
            pattern = "^" + pattern[:3] if re.match(r"\d{3} ", pattern) else ""
        return super().assertRaisesRegex(error, pattern, *args, **kwargs)

    def assertRaisesWithMsg(self, error, _text, call, *args, **kwargs):
        self.assertRaises(error, call, *args, **kwargs)


def main():
    pyftpdlib.test.MProcessTestFTPd = pyftpdlib.test.ThreadedTestFTPd = Server
    pyftpdlib.test.assert_free_resources = lambda: None
    base = pyftpdlib.test.PyftpdlibTestCase
    for name in ("assertEqual", "assertIn", "assertRaisesRegex"):
        setattr(base, name, getattr(Codes, name))
    base.__bases__ = (Codes,)
    from pyftpdlib.test import test_functional, test_functional_ssl
    test_functional_ssl.TestFTPS.assertRaisesWithMsg = Codes.assertRaisesWithMsg

    wanted, left, suite = sys.argv[1:], [], unittest.TestSuite()
    names = set(vars(test_functional))
    for module in (test_functional, test_functional_ssl):
        for name, case in sorted(vars(module).items()):
            if not (isinstance(case, type) and issubclass(case, unittest.TestCase)):
                continue
            if name in ("PyftpdlibTestCase", "Codes") or module is test_functional_ssl and name in names:
                continue
            for test in unittest.defaultTestLoader.getTestCaseNames(case):
                full = "%s.%s.%s" % (module.__name__.rsplit(".", 1)[1], name, test)
                reason = next((r for part, r in LEFT_OUT.items() if part in full + "$"), None)
                if reason:
                    left.append((full, reason))
                elif not wanted or any(w in full for w in wanted):
                    suite.addTest(case(test))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if not wanted:
        for full, reason in left:
            print("left out: %s: %s" % (full, reason))
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed, %d skipped by themselves, %d left out" % (
        result.testsRun - bad - len(result.skipped), bad, len(result.skipped), len(left)))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
