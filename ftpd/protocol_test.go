package ftpd_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
)

// TestCommands gives commands in turn to a session that may do all, in one session a row: "command => start of the reply".
func TestCommands(t *testing.T) {
	for _, test := range []struct {
		name string
		talk []string
	}{
		{"rename", []string{
			"RNFR a => 350 ", "RNTO b => 250 ",
			"RNFR b => 350 ", "NOOP => 200 ", "RNTO c => 503 ",
			"RNFR b => 350 ", "RNFR none => 550 ", "RNTO c => 503 ",
			"RNFR b => 350 ", "RNTO => 501 ", "RNTO c => 503 ",
		}},
		{"times", []string{
			"MFMT 20200102030405 a => 213 Modify=20200102030405; a",
			"MFMT 20200102030405.123 a => 213 Modify=20200102030405; a",
			"MDTM a => 213 20200102030405",
			"MDTM 20210203040506 a => 213 Modify=20210203040506; a",
			"MDTM a => 213 20210203040506",
			"MDTM dir => 550 ", "MDTM 20210203040506 none => 550 ", "MDTM 2021 a => 550 ",
			"MFMT a => 501 ", "MFMT 2020 a => 501 ", "MFMT 20201302030405 a => 501 ", "MFMT 20200102030405 => 501 ",
			"SITE UTIME 20220304050607 a => 200 ", "MDTM a => 213 20220304050607",
			"SITE UTIME 202303040506 a => 200 ", "MDTM a => 213 20230304050600",
			"SITE UTIME a 20200101000000 20240405060708 20200101000000 UTC => 200 ", "MDTM a => 213 20240405060708",
			"SITE UTIME b c 20200101000000 20240405060708 20200101000000 UTC => 550 ",
			"SITE UTIME x => 501 ", "SITE UTIME => 501 ",
			"MFCT 20200102030405 a => 502 ",
		}},
		{"facts", []string{
			"MFF modify=20020717210715;UNIX.mode=600; a => 213 modify=20020717210715;UNIX.mode=0600; a",
			"MDTM a => 213 20020717210715",
			"MFF Modify=20030717210715;Create=20020717210715; a => 504 ",
			"MDTM a => 213 20020717210715",
			"MFF Modify=x; a => 501 ", "MFF Modify=20020717210715 a => 501 ", "MFF a => 501 ", "MFF UNIX.mode=999; a => 501 ", "MFF Modify=20020717210715; none => 550 ",
		}},
		{"modes", []string{
			"SITE CHMOD 644 a => 200 ", "SITE CHMOD 4755 a => 200 ", "SITE CHMOD 888 a => 501 ", "SITE CHMOD -1 a => 501 ", "SITE CHMOD 644 => 501 ",
			"SITE CHMOD 644 none => 550 ", "SITE HELP CHMOD => 214 Syntax: SITE CHMOD mode path", "SITE HELP X => 501 ", "SITE X => 500 ", "SITE => 501 ",
		}},
		{"types", []string{
			"TYPE L8 => 200 ", "TYPE L 7 => 504 ", "TYPE A T => 200 ", "TYPE A C => 504 ", "TYPE E => 504 ", "TYPE X => 504 ", "TYPE A => 200 ",
			"SIZE a => 550 SIZE not allowed in ASCII mode", "REST 1 => 501 ", "REST 0 => 350 ", "RANG 1 2 => 551 ", "RANG 1 0 => 350 ",
			"TYPE I => 200 ", "SIZE a => 213 3", "REST 1 => 350 ", "TYPE A => 200 ", "RETR a => 501 ", "RETR a => 425 ",
			"MODE C => 504 ", "MODE X => 501 ", "STRU P => 504 ", "STRU X => 501 ",
			"CLNT lftp/4.9.2 => 200 ", "MODE Z => 504 ", "CLNT other => 200 ", "MODE Z => 200 ", "MODE S => 200 ", "OPTS MODE Z LEVEL 9 => 200 MODE Z LEVEL set to 9", "OPTS MODE Z LEVEL 10 => 501 ", "OPTS MODE Z LEVEL => 501 ", "OPTS MODE S => 501 ",
		}},
		{"ranges", []string{
			"RANG 0 2 => 350 Transferring byte range of 3 bytes starting from 0", "RANG a b => 501 ", "RANG -1 1 => 501 ", "RANG 5 3 => 501 ", "RANG 1 => 501 ",
			"RANG 0 9223372036854775807 => 350 ", "RANG 9223372036854775808 9223372036854775809 => 501 ",
			"RANG 3 5 => 350 ", "RETR a => 554 ", "REST 4 => 350 ", "RETR a => 554 ", "RETR a => 425 ",
		}},
		{"help", []string{
			"HELP => 214-", "HELP retr => 214 Syntax: RETR path", "HELP SITE CHMOD => 214 Syntax: SITE CHMOD mode path", "HELP XYZZY => 501 ",
		}},
		{"who we are", []string{
			"CLNT x => 200 ", "CLNT => 501 ", "CSID Name=x; => 200 Name=Trawl; CaseSensitive=1;", "LANG => 200 ", "LANG en-GB => 200 ", "LANG fr => 504 ",
			"HOST files.example.org => 503 ", "ACCT x => 202 ", "ACCT => 501 ", "OPTS UTF8 ON => 200 ", "OPTS UTF8 OFF => 504 ", "OPTS UTF8 x => 501 ",
			"OPTS XYZ => 501 ", "OPTS MLST bad => 501 ", "OPTS MLST type ; => 501 ", "AVBL => 213 ", "AVBL a => 550 ", "AVBL none => 550 ",
			"SMNT none => 550 ", "SMNT a => 550 ", "SMNT ../.. => 202 ", "SMNT dir => 202 ", "SMNT => 501 ", "PWD => 257 \"/\"",
		}},
		{"no argument", []string{
			"ABOR x => 501 ", "CDUP x => 501 ", "FEAT x => 501 ", "NOOP x => 501 ", "PASV x => 501 ", "PWD x => 501 ", "QUIT x => 501 ", "REIN x => 501 ", "SYST x => 501 ",
			"APPE => 501 ", "DELE => 501 ", "MKD => 501 ", "RMD   => 501 ", "NOOP => 200 ",
		}},
		{"home", []string{"CWD dir => 250 ", "CWD ~ => 250 ", "PWD => 257 \"/\"", "CWD ~/dir => 250 ", "PWD => 257 \"/dir\"", "CWD => 250 ", "PWD => 257 \"/\"", "CWD ~x => 550 "}},
		{"control characters", []string{
			"MKD \x1b[2J\u009b1m\x7f\t => 257 \"/\uef1b[2J\uefc2\uef9b1m\uef7f\uef09\" ",
			"CWD \uef1b[2J\uefc2\uef9b1m\uef7f\uef09 => 250 ",
			"PWD => 257 \"/\uef1b[2J\uefc2\uef9b1m\uef7f\uef09\" ",
			"CDUP => 250 ", "RMD \x1b[2J\u009b1m\x7f\t => 250 ",
			"CWD \x1b]0;title\x07 => 550 \uef1b]0;title\uef07: ", "\x1bX => 500 '\uef1bX' ", "SITE \x07 => 500 ", "USER \x1b => 331 Password required for \uef1b",
		}},
		{"bytes that are no UTF-8", []string{
			"MKD caf\xe9 => 257 \"/caf\uefe9\" ", "CWD caf\uefe9 => 250 ", "PWD => 257 \"/caf\uefe9\" ", "CWD x\xe9 => 550 x\uefe9: No such", "CDUP => 250 ", "RMD caf\xe9 => 250 ",
			"MKD a\r\x00b => 257 \"/a\uef0db\" ", "RMD a\uef0db => 250 ", "MKD n\x00l => 5", "MKD \xff\xff\xfe => 257 \"/\uefff\ueffe\" ", "RMD \uefff\ueffe => 250 ",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, c := writableServer(t, map[string]string{"a": "aaa", "dir/x": "x"})
			for _, step := range test.talk {
				command, reply, _ := strings.Cut(step, " => ")
				got := c.want(command, reply)
				for _, r := range got {
					if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\ufffd' {
						t.Errorf("%q => %q", command, got)
					}
				}
			}
		})
	}
}

