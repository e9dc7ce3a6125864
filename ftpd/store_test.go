package ftpd_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// upload sends a body and returns the replies with 150 and with the end.
func (c *client) upload(command, body string) (begin, end string) {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.passive())
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	c.send(command)
	if begin = c.reply(); !strings.HasPrefix(begin, "150 ") {
		return begin, ""
	}
	_, _ = io.WriteString(conn, body)
	conn.Close()
	return begin, c.reply()
}

// deflated returns a body as MODE Z sends it.
func deflated(body string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return b.String()
}

// TestStore uploads in each mode; what is not whole leaves the file as it was.
func TestStore(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"old": "0123456789", "dir/x": ""})
	for _, test := range []struct {
		name    string
		before  []string
		command string
		body    string
		end     string // of the reply
		file    string
		want    string // of the file; "-" is none
	}{
		{"as it is", nil, "STOR a", "abc\r\n", "226 ", "a", "abc\r\n"},
		{"text", []string{"TYPE A"}, "STOR a", "a\r\nb\rc\r\r\n\n", "226 ", "a", "a\nb\rc\r\n\n"},
		{"compressed", []string{"MODE Z"}, "STOR a", deflated("zzz"), "226 ", "a", "zzz"},
		{"compressed text", []string{"MODE Z", "TYPE A"}, "STOR a", deflated("z\r\nz"), "226 ", "a", "z\nz"},
		{"compressed nothing", []string{"MODE Z"}, "STOR a", deflated(""), "226 ", "a", ""},
		{"cut in MODE Z", []string{"MODE Z"}, "STOR a", deflated("zzz")[:9], "451 ", "a", ""},
		{"not a byte in MODE Z", []string{"MODE Z"}, "STOR a", "", "451 ", "a", ""},
		{"no zlib", []string{"MODE Z"}, "STOR a", "plain text", "451 ", "a", ""},
		{"more behind the end", []string{"MODE Z"}, "STOR a", deflated("zzz") + "x", "451 ", "a", ""},
		{"a bomb behind ALLO", []string{"MODE Z", "ALLO 1000"}, "STOR bomb", deflated(strings.Repeat("\x00", 10<<20)), "552 ", "bomb", "-"},
		{"as ALLO says", []string{"ALLO 3"}, "STOR a", "abc", "226 ", "a", "abc"},
		{"shorter than ALLO", []string{"ALLO 10"}, "STOR a", "abcd", "451 ", "a", "abc"},
		{"ALLO holds once", nil, "STOR a", "ab", "226 ", "a", "ab"},
		{"ALLO of a text", []string{"TYPE A", "ALLO 6"}, "STOR a", "a\r\nb\r\n", "226 ", "a", "a\nb\n"},
		{"ALLO of a text on the client's disk", []string{"TYPE A", "ALLO 4"}, "STOR a", "a\r\nb\r\n", "226 ", "a", "a\nb\n"},
		{"from a place", []string{"REST 2"}, "STOR a", "XY", "226 ", "a", "a\nXY"},
		{"behind the end", []string{"REST 20"}, "STOR old", "XY", "", "old", "0123456789"},
		{"APPE", nil, "APPE old", "A", "226 ", "old", "0123456789A"},
		{"APPE makes", nil, "APPE new", "n", "226 ", "new", "n"},
		{"a range", []string{"RANG 2 3"}, "STOR old", "XY", "226 ", "old", "01XY456789A"},
		{"a range in MODE Z", []string{"MODE Z", "RANG 3 3"}, "STOR old", deflated("Z"), "226 ", "old", "01XZ456789A"},
		{"less than the range", []string{"RANG 2 4"}, "STOR old", "ab", "426 ", "old", "01XZ456789A"},
		{"more than the range", []string{"RANG 2 4"}, "STOR old", "abcd", "426 ", "old", "01XZ456789A"},
		{"a range over the end", []string{"RANG 10 12"}, "STOR old", "abc", "226 ", "old", "01XZ456789abc"},
		{"a range at the end", []string{"RANG 13 13"}, "STOR old", "d", "226 ", "old", "01XZ456789abcd"},
		{"a range behind the end", []string{"RANG 20 21"}, "STOR old", "XY", "", "old", "01XZ456789abcd"},
		{"a range of nothing", []string{"RANG 0 2"}, "STOR range", "abc", "226 ", "range", "abc"},
		{"a range in nothing", []string{"RANG 1 2"}, "STOR none", "bc", "", "none", "-"},
		{"a range holds once", nil, "STOR range", "a", "226 ", "range", "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			c.want("TYPE I", "200 ")
			c.want("MODE S", "200 ")
			for _, b := range test.before {
				c.want(b, "")
			}
			begin, end := c.upload(test.command, test.body)
			if !strings.HasPrefix(end, test.end) || test.end == "" && !strings.HasPrefix(begin, "554 ") {
				t.Errorf("%s => %q, %q", test.command, begin, end)
			}
			got, err := os.ReadFile(filepath.Join(dir, test.file))
			if test.want == "-" && err == nil || test.want != "-" && string(got) != test.want {
				t.Errorf("the file is %q, %v", got, err)
			}
		})
	}
}

