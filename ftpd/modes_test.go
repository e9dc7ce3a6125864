package ftpd_test

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// set gives commands that set transfer parameters, behind the usual ones.
func (c *client) set(commands ...string) {
	c.t.Helper()
	for _, command := range append([]string{"TYPE I", "MODE S", "STRU F"}, commands...) {
		c.want(command, "")
	}
}

// TestModes uploads and downloads in MODE B and STRU R. An upload that is not whole leaves the file as it was, and the reply says why.
func TestModes(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"old": "0123456789", "text": "a\n\xff\nc", "dir/x": ""})
	for _, test := range []struct {
		name    string
		before  []string
		command string
		body    string
		end     string // of the reply
		file    string
		want    string // of the file; "-" is none
	}{
		{"blocks", []string{"MODE B"}, "STOR a", "\x00\x00\x03abc\x00\x00\x02\r\n\x40\x00\x00", "226 ", "a", "abc\r\n"},
		{"all in the last block", []string{"MODE B"}, "STOR a", "\x40\x00\x01z", "226 ", "a", "z"},
		{"nothing", []string{"MODE B"}, "STOR a", "\x40\x00\x00", "226 ", "a", ""},
		{"text in blocks", []string{"MODE B", "TYPE A"}, "STOR a", "\x00\x00\x02a\r\x40\x00\x02\nb", "226 ", "a", "a\nb"},
		{"records", []string{"STRU R"}, "STOR a", "a\xff\x01b\xff\xff\xff\x01c\xff\x02", "226 ", "a", "a\nb\xff\nc"},
		{"records of text", []string{"STRU R", "TYPE A"}, "STOR a", "a\xff\x01b\xff\x03", "226 ", "a", "a\nb\n"},
		{"records in blocks", []string{"STRU R", "MODE B"}, "STOR a", "\x00\x00\x01a\x80\x00\x01b\xc0\x00\x01c", "226 ", "a", "ab\nc\n"},
		{"records, compressed", []string{"STRU R", "MODE Z"}, "STOR a", deflated("a\xff\x01\xff\x02"), "226 ", "a", "a\n"},
		{"APPE", []string{"MODE B"}, "APPE a", "\x40\x00\x01b", "226 ", "a", "a\nb"},
		{"APPE of records", []string{"STRU R"}, "APPE a", "c\xff\x03", "226 ", "a", "a\nbc\n"},
		{"STOU", []string{"MODE B"}, "STOU u", "\x10\x00\x01m\x40\x00\x01b", "226 ", "u", "b"},
		{"from a place", []string{"MODE B", "REST 3"}, "STOR a", "\x40\x00\x01X", "226 ", "a", "a\nbX"},
		{"as ALLO says", []string{"MODE B", "ALLO 3"}, "STOR a", "\x40\x00\x03abc", "226 ", "a", "abc"},
		{"ALLO of records", []string{"STRU R", "ALLO 4"}, "STOR a", "a\xff\x01b\xff\x03", "226 ", "a", "a\nb\n"},
		{"shorter than ALLO", []string{"MODE B", "ALLO 4"}, "STOR a", "\x40\x00\x03xyz", "451 the upload is shorter", "a", "a\nb\n"},
		{"no end of file", []string{"MODE B"}, "STOR a", "\x00\x00\x03xyz", "426 the end of file is missing", "a", "a\nb\n"},
		{"not a byte", []string{"MODE B"}, "STOR a", "", "426 the end of file is missing", "a", "a\nb\n"},
		{"a stream", []string{"MODE B"}, "STOR a", "plain text, and more of it", "451 a block ", "a", "a\nb\n"},
		{"a bad count", []string{"MODE B"}, "STOR a", "\x40\x00\x02xyz", "451 something is behind", "a", "a\nb\n"},
		{"suspect", []string{"MODE B"}, "STOR a", "\x00\x00\x01x\x60\x00\x01y", "451 the sender does not trust", "a", "a\nb\n"},
		{"a record in STRU F", []string{"MODE B"}, "STOR a", "\x80\x00\x01x\x40\x00\x00", "451 a block ends a record", "a", "a\nb\n"},
		{"endless nothing", []string{"MODE B"}, "STOR a", strings.Repeat("\x00\x00\x00", 2000), "451 too many", "a", "a\nb\n"},
		{"records without their end", []string{"STRU R"}, "STOR a", "x\xff\x01", "426 the end of file is missing", "a", "a\nb\n"},
		{"an escape cut in two", []string{"STRU R"}, "STOR a", "x\xff", "426 the end of file is missing", "a", "a\nb\n"},
		{"an unknown escape", []string{"STRU R"}, "STOR a", "x\xff\x07", "451 a byte of value 255", "a", "a\nb\n"},
		{"a line end in a record", []string{"STRU R"}, "STOR a", "x\ny\xff\x03", "451 a record has a line end", "a", "a\nb\n"},
		{"behind the end, compressed", []string{"STRU R", "MODE Z"}, "STOR a", deflated("x\xff\x02y"), "451 something is behind", "a", "a\nb\n"},
		{"compressed, cut", []string{"STRU R", "MODE Z"}, "STOR a", deflated("x\xff\x02")[:8], "451 ", "a", "a\nb\n"},
		{"the old end again", nil, "STOR a", "abc", "226 ", "a", "abc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			c.set(test.before...)
			begin, end := c.upload(test.command, test.body)
			if !strings.HasPrefix(end, test.end) {
				t.Errorf("%s => %q, %q", test.command, begin, end)
			}
			got, err := os.ReadFile(filepath.Join(dir, test.file))
			if string(got) != test.want {
				t.Errorf("the file is %q, %v", got, err)
			}
		})
	}
	c.t = t
	for _, test := range []struct {
		before        []string
		command, want string
	}{
		{[]string{"MODE B"}, "RETR old", "\x00\x00\x0a0123456789\x40\x00\x00"},
		{[]string{"MODE B", "REST 7"}, "RETR old", "\x00\x00\x03789\x40\x00\x00"},
		{[]string{"MODE B", "RANG 1 2"}, "RETR old", "\x00\x00\x0212\x40\x00\x00"},
		{[]string{"MODE B", "REST 10"}, "RETR old", "\x40\x00\x00"},
		{[]string{"MODE B", "TYPE A"}, "RETR text", "\x00\x00\x07a\r\n\xff\r\nc\x40\x00\x00"},
		{[]string{"STRU R", "TYPE A"}, "RETR text", "a\xff\x01\xff\xff\xff\x01c\xff\x02"},
		{[]string{"STRU R", "MODE B"}, "RETR text", "\x80\x00\x01a\x80\x00\x01\xff\x00\x00\x01c\x40\x00\x00"},
		{[]string{"MODE B"}, "NLST dir", "\x00\x00\x07dir/x\r\n\x40\x00\x00"},
		{[]string{"STRU R"}, "NLST dir", "dir/x\xff\x01\xff\x02"},
		{[]string{"STRU R", "MODE B", "TYPE A"}, "NLST dir", "\x80\x00\x05dir/x\x40\x00\x00"},
		{[]string{"STRU R", "MODE Z"}, "NLST dir", "dir/x\xff\x01\xff\x02"},
	} {
		c.set(test.before...)
		got, reply := c.fetch(test.command)
		if test.before[len(test.before)-1] == "MODE Z" {
			got = inflated(got)
		}
		if got != test.want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%q %s: %q, %q", test.before, test.command, got, reply)
		}
	}
	c.set("MODE B")
	if got, _ := c.fetch("MLSD dir"); got[0] != 0 || !strings.HasSuffix(got, "; x\r\n\x40\x00\x00") {
		t.Errorf("MLSD: %q", got)
	}
}

