package ftpd_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/ftpd/names"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// foreignTree is a tree whose names are not UTF-8, or hold an end of a line.
func foreignTree() map[string]string {
	return map[string]string{
		"caf\xe9.txt": "latin", "d\xff\xfe/\x80": "telnet", "\xb2\xb3/\xd4\xc5\xd3\xd4": "koi8", "two\nlines": "lf", "caf\u00e9": "utf8",
		"plain": "ascii", "\uefe9": "of the range",
	}
}

// TestForeignNames lets clients that decode names in UTF-8 fetch a tree of other names, and send it back: the trees are equal.
func TestForeignNames(t *testing.T) {
	t.Run("lftp", func(t *testing.T) {
		lftp := needs.Program(t, "lftp", "lftp")
		want := foreignTree()
		_, root := folder(t, want)
		empty, back := folder(t, nil)
		into := t.TempDir()
		mirror := func(addr, command string) {
			t.Helper()
			script := "set net:max-retries 1; set cmd:fail-exit yes; open -u ann,x ftp://" + addr + "; " + command
			cmd := exec.CommandContext(t.Context(), lftp, "-c", script)
			cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", command, err, out)
			}
		}
		mirror(serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(root)}}), "mirror / "+into)
		shown := map[string]string{}
		for name, body := range want {
			shown[names.Encode(name)] = body
		}
		if got := read(t, into); !maps.Equal(got, shown) {
			t.Errorf("fetched %q", got)
		}
		mirror(serve(t, &ftpd.Server{Accounts: anyone{tree.Folder(back)}}), "mirror -R "+into+" /")
		if got := read(t, empty); !maps.Equal(got, want) {
			t.Errorf("sent back %q", got)
		}
	})
	t.Run("ftplib", func(t *testing.T) {
		python := needs.Program(t, "python3", "python3")
		want := foreignTree()
		delete(want, "two\nlines") // its form in the answer of the script below is not worth the trouble
		dir, root := folder(t, want)
		addr := serve(t, &ftpd.Server{FS: ftpd.Dir(root)})
		script := filepath.Join(t.TempDir(), "walk.py")
		if err := os.WriteFile(script, []byte(ftplibWalk), 0o600); err != nil {
			t.Fatal(err)
		}
		host, port, _ := strings.Cut(addr, ":")
		cmd := exec.CommandContext(t.Context(), python, script, host, port)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got := map[string]string{}
		for line := range bytes.Lines(out) {
			name, body, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
			got[names.Decode(name)] = body
		}
		if !maps.Equal(got, read(t, dir)) {
			t.Errorf("walked %q: %s", got, out)
		}
	})
}

// ftplibWalk fetches all files of a server by Python's ftplib, which decodes names in UTF-8 and stops at what is none.
const ftplibWalk = `
import ftplib, sys
f = ftplib.FTP()
f.connect(sys.argv[1], int(sys.argv[2]))
f.login()
def walk(d):
    f.cwd(d or "/")
    assert f.pwd() == (d or "/"), f.pwd()
    assert len(f.nlst()) == len([l for l in lines("LIST")])
    for name, facts in list(f.mlsd()):
        p = d + "/" + name
        if facts["type"] == "dir":
            walk(p)
        elif facts["type"] == "file":
            got = []
            f.retrbinary("RETR " + p, got.append)
            sys.stdout.buffer.write((p[1:] + "\t").encode() + b"".join(got) + b"\n")
def lines(cmd):
    got = []
    f.retrlines(cmd, got.append)
    return got
walk("")
f.quit()
`