// TestStoreRefused shows the codes of uploads that cannot be.
func TestStoreRefused(t *testing.T) {
	_, c := writableServer(t, map[string]string{"old": "x", "dir/x": ""})
	for _, talk := range []string{
		"STOR none/x => 550 ", "STOR dir => 550 ", "APPE dir => 550 ", "STOR / => 550 ", "STOR ../.. => 550 ",
		"STOR " + strings.Repeat("n", 300) + " => 553 ", "RNFR old => 350 ", "RNTO " + strings.Repeat("n", 300) + " => 553 ",
		"REST 1 => 350 ", "APPE old => 450 ", "REST 1 => 350 ", "STOU => 450 ", "RANG 2 3 => 350 ", "STOR old => 554 ", "RANG 0 1 => 350 ", "TYPE A => 200 ", "STOR old => 501 ", "TYPE I => 200 ", "RANG 0 1 => 350 ", "STOR dir => 550 ",
		"RANG 1 2 => 350 ", "APPE old => 550 ", "RANG 1 2 => 350 ", "STOU old => 550 ",
		"STOR new => 425 ", "ALLO 1152921504606846976 => 552 ", "ALLO x => 501 ", "SIZE new => 550 ",
		"MKD dir => 550 ", "RMD old => 550 ", "RMD dir => 550 ", "DELE dir => 550 ", "RMD / => 550 ", "RNFR / => 350 ", "RNTO /x => 550 ",
	} {
		command, want, _ := strings.Cut(talk, " => ")
		c.want(command, want)
	}
}

// TestUnique lets the server choose names, which the replies say as clients read them.
func TestUnique(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"f": "old", "sub/x": ""})
	for _, test := range []struct{ command, name string }{{"STOU f", "f.1"}, {"STOU new", "new"}, {"STOU sub/x", "/sub/x.1"}, {"STOU", "upload"}, {"STOU", "upload.1"}} {
		begin, end := c.upload(test.command, "body")
		if begin != "150 FILE: "+test.name || end != "226 Transfer complete (unique file name: "+test.name+")" {
			t.Errorf("%s => %q, %q", test.command, begin, end)
		}
		if got, err := os.ReadFile(filepath.Join(dir, test.name)); err != nil || string(got) != "body" {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// TestResumeUpload breaks an upload off. Its owner sees what is kept, nobody else does, and goes on there.
func TestResumeUpload(t *testing.T) {
	dir, root := folder(t, nil)
	addr := serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}})
	enter := func(name string) *client {
		c := dial(t, addr)
		c.reply()
		c.want("USER "+name, "331 ")
		c.want("PASS x", "230 ")
		c.want("TYPE I", "200 ")
		return c
	}
	ann, bob := enter("ann"), enter("bob")
	data := ann.begin("STOR f")
	_, _ = io.WriteString(data, "01234")
	for ann.want("STAT", "211-"); !strings.Contains(ann.want("STAT", "211-"), "5 bytes so far"); {
	}
	ann.send("ABOR")
	ann.expect("426 ", "226 ")
	ann.want("SIZE f", "213 5")
	bob.want("SIZE f", "550 ")
	bob.want("RETR f", "550 ")
	ann.want("RETR f", "550 ")
	ann.want("REST 5", "350 ")
	if _, end := ann.upload("STOR f", "56789"); !strings.HasPrefix(end, "226 ") {
		t.Errorf("it ends with %q", end)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "f")); string(got) != "0123456789" {
		t.Errorf("it is %q", got)
	}
}

// TestQuotaOfBombs inflates more than the quota allows.
func TestQuotaOfBombs(t *testing.T) {
	dir, root := folder(t, nil)
	bomb := deflated(strings.Repeat("\x00", 64<<20)) // before the session begins, since it takes long on a busy machine
	c := dial(t, serve(t, &ftpd.Server{Accounts: bounded{tree.Folder(root)}}))
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	c.want("TYPE I", "200 ")
	c.want("MODE Z", "200 ")
	if _, end := c.upload("STOR bomb", bomb); !strings.HasPrefix(end, "552 ") {
		t.Errorf("it ends with %q", end)
	}
	var held int64
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			held += info.Size()
		}
		return nil
	})
	if held > 1<<20 {
		t.Errorf("%d bytes are on the disk", held)
	}
	c.want("MODE S", "200 ")
	c.want("ALLO 2000000", "552 ")
}

// bounded lets every name in, with all rights in a folder of a mebibyte.
type bounded struct{ store *tree.Store }

func (b bounded) Login(_ context.Context, name, _ string) (account.Login, error) {
	view := b.store.View(tree.Options{User: name, Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 1 << 20}})
	return account.Login{User: name, View: view, Home: "/"}, nil
}

// inflated returns what MODE Z sent.
func inflated(body string) string {
	z, err := zlib.NewReader(strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	b, _ := io.ReadAll(z)
	return string(b)
}