// TestModesAsked shows the replies of commands that meet MODE B and STRU R.
func TestModesAsked(t *testing.T) {
	_, c := writableServer(t, map[string]string{"old": "0123456789"})
	for _, talk := range []string{
		"MODE B => 200 ", "SIZE old => 213 10", "REST 3 => 350 ", "RETR none => 550 ", "STRU R => 200 ", "SIZE old => 550 ", "REST 3 => 501 ", "REST 0 => 350 ",
		"RANG 1 2 => 551 ", "STRU F => 200 ", "REST 3 => 350 ", "STRU R => 200 ", "RETR old => 501 ", "STRU F => 200 ", "REST 3 => 350 ", "STRU R => 200 ",
		"STOR old => 501 ", "MODE C => 504 ", "STRU P => 504 ", "MODE x => 501 ", "STRU x => 501 ", "HELP MODE => 214 Syntax: MODE S | B | Z", "HELP STRU => 214 Syntax: STRU F | R",
	} {
		command, want, _ := strings.Cut(talk, " => ")
		c.want(command, want)
	}
	if got := c.want("STAT", "211-"); !strings.Contains(got, "STRUcture: RECORD, Mode: BLOCK") {
		t.Errorf("STAT: %q", got)
	}
	if got := c.want("FEAT", "211-"); !strings.Contains(got, " MODE B\n") || !strings.Contains(got, " STRU R\n") {
		t.Errorf("FEAT: %q", got)
	}
	c.want("REIN", "220 ")
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	if got := c.want("STAT", "211-"); !strings.Contains(got, "STRUcture: FILE, Mode: STREAM") {
		t.Errorf("STAT behind REIN: %q", got)
	}
}

