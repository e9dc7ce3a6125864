package ftpd_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// anyone lets every name in, with all rights in a folder.
type anyone struct{ store *tree.Store }

func (a anyone) Login(_ context.Context, name, _ string) (account.Login, error) {
	view := a.store.View(tree.Options{User: name, Rules: tree.Rules{"/": tree.All}})
	return account.Login{User: name, View: view, Home: "/"}, nil
}

// writable serves a folder in which all may do all.
func writableServer(t testing.TB, files map[string]string) (dir string, c *client) {
	t.Helper()
	dir, root := folder(t, files)
	c = dial(t, serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}}))
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	c.want("TYPE I", "200 ")
	return dir, c
}

// TestUpload stores a file in each way and finds it whole on the disk.
func TestUpload(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"old": "0123456789"})
	for _, test := range []struct{ before, command, body, name, want string }{
		{"TYPE I", "STOR new", "abc", "new", "abc"},
		{"TYPE I", "APPE new", "def", "new", "abcdef"},
		{"REST 3", "STOR new", "XYZ", "new", "abcXYZ"},
		{"TYPE A", "STOR text", "a\r\nb\r\n", "text", "a\nb\n"},
		{"TYPE I", "STOR old", "", "old", ""},
	} {
		c.want(test.before, "")
		data := c.begin(test.command)
		if _, err := io.WriteString(data, test.body); err != nil {
			t.Fatal(err)
		}
		data.Close()
		if got := c.reply(); got[:4] != "226 " {
			t.Errorf("%s => %q", test.command, got)
		}
		if got, err := os.ReadFile(filepath.Join(dir, test.name)); err != nil || string(got) != test.want {
			t.Errorf("%s: %q, %v, want %q", test.command, got, err, test.want)
		}
	}
}

// TestChange changes a tree.
func TestChange(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"a": "a"})
	c.want("MKD d", `257 "/d"`)
	c.want("RNFR a", "350 ")
	c.want("RNTO d/b", "250 ")
	c.want("RNTO d/c", "503 ")
	c.want("MFMT 20200102030405 d/b", "213 ")
	c.want("MDTM d/b", "213 20200102030405")
	c.want("SITE CHMOD 600 d/b", "200 ")
	c.want("RMD d", "550 ")
	c.want("DELE d/b", "250 ")
	c.want("RMD d", "250 ")
	if left := read(t, dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}
