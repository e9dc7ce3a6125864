package ftpd_test

import (
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
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
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
			"pub/-dash", "pub/a.txt", "pub/b c.txt", "pub/caf\u00e9", "pub/deep", "pub/evil\uef0aname", "pub/link", "pub/quote\"d", "pub/timeless",
		}},
		{"LIST -d pub/.. -l", []string{"dr-xr-xr-x@           0 Jan  1  1970 pub/.."}},
		{"LIST -S -r pub/*t", []string{"-rw-r--r--@           2 May  6  2024 pub/b c.txt", "-rw-r--r--@           3 May  6  2024 pub/a.txt"}},
		{"LIST -t pub/deep", []string{"-rw-r--r--@           1 May  6  2024 .hidden", "dr-xr-xr-x@           0 Jan  1  1970 er"}},
		{"LIST pub/deep/er -r", []string{"-rw-r--r--@           2 May  6  2024 z", "-rw-r--r--@           0 May  6  2024 .keep"}},
		{"NLST -F", []string{"README", "pub/"}},
		{"NLST -R pub/deep", []string{"pub/deep:", ".hidden", "er", "", "pub/deep/er:", ".keep", "z"}},
		{"NLST -R pub/d*", []string{"pub/deep", "", "pub/deep:", ".hidden", "er", "", "pub/deep/er:", ".keep", "z"}},
		{"NLST -a pub/deep", []string{"pub/deep/.", "pub/deep/..", "pub/deep/.hidden", "pub/deep/er"}},
		{"NLST */*/er", []string{"pub/deep/er"}},
		{"NLST /p[a-z]b/*/*", []string{"/pub/deep/er", "/pub/quote\"d/x"}},
		{"NLST -a /pub/deep/*", []string{"/pub/deep/.hidden", "/pub/deep/er"}},
		{"NLST /pub/deep/.*", []string{"/pub/deep/.hidden"}},
		{"NLST ./pub/a*", []string{"./pub/a.txt"}},
		{"NLST pub/../p*/a*", []string{"pub/../pub/a.txt"}},
		{"NLST pub///deep//", []string{"pub/deep/.hidden", "pub/deep/er"}},
		{"NLST pub//a.txt", []string{"pub/a.txt"}},
		{"NLST -B pub/[ce]*", []string{"pub/caf\u00e9", `pub/evil\012name`}},
		{"LIST -l  -a  README", []string{"-rw-r--r--@           8 May  6  2024 README"}},
		{"NLST pub/none*", nil},
		{"MLSD pub", []string{
			"type=cdir;perm=el; .",
			"type=pdir;perm=el; ..",
			"type=file;size=1;modify=20240506120000;perm=r; -dash",
			"type=file;size=3;modify=20240506120000;perm=r; a.txt",
			"type=file;size=2;modify=20240506120000;perm=r; b c.txt",
			"type=file;size=6;modify=20240506120000;perm=r; caf\u00e9",
			"type=dir;perm=el; deep",
			"type=file;size=1;modify=20240506120000;perm=r; evil\uef0aname",
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
	want := "212-Status of /pub/deep/er:\ndr-xr-xr-x" + long + "           0 Jan  1  1970 .\ndr-xr-xr-x" + long + "           0 Jan  1  1970 ..\n-rw-r--r--" + long + "           0 May  6  2024 .keep\n" +
		"-rw-r--r--" + long + "           2 May  6  2024 z\n212 End"
	if got := c.want("STAT pub/deep/er", "212-"); got != want {
		t.Errorf("STAT\n got: %q\nwant: %q", got, want)
	}
	c.want("STAT README", "213-Status of /README:\n-rw")
	c.want("STAT none", "450 ")
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
	for name, want := range map[string]string{"in": "x", "dir/file": "x", "caf\xe9": "latin", "\xff\xff\xff\xff\xfe": "", "\xff\xff\xfe": "telnet", "caf\uefe9": "latin", "\uefff\ueffe": "telnet"} {
		if got, reply := c.fetch("RETR " + name); got != want {
			t.Errorf("RETR %q => %q, %q", name, got, reply)
		}
	}
	list, _ := c.fetch("LIST")
	for _, want := range []string{"caf\uefe9\r\n", "\uefff\ueffe\r\n", "loop -> loop\r\n", "prw"} {
		if !strings.Contains(list, want) {
			t.Errorf("LIST lacks %q: %q", want, list)
		}
	}
	if stat := c.want("STAT .", "212-"); !strings.Contains(stat, "\uefff\ueffe") {
		t.Errorf("STAT lacks the form of names that are not UTF-8: %q", stat)
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
