package ftpd_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// withOptions logs everyone in with all rights and further options.
type withOptions struct {
	store   *tree.Store
	options tree.Options
	deny    []string
}

func (w withOptions) Login(_ context.Context, name, _ string) (account.Login, error) {
	w.options.User, w.options.Rules = name, tree.Rules{"/": tree.All}
	return account.Login{User: name, Home: "/", View: w.store.View(w.options), Deny: w.deny}, nil
}

// TestLinksShown shows links as the settings say.
func TestLinksShown(t *testing.T) {
	dir, root := folder(t, map[string]string{"a/file": "content", "a/sub/deep": ""})
	for link, target := range map[string]string{"dir": "sub", "dangling": "nothing", "out": "../../..", "up": "..", "to": "file"} {
		if err := os.Symlink(target, filepath.Join(dir, "a", link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		links      ftpd.Links
		list, mlsd string // kind and name of each entry, in order
		recursive  string // directories of LIST -R
	}{
		{
			ftpd.ShowTargets, "l dangling->nothing, l dir->sub, - file, l out->../../.., d sub, l to->file, l up->..",
			"slink:nothing dangling, slink:sub dir, file file, slink:../../.. out, dir sub, slink:file to, slink:.. up", "a: a/sub:",
		},
		{
			ftpd.ShowLinks, "l dangling->nothing, l dir->sub, - file, l out->../../.., d sub, l to->file, l up->..",
			"symlink dangling, symlink dir, file file, symlink out, dir sub, symlink to, symlink up", "a: a/sub:",
		},
		{ftpd.FollowLinks, "d dir, - file, d sub, - to, d up", "dir dir, file file, dir sub, file to, dir up", "a: a/sub:"},
	} {
		c := login(t, serve(t, &ftpd.Server{Accounts: withOptions{store: tree.Folder(root)}, Links: tt.links}))
		list, _ := c.fetch("LIST a")
		if got := kinds(list, func(line string) string {
			name := strings.ReplaceAll(line[strings.LastIndex(line, ":")+4:], " ", "")
			return line[:1] + " " + name
		}); got != tt.list {
			t.Errorf("links %d: LIST shows %s\nwant %s", tt.links, got, tt.list)
		}
		mlsd, _ := c.fetch("MLSD a")
		if got := kinds(mlsd, func(line string) string {
			facts, name, _ := strings.Cut(line, " ")
			kind, _, _ := strings.Cut(strings.TrimPrefix(facts, "type="), ";")
			if kind == "cdir" || kind == "pdir" {
				return ""
			}
			return strings.TrimPrefix(kind, "OS.unix=") + " " + name
		}); got != tt.mlsd {
			t.Errorf("links %d: MLSD shows %s\nwant %s", tt.links, got, tt.mlsd)
		}
		all, reply := c.fetch("LIST -R a")
		var heads []string
		for line := range strings.SplitSeq(all, "\r\n") {
			if strings.HasSuffix(line, ":") {
				heads = append(heads, line)
			}
		}
		if got := strings.Join(heads, " "); got != tt.recursive || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("links %d: LIST -R goes into %s, want %s; %s", tt.links, got, tt.recursive, reply)
		}
	}
}

// kinds returns what each line of a listing shows, by name.
func kinds(listing string, of func(line string) string) string {
	var all []string
	for line := range strings.SplitSeq(strings.TrimSuffix(listing, "\r\n"), "\r\n") {
		if kind := of(line); kind != "" {
			all = append(all, kind)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(a[strings.Index(a, " "):], b[strings.Index(b, " "):]) })
	return strings.Join(all, ", ")
}

// TestClocks orders by the other times of ls, and shows them.
func TestClocks(t *testing.T) {
	dir, root := folder(t, map[string]string{"first": "", "second": "", "third": ""})
	when := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, name := range []string{"second", "third", "first"} { // read in this order, and written in the other
		if err := os.Chtimes(filepath.Join(dir, name), when.AddDate(i, 0, 0), when.AddDate(10-i, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	c := login(t, serve(t, &ftpd.Server{Accounts: withOptions{store: tree.Folder(root)}}))
	for command, want := range map[string]string{
		"NLST -t":          "second third first",
		"NLST -ut":         "first third second",
		"NLST -urt *":      "second third first",
		"NLST -tu first":   "first",
		"NLST -C":          "first second third",
		"NLST -C1":         "first second third",
		"NLST -Cr [st]*":   "third second",
		"LIST -C -a third": "third",
	} {
		got, reply := c.fetch(command)
		if strings.Join(strings.Fields(got), " ") != want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s shows %q, want %q; %s", command, got, want, reply)
		}
	}
	for command, year := range map[string]string{"LIST -u second": " 2020 ", "LIST second": " 2030 "} {
		if got, _ := c.fetch(command); !strings.Contains(got, year) {
			t.Errorf("%s shows %q, want the year%s", command, got, year)
		}
	}
	if got, _ := c.fetch("LIST -c second"); !strings.Contains(got, time.Now().UTC().Format("Jan _2 ")) && !strings.Contains(got, time.Now().UTC().Add(-time.Hour).Format("Jan _2 ")) {
		t.Errorf("LIST -c shows %q, want the time at which it was made", got)
	}
}

// TestColumns shows names from top to bottom, in lines of up to 79 characters.
func TestColumns(t *testing.T) {
	files := map[string]string{}
	for name := range strings.FieldsSeq("a b c d e f g h i j k l d/seven77 d/eight888 d/\u00e9") {
		files["x/"+name] = ""
	}
	delete(files, "x/d")
	_, root := folder(t, files)
	c := login(t, serve(t, &ftpd.Server{Accounts: withOptions{store: tree.Folder(root)}}))
	for command, want := range map[string]string{
		"NLST -C x/[a-l]": "x/a     x/c     x/e     x/g     x/i     x/k\r\nx/b     x/d     x/f     x/h     x/j     x/l\r\n",
		"LIST -C x/d":     "eight888        seven77         \u00e9\r\n",
		"LIST -CR x": "x:\r\na       c       e       g       i       k\r\nb       d       f       h       j       l\r\n" +
			"\r\nx/d:\r\neight888        seven77         \u00e9\r\n",
		"LIST -C nothing*": "",
	} {
		if got, reply := c.fetch(command); got != want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s shows\n%q, want\n%q; %s", command, got, want, reply)
		}
	}
}

// TestPlainLists leaves out the options of clients, and lists as DIR does.
func TestPlainLists(t *testing.T) {
	dir, root := folder(t, map[string]string{"a/file": "content", "a/sub/deep": ""})
	at := time.Date(2024, 11, 22, 20, 16, 0, 0, time.UTC)
	for _, name := range []string{"a/file", "a/sub"} {
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	c := login(t, serve(t, &ftpd.Server{Accounts: withOptions{store: tree.Folder(root)}, Plain: true, Style: ftpd.WindowsStyle}))
	const all = "11-22-24  08:16PM                    7 file\r\n11-22-24  08:16PM       <DIR>          sub\r\n"
	for command, want := range map[string]string{
		"LIST a": all, "LIST -Ra a": all, "LIST -t -- a": all, "LIST a -r": all,
		"NLST -Ra a": "a/file\r\na/sub\r\n",
	} {
		if got, reply := c.fetch(command); got != want || !strings.HasPrefix(reply, "226 ") {
			t.Errorf("%s shows\n%q, want\n%q; %s", command, got, want, reply)
		}
	}
}

// TestDenied refuses commands that are turned off: for all, and for a user. FEAT does not show them.
func TestDenied(t *testing.T) {
	_, root := folder(t, map[string]string{"file": ""})
	c := dial(t, serve(t, &ftpd.Server{
		Accounts: withOptions{store: tree.Folder(root), deny: []string{"DELE", "SITE CHMOD", "MKD", "MLSD"}},
		Deny:     []string{"NOOP", "HOST", "EPRT", "RANG", "MDTM"},
	}))
	c.reply()
	for _, step := range []struct{ command, want string }{
		{"HOST localhost", "504 "},
		{"NOOP", "550 "},
		{"DELE file", "530 "},
		{"MDTM file", "530 "},
		{"USER ann", "331 "},
		{"PASS x", "230 "},
		{"noop", "550 NOOP: Operation not permitted"},
		{"NOOP x", "550 "},
		{"DELE file", "550 DELE: Operation not permitted"},
		{"DELE", "550 "},
		{"XMKD new", "550 "},
		{"MKD new", "550 "},
		{"SITE CHMOD 600 file", "550 "},
		{"SITE UTIME 20240506120000 file", "200 "},
		{"MDTM file", "550 "},
		{"MLST file", "250-"},
		{"EPRT |1|127.0.0.1|5000|", "550 "},
		{"RMD file", "550 "},
		{"SIZE file", "213 "},
	} {
		c.want(step.command, step.want)
	}
	feat := c.want("FEAT", "211-")
	for line, want := range map[string]bool{"EPRT": false, "MDTM": false, "HOST": false, "SITE CHMOD": false, "RANG STREAM": false, "SITE UTIME": true, "EPSV": true, "SIZE": true} {
		if strings.Contains(feat, "\n "+line+"\n") != want {
			t.Errorf("FEAT has %s: %t", line, !want)
		}
	}
	c.want("REIN", "220 ")
	c.want("DELE file", "530 ")
}

// TestKeptAndHidden replaces nothing where the settings keep what is there, and shows no name that they hide.
func TestKeptAndHidden(t *testing.T) {
	dir, root := folder(t, map[string]string{"there": "as it was", "other": "other", "secret.key": "key", "sub/x.key": "key"})
	c := login(t, serve(t, &ftpd.Server{Accounts: withOptions{
		store: tree.Folder(root), options: tree.Options{Keep: true, Hide: []string{"*.key", ".*"}},
	}}))
	c.want("TYPE I", "200 ")
	for _, step := range []struct{ command, want string }{
		{"STOR there", "550 "},
		{"RNFR other", "350 "},
		{"RNTO there", "550 "},
		{"SIZE secret.key", "213 3"},
		{"CWD sub", "250 "},
		{"CDUP", "250 "},
	} {
		c.want(step.command, step.want)
	}
	if _, reply := c.upload("STOR new", "fresh"); !strings.HasPrefix(reply, "226 ") {
		t.Errorf("a new file: %s", reply)
	}
	if _, reply := c.upload("APPE new", "er"); !strings.HasPrefix(reply, "226 ") {
		t.Errorf("more of it: %s", reply)
	}
	if _, reply := c.upload("STOU there", "unique"); !strings.HasPrefix(reply, "226 ") {
		t.Errorf("a unique name: %s", reply)
	}
	for name, want := range map[string]string{"there": "as it was", "new": "fresher", "there.1": "unique"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want || err != nil {
			t.Errorf("%s holds %q, %v; want %q", name, got, err, want)
		}
	}
	for command, want := range map[string]string{"NLST": "new other sub there there.1", "NLST *.key": "", "NLST sub": "", "NLST secret.key": "secret.key"} {
		if got, _ := c.fetch(command); strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("%s shows %q, want %q", command, got, want)
		}
	}
	c.want("OPTS MLST type;perm;", "200 ")
	if got, _ := c.fetch("MLSD"); !strings.Contains(got, "type=file;perm=adfr; there\r\n") || strings.Contains(got, "key") {
		t.Errorf("MLSD shows %q", got)
	}
}
