package ftpd_test

import (
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// mounted serves a folder and a mount to all who log in, and returns a session.
func mounted(t testing.TB) *client {
	t.Helper()
	_, root := folder(t, map[string]string{"a": "hosted"})
	store := tree.Folder(root)
	one := func(body string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(body), ModTime: noon} }
	m := treetest.Elsewhere{Unsized: []string{"f", "waits", "gone", "down"}, MapFS: fstest.MapFS{
		"f": one("0123456789"), "sub/g": one("g"), "waits": one(""), "gone": one(""), "down": one(""), "l": {Data: []byte("/sub"), Mode: fs.ModeSymlink | 0o777},
	}}
	if err := store.Mount("m", m); err != nil {
		t.Fatal(err)
	}
	view := store.View(tree.Options{Rules: tree.Rules{"/": tree.All}})
	book, err := account.New(&account.Login{View: view, Home: "/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return login(t, serve(t, &ftpd.Server{Accounts: book}))
}

// TestMount: a mount is listed and read like hosted files, and nothing in it is changed.
func TestMount(t *testing.T) {
	c := mounted(t)
	for command, want := range map[string][]string{
		"NLST":       {"a", "m"},
		"NLST m":     {"m/down", "m/f", "m/gone", "m/l", "m/sub", "m/waits"},
		"NLST m/*/g": {"m/l/g", "m/sub/g"},
		"NLST -R":    {".:", "a", "m"},
		"NLST -R m":  {"m:", "down", "f", "gone", "l", "sub", "waits", "", "m/sub:", "g"},
		"LIST m/l":   {"----------    1 ftp      ftp                 1 May  6  2024 g"},
		"MLSD m/sub": {
			"type=cdir;perm=el; .", "type=pdir;perm=el; ..", "type=file;size=1;modify=20240506120000;perm=r; g",
		},
		"RETR m/f": {"0123456789"},
	} {
		got, reply := c.fetch(command)
		got = strings.ReplaceAll(strings.TrimSuffix(got, "\r\n"), "\r\n", "\n")
		if got != strings.Join(want, "\n") || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s: %q, %q", command, got, reply)
		}
	}
	for _, test := range [][2]string{
		{"SIZE m/f", "550 "},
		{"MDTM m/f", "213 20240506120000"},
		{"CWD m/l", "250 "},
		{"PWD", `257 "/m/l"`},
		{"CWD /", "250 "},
		{"HASH m/f", "550 "},
		{"DELE m/f", "550 "},
		{"RMD m", "550 "},
		{"MKD m/x", "550 "},
		{"RNFR m", "350 "},
		{"RNTO x", "550 "},
		{"RNFR a", "350 "},
		{"RNTO m/a", "550 "},
		{"SITE CHMOD 600 m/f", "550 "},
		{"MFMT 20240506120000 m/f", "550 "},
		{"MLST m/f", "250-Facts:\n type=file;modify=20240506120000;perm=r; /m/f\n"},
	} {
		c.want(test[0], test[1])
	}
	c.passive()
	c.want("STOR m/x", "550 ")
}

// TestMountParts: a part of a file whose size is not known is sent from where it begins.
func TestMountParts(t *testing.T) {
	c := mounted(t)
	for before, want := range map[string]string{"REST 4": "456789", "RANG 2 5": "2345", "RANG 8 20": "89", "REST 10": ""} {
		c.want(before, "350 ")
		got, reply := c.fetch("RETR m/f")
		if got != want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s: %q, %q", before, got, reply)
		}
	}
}

// TestMountFails: a file that cannot be had ends with a sentence, and one that never comes with ABOR.
func TestMountFails(t *testing.T) {
	c := mounted(t)
	for name, want := range map[string]string{
		"gone": "550 The host no longer has the file.", "down": "450 The host does not answer in time.",
	} {
		if got, reply := c.fetch("RETR m/" + name); got != "" || reply != want {
			t.Errorf("%s: %q, %q", name, got, reply)
		}
	}
	conn, err := net.Dial("tcp", c.passive())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.send("RETR m/waits")
	began := time.Now()
	c.want("ABOR", "426 ")
	if got := c.reply(); !strings.HasPrefix(got, "226 ") || time.Since(began) > 30*time.Second {
		t.Errorf("%q after %v", got, time.Since(began))
	}
}