// TestModeMarkers breaks an upload with restart markers off, and goes on at one of them.
func TestModeMarkers(t *testing.T) {
	dir, c := writableServer(t, nil)
	c.set("MODE B")
	data := c.begin("STOR f")
	_, _ = io.WriteString(data, "\x00\x00\x03abc\x10\x00\x02m1\x00\x00\x03def\x10\x00\x02m2\x00\x00\x09lo")
	c.expect("110 MARK m1 = 3", "110 MARK m2 = 6")
	data.Close()
	c.expect("426 ")
	c.want("REST 6", "350 ")
	data = c.begin("STOR f")
	_, _ = io.WriteString(data, "\x00\x00\x01g\x10\x00\x02m3\x40\x00\x01h")
	c.expect("110 MARK m3 = 7", "226 ")
	if got, err := os.ReadFile(filepath.Join(dir, "f")); string(got) != "abcdefgh" {
		t.Errorf("the file is %q, %v", got, err)
	}
	c.set("MODE B", "TYPE A") // where REST could not go on, nothing is promised
	data = c.begin("STOR g")
	_, _ = io.WriteString(data, "\x00\x00\x01g\x10\x00\x02m4\x40\x00\x00")
	c.expect("226 ")
}

// TestModeDuring gives commands during an upload in MODE B: it keeps its mode, and ends with its end of file, though the client
// leaves the connection open.
func TestModeDuring(t *testing.T) {
	dir, c := writableServer(t, nil)
	c.set("MODE B")
	data := c.begin("STOR f")
	_, _ = io.WriteString(data, "\x00\x00\x03abc")
	c.send("MODE S\r\nSTRU R\r\nTYPE A\r\nNOOP")
	_, _ = io.WriteString(data, "\x40\x00\x03\xff\x02\n")
	c.expect("226 ", "200 Mode set to S", "200 ", "200 ", "200 ")
	if got, err := os.ReadFile(filepath.Join(dir, "f")); string(got) != "abc\xff\x02\n" {
		t.Errorf("the file is %q, %v", got, err)
	}
	c.set("MODE B")
	for name, leave := range map[string]func(data *net.TCPConn){
		"RST":  func(data *net.TCPConn) { _ = data.SetLinger(0); data.Close() },
		"FIN":  func(data *net.TCPConn) { data.Close() },
		"ABOR": func(*net.TCPConn) { c.send("ABOR") },
	} {
		data = c.begin("STOR g")
		_, _ = io.WriteString(data, "\x00\xff\xffabc")
		leave(data.(*net.TCPConn))
		c.expect("426 ")
		if name == "ABOR" {
			c.expect("226 ")
		}
		if _, err := os.Stat(filepath.Join(dir, "g")); err == nil {
			t.Errorf("%s: the file is there", name)
		}
	}
}