// TestNoControlCharacters shows that neither a reply nor a listing on the control connection drives a terminal.
func TestNoControlCharacters(t *testing.T) {
	_, c := writableServer(t, map[string]string{"\x1b]0;x\x07": "", "d/\x1b[2J": ""})
	for _, command := range []string{"STAT .", "STAT d", "MLST \x1b]0;x\x07", "SIZE \x1b]0;x\x07", "HELP \x1b", "XCRC \x1b", "LANG \x1b", "HOST \x1b"} {
		c.send(command)
		if got := c.reply(); strings.ContainsAny(got, "\x1b\x07") {
			t.Errorf("%q => %q", command, got)
		}
	}
}

// TestHost shows which names a server confirms (RFC 7151).
func TestHost(t *testing.T) {
	c := dial(t, serve(t, &ftpd.Server{FS: archive(), Names: []string{"files.example.org"}}))
	c.reply()
	for _, talk := range []string{
		"HOST files.example.org => 220 ", "HOST FILES.example.org. => 220 ", "HOST 127.0.0.1 => 220 ", "HOST => 501 ", "HOST other.example.org => 504 ",
		"HOST 10.0.0.1 => 504 ", "HOST [::1] => 504 ", "HOST ::1 => 501 ", "HOST 127.0.0.1:21 => 501 ", "HOST a b => 501 ", "HOST [x] => 501 ",
		"USER ftp => 331 ", "HOST files.example.org => 503 ", "PASS x => 230 ", "HOST files.example.org => 503 ",
	} {
		command, want, _ := strings.Cut(talk, " => ")
		c.want(command, want)
	}
}

