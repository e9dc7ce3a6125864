package ftpd_test

import (
	"slices"
	"strings"
	"testing"

	"trawl/ftpd"
)

// TestReplies gives each command in turn, in one session a row.
func TestReplies(t *testing.T) {
	in := []string{"USER ftp => 331 ", "PASS x => 230 "}
	tests := []struct {
		name  string
		login bool     // first
		talk  []string // "command => start of the reply"
	}{
		{"login", false, []string{
			"USER anonymous => 331 ",
			"PASS a@b => 230 ",
			"PASS => 503 ",
			"USER ftp => 331 ",
			"PWD => 530 ",
			"PASS => 230 ",
		}},
		{"case", false, []string{
			"user FTP => 331 ",
			"pass => 230 ",
			"pwd => 257 \"/\" ",
		}},
		{"no login", false, []string{
			"PWD => 530 ",
			"LIST => 530 ",
			"RETR README => 530 ",
			"PASV => 530 ",
			"EPSV => 530 ",
			"PORT 127,0,0,1,5,5 => 530 ",
			"STAT => 211-",
			"STAT / => 530 ",
			"SIZE README => 530 ",
			"STOR x => 530 ",
		}},
		{"other user", false, []string{
			"PASS x => 503 ",
			"USER root => 331 ",
			"PASS x => 530 ",
			"PASS x => 503 ",
			"PWD => 530 ",
		}},
		{"before login", false, []string{
			"NOOP => 200 ",
			"SYST => 215 UNIX",
			"FEAT => 211-",
			"HELP => 214-",
			"OPTS UTF8 ON => 200 ",
			"QUIT => 221 ",
		}},
		{"around", true, []string{
			"PWD => 257 \"/\"",
			"CWD pub => 250 ",
			"PWD => 257 \"/pub\" ",
			"CWD deep/er => 250 ",
			"XPWD => 257 \"/pub/deep/er\"",
			"CDUP => 250 ",
			"PWD => 257 \"/pub/deep\"",
			"XCUP => 250 ",
			"XCWD / => 250 ",
			"CWD README => 550 README: Not a dir",
			"CWD nowhere => 550 nowhere: No such",
			"CWD => 250 ",
		}},
		{"quotes", true, []string{
			"CWD pub/quote\"d => 250 ",
			"PWD => 257 \"/pub/quote\"\"d\" ",
		}},
		{"above the root", true, []string{
			"CDUP => 250 ",
			"CWD ../../.. => 250 ",
			"PWD => 257 \"/\"",
			"CWD /../etc => 550 ",
			"SIZE ../../README => 213 8",
			"RETR ../../../../etc/passwd => 550 ",
		}},
		{"types", true, []string{
			"TYPE A => 200 ",
			"TYPE I => 200 ",
			"TYPE A N => 200 ",
			"TYPE L 8 => 200 ",
			"type i => 200 ",
			"TYPE E => 504 ",
			"TYPE => 501 ",
			"MODE S => 200 ",
			"MODE B => 200 ",
			"MODE C => 504 ",
			"STRU F => 200 ",
			"STRU R => 200 ",
			"STRU P => 504 ",
			"MODE Z => 200 ",
		}},
		{"a new user", true, []string{
			"CWD pub => 250 ",
			"REST 5 => 350 ",
			"REIN => 220 ",
			"PWD => 530 ",
			"USER ftp => 331 ",
			"PASS => 230 ",
			"PWD => 257 \"/\"",
		}},
		{"size", true, []string{
			"SIZE README => 213 8",
			"SIZE pub/b c.txt => 213 2",
			"SIZE pub => 550 pub: Not a regular file",
			"SIZE none => 550 ",
			"SIZE pub/link => 213 3",
			"SIZE pub/caf\u00e9 => 213 6",
		}},
		{"time", true, []string{
			"MDTM README => 213 20240506120000",
			"MDTM pub/timeless => 550 ",
			"MDTM none => 550 ",
		}},
		{"restart", true, []string{
			"REST 5 => 350 ",
			"REST -1 => 501 ",
			"REST x => 501 ",
			"REST 99999999999999999999 => 501 ",
			"REST => 501 ",
		}},
		{"read-only", true, []string{
			"STOR x => 550 ",
			"STOU => 550 ",
			"APPE x => 550 ",
			"DELE README => 550 ",
			"MKD x => 550 ",
			"XMKD x => 550 ",
			"RMD pub => 550 ",
			"RNFR README => 550 ",
			"RNTO x => 503 ",
			"MFMT 20200101000000 README => 550 ",
		}},
		{"unknown", true, []string{
			"XYZZY => 500 ",
			" => 500 ",
			" LIST => 500 ",
			"AUTH TLS => 502 ",
		}},
		{"small talk", true, []string{
			"NOOP => 200 ",
			"ALLO 5 => 200 ",
			"ACCT x => 202 ",
			"SITE HELP => 214-",
			"SITE CHMOD 777 x => 550 ",
			"ABOR => 225 ",
			"STAT => 211-",
		}},
		{"no data connection", true, []string{
			"RETR README => 425 ",
			"LIST => 425 ",
			"MLSD => 425 ",
			"NLST => 425 ",
		}},
		{"files that are none", true, []string{
			"RETR pub => 550 ",
			"RETR none => 550 ",
			"RETR => 501 ",
			"LIST none => 550 none: No such",
			"NLST none/*.none => 550 ",
			"MLSD README => 501 ",
			"MLSD none => 550 ",
		}},
		{"options", false, []string{
			"OPTS UTF8 => 200 ",
			"OPTS utf8 off => 504 ",
			"OPTS MLST size;TYPE;x; => 200 MLST OPTS type;size;",
			"FEAT => 211-Features:\n AVBL\n CLNT\n CSID\n EPRT\n EPSV\n HASH SHA-256*;SHA-512;SHA-1;MD5;CRC32;\n HOST\n LANG EN*\n MDTM\n MLST type*;perm;size*;modify;unique;UNIX.mode;\n",
			"OPTS MLST => 200 MLST OPTS",
			"OPTS XYZ => 530 ",
		}},
		{"PORT", true, []string{
			"PORT 127,0,0,1,4,0 => 200 ",
			"PORT 127,0,0,1,3,255 => 501 ",
			"PORT 127,0,0,2,4,1 => 501 ",
			"PORT 10,0,0,1,9,9 => 501 ",
			"PORT 127,0,0,1,4 => 501 ",
			"PORT 127,0,0,1,4,256 => 501 ",
			"PORT 127,0,0,1,4,-1 => 501 ",
			"PORT => 501 ",
			"PORT 127.0.0.1:4000 => 501 ",
		}},
		{"EPRT", true, []string{
			"EPRT |1|127.0.0.1|1024| => 200 ",
			"EPRT |2|::ffff:127.0.0.1|1024| => 200 ",
			"EPRT |2|::ffff:127.0.0.2|1024| => 501 ",
			"EPRT |1|127.0.0.1|1023| => 501 ",
			"EPRT |1|10.0.0.1|5000| => 501 ",
			"EPRT |2|::1|5000| => 522 ",
			"EPRT |3|x|5000| => 522 ",
			"EPRT |1|::1|5000| => 501 ",
			"EPRT |1|127.0.0.1|99999| => 501 ",
			"EPRT !1!127.0.0.1!5000! => 200 ",
			"EPRT => 501 ",
			"EPRT |1|127.0.0.1 => 501 ",
			"EPRT |2|fe80::1%lo|5000| => 501 ",
		}},
		{"EPSV", true, []string{
			"EPSV => 229 Entering Extended Passive Mode (|||",
			"EPSV 1 => 229 ",
			"EPSV 2 => 522 ",
			"EPSV x => 522 ",
			"PASV => 227 Entering Passive Mode (127,0,0,1,",
			"EPSV ALL => 200 ",
			"PASV => 501 ",
			"PORT 127,0,0,1,9,9 => 501 ",
			"EPRT |1|127.0.0.1|5000| => 501 ",
			"EPSV => 229 ",
		}},
		{"telnet", false, []string{
			"\xff\xf4\xff\xf2NOOP => 200 ",
			"\xff\xfb\x01NOOP => 200 ",
			"\xf2NOOP => 200 ",
			"NO\xff\xfd\x06OP => 200 ",
		}},
		{"evil names", true, []string{
			"CWD none\rx => 550 none\uef0dx: ",
			"SIZE pub/evil\r\x00x => 550 ",
		}},
		{"MLST", true, []string{
			"MLST README => 250-Facts:\n type=file;size=8;modify=20240506120000;perm=r; /README\n250 End",
			"MLST pub => 250-Facts:\n type=dir;",
			"MLST none => 550 ",
			"MLST => 250-",
		}},
	}
	addr := serve(t, &ftpd.Server{FS: archive()})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, addr)
			c.reply()
			if test.login {
				test.talk = slices.Concat(in, test.talk)
			}
			for _, step := range test.talk {
				command, reply, _ := strings.Cut(step, " => ")
				c.want(command, reply)
			}
		})
	}
}

// TestPipelining sends many commands at once and gets their replies in order.
func TestPipelining(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	const n = 256
	c.send(strings.Repeat("SIZE README\r\nSTAT pub\r\n", n) + "NOOP")
	for range n {
		if got := c.reply(); got != "213 8" {
			t.Fatalf("SIZE => %q", got)
		}
		if got := c.reply(); !strings.HasPrefix(got, "212-") || !strings.HasSuffix(got, "\n212 End") {
			t.Fatalf("STAT => %q", got)
		}
	}
	if got := c.reply(); !strings.HasPrefix(got, "200 ") {
		t.Errorf("NOOP => %q", got)
	}
}