// TestModesTLS moves blocks and records over TLS. The end of file is protected, so that no close_notify is needed behind it; it
// makes up for nothing else.
func TestModesTLS(t *testing.T) {
	dir, addr := tlsServer(t, nil)
	config := secureClient()
	c := secureLogin(t, addr, "ann", config)
	for _, test := range []struct{ mode, body, end, want string }{
		{"MODE B", "\x40\x00\x03abc", "226 ", "abc"},
		{"STRU R", "abc\xff\x03", "226 ", "abc\n"},
		{"MODE B", "\x00\x00\x03xyz", "426 ", "abc\n"},
		{"STRU R", "xyz\xff\x01", "426 ", "abc\n"},
		{"MODE B", "\x40\x00\x03xyz\x40\x00\x00", "451 ", "abc\n"},
	} {
		for how, leave := range map[string]func(*tls.Conn){
			"close_notify": func(conn *tls.Conn) { _ = conn.Close() },
			"FIN":          func(conn *tls.Conn) { conn.NetConn().Close() },
			"open":         func(*tls.Conn) {},
		} {
			if how == "open" && test.end == "426 " {
				continue // more may come
			}
			c.set(test.mode)
			data := c.protected("STOR f", config)
			_, _ = io.WriteString(data, test.body)
			leave(data)
			c.expect(test.end)
			if got, _ := os.ReadFile(filepath.Join(dir, "f")); string(got) != test.want {
				t.Errorf("%s %q, %s: the file is %q", test.mode, test.body, how, got)
			}
		}
	}
	c.set("MODE B")
	data := c.protected("RETR f", config)
	if got, err := io.ReadAll(data); string(got) != "\x00\x00\x04abc\n\x40\x00\x00" || err != nil {
		t.Errorf("RETR: %q, %v", got, err)
	}
	c.expect("226 ")
}

// TestModesQuota uploads more than the quota has room for, as blocks and as records without end.
func TestModesQuota(t *testing.T) {
	dir, root := folder(t, nil)
	store := tree.Folder(root)
	c := dial(t, serve(t, &ftpd.Server{Accounts: bounded{store}}))
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	block := "\x00\xff\xff" + strings.Repeat("x", 65535)
	for mode, body := range map[string]string{"MODE B": block, "STRU R": strings.Repeat("x", 65535)} {
		c.set(mode)
		data := c.begin("STOR f")
		for range 1000 {
			if _, err := io.WriteString(data, body); err != nil {
				break
			}
		}
		c.expect("552 ")
		data.Close()
		if used := store.Used(); used.Bytes != 0 {
			t.Errorf("%s: %d bytes are used", mode, used.Bytes)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "f")); err == nil {
		t.Error("the file is there")
	}
}

// TestModesByPython moves files by Python's ftplib and a reader and a writer of blocks and records that know nothing of this
// server: testdata/modes.py.
func TestModesByPython(t *testing.T) {
	python := needs.Program(t, "python3", "python3")
	dir, addr := tlsServer(t, nil)
	for name, body := range map[string]string{"empty": "", "lines": "a\n\nlast\n", "open": "a\nb", "bytes": "\xff\x01\xff\xff\x02\r\r\n\n", "large": strings.Repeat("\xff line\r\n", 40_000)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(t.Context(), python, "testdata/modes.py", host, port, dir)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "96 transfers, all whole\n" {
		t.Errorf("%v\n%s", err, out)
	}
}
