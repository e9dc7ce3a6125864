package ftpd_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

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
			"USER ftp => 230 ",
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
			"STAT => 530 ",
			"SIZE README => 530 ",
			"STOR x => 530 ",
		}},
		{"other user", false, []string{
			"USER root => 530 ",
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
			"CWD README => 550 README: not a dir",
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
			"TYPE => 504 ",
			"MODE S => 200 ",
			"MODE B => 504 ",
			"STRU F => 200 ",
			"STRU R => 504 ",
		}},
		{"size", true, []string{
			"SIZE README => 213 8",
			"SIZE pub/b c.txt => 213 2",
			"SIZE pub => 550 pub: not a plain",
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
			"STOR x => 553 ",
			"STOU => 553 ",
			"APPE x => 553 ",
			"DELE README => 550 ",
			"MKD x => 550 ",
			"XMKD x => 550 ",
			"RMD pub => 550 ",
			"RNFR README => 550 ",
			"RNTO x => 550 ",
			"MFMT 20200101000000 README => 550 ",
		}},
		{"unknown", true, []string{
			"XYZZY => 502 ",
			" => 502 ",
			" LIST => 502 ",
			"AUTH TLS => 502 ",
			"SMNT x => 502 ",
			"REIN => 502 ",
		}},
		{"small talk", true, []string{
			"NOOP => 200 ",
			"ALLO 5 => 202 ",
			"ACCT x => 202 ",
			"SITE HELP => 214 ",
			"SITE CHMOD 777 x => 504 ",
			"ABOR => 226 ",
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
			"RETR => 550 ",
			"LIST none => 550 none: No such",
			"NLST *.none => 550 ",
			"MLSD README => 501 ",
			"MLSD none => 550 ",
		}},
		{"options", false, []string{
			"OPTS UTF8 => 200 ",
			"OPTS utf8 off => 504 ",
			"OPTS MLST size;TYPE;x; => 200 MLST OPTS type;size;",
			"FEAT => 211-Features:\n EPRT\n EPSV\n MDTM\n MLST type*;size*;modify;perm;\n",
			"OPTS MLST => 200 MLST OPTS",
			"OPTS XYZ => 501 ",
		}},
		{"PORT", true, []string{
			"PORT 127,0,0,1,4,0 => 200 ",
			"PORT 127,0,0,1,3,255 => 500 ",
			"PORT 127,0,0,2,4,1 => 500 ",
			"PORT 10,0,0,1,9,9 => 500 ",
			"PORT 127,0,0,1,4 => 501 ",
			"PORT 127,0,0,1,4,256 => 501 ",
			"PORT 127,0,0,1,4,-1 => 501 ",
			"PORT => 501 ",
			"PORT 127.0.0.1:4000 => 501 ",
		}},
		{"EPRT", true, []string{
			"EPRT |1|127.0.0.1|1024| => 200 ",
			"EPRT |1|127.0.0.1|1023| => 500 ",
			"EPRT |1|10.0.0.1|5000| => 500 ",
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
			"CWD none\rx => 550 none?x: ",
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

// fetch sets up a data connection, gives a command and returns what came over
// it, and the last reply.
func (c *client) fetch(command string) (data, reply string) {
	c.t.Helper()
	data, reply, err := c.tryFetch(command)
	if err != nil {
		c.t.Errorf("%s: %v", command, err)
	}
	return data, reply
}

func (c *client) tryFetch(command string) (data, reply string, err error) {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.passive())
	if err != nil {
		return "", "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	c.send(command)
	if reply := c.reply(); !strings.HasPrefix(reply, "150 ") {
		return "", reply, nil
	}
	body, err := io.ReadAll(conn)
	return string(body), c.reply(), err
}

// passive gives EPSV and returns where to connect.
func (c *client) passive() string {
	c.t.Helper()
	var port int
	reply := c.want("EPSV", "229 ")
	if _, err := fmt.Sscanf(reply, "229 Entering Extended Passive Mode (|||%d|)", &port); err != nil {
		c.t.Fatalf("%q: %v", reply, err)
	}
	host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
	return net.JoinHostPort(host, fmt.Sprint(port))
}

// TestListings shows each kind of listing.
func TestListings(t *testing.T) {
	const long = "    1 ftp      ftp      "
	tests := []struct {
		command string
		want    []string // lines, with "@" for long
	}{
		{"LIST", []string{"-rw-r--r--@           8 May  6  2024 README", "dr-xr-xr-x@           0 Jan  1  1970 pub"}},
		{"LIST README", []string{"-rw-r--r--@           8 May  6  2024 README"}},
		{"LIST -al pub/deep/er", []string{
			"dr-xr-xr-x@           0 Jan  1  1970 .", "dr-xr-xr-x@           0 Jan  1  1970 ..",
			"-rw-r--r--@           0 May  6  2024 .keep", "-rw-r--r--@           2 May  6  2024 z",
		}},
		{"LIST -d pub", []string{"dr-xr-xr-x@           0 Jan  1  1970 pub"}},
		{"LIST -- pub/-dash", []string{"-rw-r--r--@           1 May  6  2024 pub/-dash"}},
		{"LIST pub/*.txt", []string{"-rw-r--r--@           3 May  6  2024 pub/a.txt", "-rw-r--r--@           2 May  6  2024 pub/b c.txt"}},
		{"LIST pub/lin?", []string{"lrwxrwxrwx@           5 May  6  2024 pub/link -> a.txt"}},
		{"LIST -lR pub/deep", []string{
			"pub/deep:", "-rw-r--r--@           1 May  6  2024 .hidden", "dr-xr-xr-x@           0 Jan  1  1970 er", "",
			"pub/deep/er:", "-rw-r--r--@           0 May  6  2024 .keep", "-rw-r--r--@           2 May  6  2024 z",
		}},
		{"NLST", []string{"README", "pub"}},
		{"NLST pub/deep", []string{"pub/deep/.hidden", "pub/deep/er"}},
		{"NLST /pub/*txt", []string{"/pub/a.txt", "/pub/b c.txt"}},
		{"NLST -l README", []string{"-rw-r--r--@           8 May  6  2024 README"}},
		{"NLST pub", []string{
			"pub/-dash", "pub/a.txt", "pub/b c.txt", "pub/caf\u00e9", "pub/deep", "pub/evil?name", "pub/link", "pub/quote\"d", "pub/timeless",
		}},
		{"MLSD pub", []string{
			"type=file;size=1;modify=20240506120000;perm=r; -dash",
			"type=file;size=3;modify=20240506120000;perm=r; a.txt",
			"type=file;size=2;modify=20240506120000;perm=r; b c.txt",
			"type=file;size=6;modify=20240506120000;perm=r; caf\u00e9",
			"type=dir;perm=el; deep",
			"type=file;size=1;modify=20240506120000;perm=r; evil?name",
			"type=OS.unix=slink:a.txt;modify=20240506120000;perm=; link",
			"type=dir;perm=el; quote\"d",
			"type=file;size=1;perm=r; timeless",
		}},
	}
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	for _, test := range tests {
		got, reply := c.fetch(test.command)
		want := ""
		for _, line := range test.want {
			want += strings.Replace(line, "@", long, 1) + "\r\n"
		}
		if got != want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s\n got: %q\nwant: %q\nreply %q", test.command, got, want, reply)
		}
	}
	want := "212-Status of /pub/deep/er:\n-rw-r--r--" + long + "           0 May  6  2024 .keep\n" +
		"-rw-r--r--" + long + "           2 May  6  2024 z\n212 End"
	if got := c.want("STAT pub/deep/er", "212-"); got != want {
		t.Errorf("STAT\n got: %q\nwant: %q", got, want)
	}
	c.want("STAT README", "213-Status of /README:\n-rw")
	c.want("STAT none", "550 ")
}

// TestRetrieve fetches files whole and in part, from a folder and from an fs.FS
// that cannot seek.
func TestRetrieve(t *testing.T) {
	_, root := folder(t, map[string]string{"digits": "0123456789", "empty": ""})
	for _, served := range []struct {
		name string
		fs   ftpd.Server
	}{
		{"folder", ftpd.Server{FS: ftpd.Dir(root)}},
		{"map", ftpd.Server{FS: fstest.MapFS{"digits": {Data: []byte("0123456789")}, "empty": {}}}},
	} {
		t.Run(served.name, func(t *testing.T) {
			c := login(t, serve(t, &served.fs))
			for _, test := range []struct{ rest, command, want string }{
				{"", "RETR digits", "0123456789"},
				{"REST 0", "RETR digits", "0123456789"},
				{"REST 7", "RETR digits", "789"},
				{"REST 10", "RETR digits", ""},
				{"", "RETR digits", "0123456789"}, // a marker holds once
				{"", "RETR empty", ""},
			} {
				if test.rest != "" {
					c.want(test.rest, "350 ")
				}
				if got, reply := c.fetch(test.command); got != test.want || !strings.HasPrefix(reply, "226 ") {
					t.Errorf("%s, %s => %q, %q", test.rest, test.command, got, reply)
				}
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

// TestEscapes tries to leave the root through links, and to read what is no file.
func TestEscapes(t *testing.T) {
	dir, root := folder(t, map[string]string{"pub/file": "x", "caf\xe9": "latin", "\xff\xfe": "telnet"})
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"abs": outside, "up": "../../../../../../../../etc", "in": "pub/file", "dir": "pub", "loop": "loop", "gone": "nothing",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(root)}))
	for _, name := range []string{"abs", "up/passwd", "up", "loop", "gone", "fifo"} {
		c.want("RETR "+name, "550 "+name+": ")
		c.want("SIZE "+name, "550 "+name+": ")
		c.want("CWD "+name, "550 "+name+": ")
		c.want("LIST "+name, map[bool]string{true: "425 ", false: "550 "}[name == "fifo"])
	}
	for name, want := range map[string]string{"in": "x", "dir/file": "x", "caf\xe9": "latin", "\xff\xff\xff\xff\xfe": "", "\xff\xff\xfe": "telnet"} {
		if got, reply := c.fetch("RETR " + name); got != want {
			t.Errorf("RETR %q => %q, %q", name, got, reply)
		}
	}
	list, _ := c.fetch("LIST")
	for _, want := range []string{"caf\xe9\r\n", "\xff\xfe\r\n", "loop -> loop\r\n", "prw"} {
		if !strings.Contains(list, want) {
			t.Errorf("LIST lacks %q: %q", want, list)
		}
	}
	if stat := c.want("STAT .", "212-"); !strings.Contains(stat, "\xff\xff\xfe") {
		t.Errorf("STAT does not double IAC: %q", stat)
	}
}

// TestLargeDirectory lists more entries than are put in order.
func TestLargeDirectory(t *testing.T) {
	const n = 10_000
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("d/%06d", i)] = &fstest.MapFile{}
	}
	c := login(t, serve(t, &ftpd.Server{FS: files}))
	data, _ := c.fetch("NLST d")
	names := strings.Fields(data)
	slices.Sort(names)
	if len(slices.Compact(names)) != n {
		t.Errorf("%d names of %d", len(names), n)
	}
}

// TestStranger connects to the data port from another address.
func TestStranger(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	to := c.passive()
	stranger, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}).Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	c.send("RETR README")
	_ = stranger.SetDeadline(time.Now().Add(5 * time.Second))
	if got, err := io.ReadAll(stranger); len(got) > 0 || err == nil {
		t.Errorf("the stranger got %q, %v", got, err)
	}
	own, err := net.Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if got, _ := io.ReadAll(own); string(got) != "read me\n" {
		t.Errorf("the client got %q", got)
	}
}

