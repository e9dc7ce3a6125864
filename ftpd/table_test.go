package ftpd_test

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// ruled lets every name in, with the rights of some rules.
type ruled struct {
	store *tree.Store
	rules tree.Rules
}

func (r ruled) Login(_ context.Context, name, _ string) (account.Login, error) {
	return account.Login{User: name, View: r.store.View(tree.Options{User: name, Rules: r.rules}), Home: "/"}, nil
}

// TestTable asks every operation on every spelling of a path over FTP: the verdicts are those of the tree.
func TestTable(t *testing.T) {
	door := func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		c := dial(t, serve(t, &ftpd.Server{Accounts: ruled{tree.Folder(root), rules}}))
		_ = c.SetDeadline(time.Now().Add(5 * time.Minute))
		c.reply()
		c.want("USER ann", "331 ")
		c.want("PASS x", "230 ")
		c.want("TYPE I", "200 ")
		return byFTP{c}
	}
	treetest.Run(t, door, 0, tree.ReadOnly, tree.Write|tree.Mkdir, tree.All&^tree.Delete, tree.Delete, tree.Rename, tree.Append)
}

// byFTP does operations by FTP.
type byFTP struct{ *client }

func (f byFTP) Do(op treetest.Op, p string) (treetest.Verdict, string) {
	if len(p) > 4096 {
		return treetest.Unasked, "" // a session refuses it before it looks
	}
	p = strings.ReplaceAll(p, "\xff", "\xff\xff") // Telnet
	read := ""
	var last string
	switch op {
	case treetest.Enter:
		last = f.ask("CWD " + p)
		f.want("CWD /", "250 ")
	case treetest.Stat:
		last = f.ask("MLST " + p)
	case treetest.List:
		read, last = f.data("MLSD "+p, "")
	case treetest.Read:
		read, last = f.data("RETR "+p, "")
	case treetest.Put:
		_, last = f.data("STOR "+p, treetest.Content)
	case treetest.Add:
		_, last = f.data("APPE "+p, treetest.Content)
	case treetest.Unique:
		_, last = f.data("STOU "+p, treetest.Content)
	case treetest.Mkdir:
		last = f.ask("MKD " + p)
	case treetest.Rmdir:
		last = f.ask("RMD " + p)
	case treetest.Remove:
		last = f.ask("DELE " + p)
	case treetest.RenameFrom:
		last = f.rename(p, treetest.Target)
	case treetest.RenameTo:
		last = f.rename(treetest.Source, p)
	case treetest.SetTime:
		last = f.ask("MFMT 20010909014640 " + p)
	case treetest.Chmod:
		last = f.ask("SITE CHMOD 640 " + p)
	}
	switch {
	case strings.HasPrefix(last, "2"):
		return treetest.Done, read
	case strings.HasPrefix(last, "4"), strings.HasPrefix(last, "5"):
		return treetest.Refused, read + last
	}
	f.t.Fatalf("%s %q: %q", op, p, last)
	return treetest.Refused, ""
}

func (f byFTP) ask(line string) string {
	f.send(line)
	return f.reply()
}

func (f byFTP) rename(from, to string) string {
	if last := f.ask("RNFR " + from); !strings.HasPrefix(last, "350 ") {
		return last
	}
	return f.ask("RNTO " + to)
}

// data sends a command with a data connection, and text on it if there is some.
func (f byFTP) data(line, text string) (read, last string) {
	conn, err := net.Dial("tcp", f.passive())
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if last = f.ask(line); !strings.HasPrefix(last, "1") {
		return "", last
	}
	if text != "" {
		_, err = io.WriteString(conn, text)
		conn.Close()
	} else {
		var b []byte
		b, err = io.ReadAll(conn)
		read = string(b)
	}
	if last = f.reply(); err != nil && last[0] == '2' {
		f.t.Errorf("%q: %v, and %q", line, err, last)
	}
	return read, last
}