// TestSessionLimits shows the limits of guard that a session keeps by itself.
func TestSessionLimits(t *testing.T) {
	_, root := folder(t, map[string]string{"a/b/c/d/e": "x"})
	guarded := func(l guard.Limits) string {
		return serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}, Guard: guard.New(guard.Config{User: l, Delay: -1})})
	}
	t.Run("LoginTime", func(t *testing.T) {
		c := dial(t, guarded(guard.Limits{LoginTime: 300 * time.Millisecond}))
		c.reply()
		for range 100 {
			if _, err := fmt.Fprint(c, "REIN\r\nUSER ann\r\nREIN\r\n"); err != nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		rest, _ := io.ReadAll(c.r)
		if !strings.Contains(string(rest), "421 No login within 300ms") {
			t.Errorf("it ends with %q", rest[max(0, len(rest)-100):])
		}
	})
	t.Run("LoginTime ends with the login", func(t *testing.T) {
		c := dial(t, guarded(guard.Limits{LoginTime: 2 * time.Second}))
		c.reply()
		c.want("USER ann", "331 ")
		c.want("PASS x", "230 ")
		time.Sleep(2500 * time.Millisecond)
		c.want("NOOP", "200 ")
	})
	t.Run("Line", func(t *testing.T) {
		c := dial(t, guarded(guard.Limits{Line: 100}))
		c.reply()
		c.want("USER "+strings.Repeat("x", 100), "500 ")
		c.want("USER "+strings.Repeat("x", 90), "331 ")
	})
	t.Run("Depth", func(t *testing.T) {
		c := dial(t, guarded(guard.Limits{Depth: 4}))
		c.reply()
		c.want("USER ann", "331 ")
		c.want("PASS x", "230 ")
		c.want("CWD a/b/c", "250 ")
		c.want("CWD d", "250 ")
		c.want("SIZE e", "213 1")
		c.want("SIZE x/y", "550 This path is too deep")
		c.want("SIZE /a/b/c/d/e", "550 This path is too deep")
	})
	t.Run("Tries", func(t *testing.T) {
		c := dial(t, serve(t, &ftpd.Server{FS: archive(), Guard: guard.New(guard.Config{User: guard.Limits{Tries: 2}, Delay: -1})}))
		c.reply()
		c.want("USER x", "331 ")
		c.want("PASS y", "530 ")
		c.want("USER x", "331 ")
		c.want("PASS y", "530 ")
		c.expect("EOF")
	})
}

// TestBanOfOpenSessions shows that sessions that were open before a ban guess no further.
func TestBanOfOpenSessions(t *testing.T) {
	addr := serve(t, &ftpd.Server{FS: archive(), Guard: guard.New(guard.Config{Failures: 2, Within: time.Hour, Ban: time.Hour, Delay: -1})})
	first, second := dial(t, addr), dial(t, addr)
	first.reply()
	second.reply()
	for range 2 {
		first.want("USER x", "331 ")
		first.want("PASS y", "530 ")
	}
	second.want("USER ftp", "331 ")
	second.want("PASS a@example.org", "421 Too many failed logins")
	second.expect("EOF")
}

// TestDefaultType shows that a session begins with TYPE A, and that SIZE means bytes before TYPE is given.
func TestDefaultType(t *testing.T) {
	dir, root := folder(t, map[string]string{"text": "a\nb\n"})
	c := dial(t, serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}}))
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	c.want("SIZE text", "213 4")
	if got, _ := c.fetch("RETR text"); got != "a\r\nb\r\n" {
		t.Errorf("got %q", got)
	}
	c.upload("STOR up", "x\r\n")
	if got, _ := os.ReadFile(filepath.Join(dir, "up")); string(got) != "x\n" {
		t.Errorf("stored %q", got)
	}
	c.want("TYPE I", "200 ")
	c.want("USER bob", "331 ") // which leaves the type
	c.want("PASS x", "230 ")
	if got, _ := c.fetch("RETR text"); got != "a\nb\n" {
		t.Errorf("got %q", got)
	}
	c.want("REIN", "220 ") // which does not
	c.want("USER bob", "331 ")
	c.want("PASS x", "230 ")
	if got, _ := c.fetch("RETR text"); got != "a\r\nb\r\n" {
		t.Errorf("got %q", got)
	}
}

// TestRanges fetches parts of a file.
func TestRanges(t *testing.T) {
	_, c := writableServer(t, map[string]string{"digits": "0123456789"})
	for _, test := range []struct{ before, want string }{
		{"RANG 2 4", "234"}, {"RANG 0 0", "0"}, {"RANG 8 200", "89"}, {"RANG 9 9223372036854775807", "9"}, {"RANG 1 0", "0123456789"}, {"NOOP", "0123456789"},
	} {
		c.want(test.before, "")
		if got, end := c.fetch("RETR digits"); got != test.want || !strings.HasPrefix(end, "226 ") {
			t.Errorf("%s: %q, %q", test.before, got, end)
		}
	}
	c.want("MODE Z", "200 ")
	c.want("RANG 2 4", "350 ")
	if got, _ := c.fetch("RETR digits"); inflated(got) != "234" {
		t.Errorf("in MODE Z: %q", got)
	}
}