// TestPassivePorts keeps the data connections within the range.
func TestPassivePorts(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(ln.Addr().(*net.TCPAddr).Port)
	ln.Close()
	addr := serve(t, &ftpd.Server{FS: archive(), MinPort: port, MaxPort: port})
	first, second := login(t, addr), login(t, addr)
	if _, got, _ := net.SplitHostPort(first.passive()); got != fmt.Sprint(port) {
		t.Errorf("port %s, want %d", got, port)
	}
	second.want("EPSV", "425 ")
	second.want("PASV", "425 ")
	first.want("QUIT", "221 ")
	first.reply() // its end
	second.passive()
	for _, srv := range []ftpd.Server{{FS: archive(), MaxPort: 5}, {FS: archive(), MinPort: 6, MaxPort: 5}, {}} {
		if err := srv.Serve(t.Context(), ln); err == nil || strings.Contains(err.Error(), "closed") {
			t.Errorf("Serve takes %+v: %v", srv, err)
		}
	}
}

// endless is a file that does not end, for transfers to be cut.
func endless(t testing.TB) *os.Root {
	dir, root := folder(t, nil)
	f, err := os.Create(filepath.Join(dir, "endless"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil {
		t.Fatal(err)
	}
	return root
}

// begin starts a transfer and returns its data connection.
func (c *client) begin(command string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.passive())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	c.want(command, "150 ")
	return conn
}

func TestAbort(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(endless(t))}))
	data := c.begin("RETR endless")
	if status := c.want("STAT", "211-"); !strings.Contains(status, "Sending endless") {
		t.Errorf("STAT => %q", status)
	}
	c.send("\xff\xf4\xff\xf2ABOR")
	if got := c.reply(); !strings.HasPrefix(got, "426 ") {
		t.Errorf("the transfer ends with %q", got)
	}
	if got := c.reply(); !strings.HasPrefix(got, "226 ") {
		t.Errorf("ABOR => %q", got)
	}
	if _, err := io.Copy(io.Discard, data); err == nil {
		t.Error("the data connection ends as if all had been sent")
	}
	c.want("NOOP", "200 ")
}

// TestStall shows that a client that does not read loses its transfer.
func TestStall(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(endless(t)), Stall: 200 * time.Millisecond}))
	c.begin("RETR endless")
	if got := c.reply(); !strings.HasPrefix(got, "426 ") {
		t.Errorf("the transfer ends with %q", got)
	}
	c.passive()
	c.want("LIST", "425 ") // nobody connects
}

func TestIdle(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive(), Idle: 100 * time.Millisecond}))
	if got := c.reply(); !strings.HasPrefix(got, "421 No command for 100ms") {
		t.Errorf("got %q", got)
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("the connection is still there: %v", err)
	}
}

// TestFlood sends lines that are too long, and one that has no end.
func TestFlood(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	c.want("SIZE "+strings.Repeat("x", 8192), "550 ")
	c.want("SIZE "+strings.Repeat("x", 20000), "500 ")
	c.want("NOOP", "200 ")
	go func() { _, _ = c.Write([]byte(strings.Repeat("x", 1<<20))) }()
	if got := c.reply(); !strings.HasPrefix(got, "421 ") && !strings.Contains(got, "reset") {
		t.Errorf("got %q", got)
	}
	c = dial(t, c.RemoteAddr().String())
	c.reply()
	for range 50 {
		c.want("GET / HTTP/1.1", "502 ")
	}
	c.want("Host: x", "421 ")
}

// TestShutdown ends the server while one session idles and another transfers.
func TestShutdown(t *testing.T) {
	for _, test := range []struct {
		name  string
		file  string
		grace time.Duration
		reply string
	}{
		{"finished", "big", 10 * time.Second, "226 "},
		{"cut", "endless", 100 * time.Millisecond, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := endless(t)
			if err := root.WriteFile("big", make([]byte, 32<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			srv := &ftpd.Server{FS: ftpd.Dir(root), Grace: test.grace}
			go func() { served <- srv.Serve(ctx, ln) }()
			idle, busy := login(t, ln.Addr().String()), login(t, ln.Addr().String())
			data := busy.begin("RETR " + test.file)
			cancel()
			if got := idle.reply(); !strings.HasPrefix(got, "421 ") {
				t.Errorf("the idle session gets %q", got)
			}
			n, _ := io.Copy(io.Discard, data)
			if got := busy.reply(); !strings.HasPrefix(got, test.reply) || test.reply != "" && n != 32<<20 {
				t.Errorf("%d bytes came, then %q", n, got)
			}
			if err := <-served; err != nil {
				t.Errorf("Serve: %v", err)
			}
			if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
				t.Error("the port still answers")
			}
		})
	}
}

// TestLimits fills the server.
func TestLimits(t *testing.T) {
	for name, srv := range map[string]*ftpd.Server{
		"per address": {MaxPerAddr: 2},
		"in all":      {MaxSessions: 2},
	} {
		t.Run(name, func(t *testing.T) {
			srv.FS = archive()
			addr := serve(t, srv)
			first := login(t, addr)
			login(t, addr)
			third := dial(t, addr)
			if got := third.reply(); !strings.HasPrefix(got, "421 ") {
				t.Errorf("the third gets %q", got)
			}
			first.want("QUIT", "221 ")
			for range 100 {
				if got := dial(t, addr).reply(); strings.HasPrefix(got, "220 ") {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("there is no room although one left")
		})
	}
}
