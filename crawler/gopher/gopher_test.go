package gopher_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"trawl/crawler"
	"trawl/crawler/gopher"
	"trawl/index"
	"trawl/index/indextest/needs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve gives each connection to talk until the test ends, and returns the
// address.
func serve(t testing.TB, talk func(conn *net.TCPConn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				talk(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		wg.Wait()
	})
	return ln.Addr().String()
}

// gophernicus serves dir with Debian's gophernicus, as inetd would.
func gophernicus(t testing.TB, dir string) string {
	t.Helper()
	program := needs.Program(t, "gophernicus", "gophernicus")
	return serve(t, func(conn *net.TCPConn) {
		file, err := conn.File()
		if err != nil {
			t.Error(err)
			return
		}
		defer file.Close()
		host, port, _ := net.SplitHostPort(conn.LocalAddr().String())
		cmd := exec.Command(program, "-r", dir, "-h", host, "-p", port, "-nr", "-nm", "-ns", "-nx", "-nu", "-no")
		cmd.Stdin, cmd.Stdout = file, file
		cmd.SysProcAttr = needs.Tied() // a test that is killed leaves none behind
		_ = cmd.Run()                  // it reports errors by menus
	})
}

// connect reaches the server at addr.
func connect(t testing.TB, addr, root string, limits gopher.Limits) crawler.Server {
	t.Helper()
	id, _, _, err := crawler.Schemes(&gopher.Source{}).Parse("gopher://" + addr + root)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := (&gopher.Source{Limits: limits}).Connect(t.Context(), index.Host{ID: id}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

// onlyWay returns the way that the server has.
func onlyWay(srv crawler.Server) crawler.DirWay {
	_, dirs := srv.Ways()
	return dirs[0]
}

// list lists one menu.
func list(ctx context.Context, srv crawler.Server, dir index.Path) (index.Listing, error) {
	var whole index.Listing
	err := onlyWay(srv).List(ctx, dir, func(l index.Listing) error {
		l.Entries = append(whole.Entries, l.Entries...)
		whole = l
		return nil
	})
	return whole, err
}

// walk lists all menus below root, and returns them by path.
func walk(t testing.TB, srv crawler.Server, root index.Path) map[index.Path]index.Listing {
	t.Helper()
	found := map[index.Path]index.Listing{}
	for todo := []index.Path{root}; len(todo) > 0; todo = todo[1:] {
		l, err := list(t.Context(), srv, todo[0])
		if err != nil {
			t.Errorf("list %q: %v", todo[0], err)
			continue
		}
		found[todo[0]] = l
		for _, e := range l.Entries {
			if e.Kind == index.Dir {
				todo = append(todo, todo[0].Join(e.Wire()))
			}
		}
		if len(found) > 1000 {
			t.Fatal("it does not end")
		}
	}
	return found
}

// TestGophernicus crawls a real server and finds what is in its folder.
func TestGophernicus(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{} // kind by readable path
	for i := range 12 {
		want[fmt.Sprintf("d%d/e%d/file%d.txt", i%2, i%4, i)] = "file"
	}
	for _, name := range []string{"README.txt", "sp ace/a b.iso", "caf\u00e9/\u65e5\u672c.zip", "semi;colon.gif", "per%20cent.txt", "hash#040.txt", "=equals.bin"} {
		want[name] = "file"
	}
	for name := range maps.Clone(want) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte("this is "+name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for d := filepath.Dir(name); d != "."; d = filepath.Dir(d) {
			want[d] = "dir"
		}
	}
	srv := connect(t, gophernicus(t, dir), "", gopher.Limits{})
	got := map[string]string{}
	shown := map[index.Path]string{"/": ""}
	listings := walk(t, srv, "/")
	for _, p := range slices.SortedFunc(maps.Keys(listings), func(a, b index.Path) int { return len(a) - len(b) }) {
		l := listings[p]
		if l.State != index.Complete {
			t.Errorf("%q: %s %s %q", p, l.State, l.Why, l.Unparsed)
		}
		for _, e := range l.Entries {
			name := strings.TrimPrefix(shown[p]+"/"+e.Name, "/")
			shown[p.Join(e.Wire())] = name
			got[name] = e.Kind.String()
			if e.Precision != index.Minute || time.Since(e.Time()).Abs() > 24*time.Hour {
				t.Errorf("%q: time %v, %v", name, e.Time(), e.Precision)
			}
			if e.Kind == index.File && !strings.HasPrefix(name, "d") { // it forks some twenty processes for each
				fetch(t, srv, p.Join(e.Wire()), "this is "+name+"\n")
			}
		}
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%q: got %q, want %q", name, got[name], want[name])
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("%q is not there", name)
		}
	}
	if known := srv.Known(); !strings.Contains(known.Software, "Gophernicus") || known.Way != "menu" {
		t.Errorf("known: %+v", known)
	}
	if _, err := list(t.Context(), srv, "/nowhere"); !errors.Is(err, crawler.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

// fetch reads a file from its third byte on.
func fetch(t *testing.T, srv crawler.Server, p index.Path, want string) {
	t.Helper()
	f, err := srv.Open(t.Context(), p, 3)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want[3:] || err != nil {
		t.Errorf("%q: %q, %v", p, got, err)
	}
}

// fake answers each selector with a text, in which HOST and PORT are its own.
func fake(t testing.TB, menus map[string]string) string {
	return serve(t, func(conn *net.TCPConn) {
		selector, _ := bufio.NewReader(conn).ReadString('\n')
		selector = strings.TrimRight(selector, "\r\n")
		host, port, _ := net.SplitHostPort(conn.LocalAddr().String())
		menu, ok := menus[selector]
		if !ok {
			menu = "3no " + selector + "\tx\terror.host\t1\n.\n"
		}
		switch menu {
		case "HANG":
			_, _ = conn.Read(make([]byte, 1))
			return
		case "RESET":
			_ = conn.SetLinger(0)
			return
		case "ENDLESS":
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(conn, "0file %d\t/f%d\t%s\t%s\r\n", i, i, host, port); err != nil {
					return
				}
			}
		}
		menu = strings.NewReplacer("HOST", host, "PORT", port, "\n", "\r\n").Replace(menu)
		_, _ = io.WriteString(conn, menu)
	})
}

// TestMenus shows what menus become: "kind name -> target" by path.
func TestMenus(t *testing.T) {
	tests := []struct {
		name  string
		root  string
		menus map[string]string
		want  map[index.Path]string
	}{
		{"kinds", "", map[string]string{"": "" +
			"iWelcome\tfake\t(NULL)\t0\n" +
			"0About\t/about.txt\tHOST\tPORT\n" +
			"9Disk image\t/iso/disk.iso\tHOST\tPORT\n" +
			"IA picture\t/pic\tHOST\tPORT\n" +
			"hPage\t/page.html\tHOST\tPORT\n" +
			"hThe web\tURL:https://example.org/\tHOST\tPORT\n" +
			"7Search\t/find\tHOST\tPORT\n" +
			"8Telnet\t\tHOST\t23\n" +
			"1Another\t/pub\tgopher.example.org\t70\n" +
			"1Back\t\tHOST\tPORT\n" +
			"0Gopher+\t/plus.txt\tHOST\tPORT\t+\n" +
			"0tab\tin title\t/tab.txt\tHOST\tPORT\n" +
			"0..\t/\tHOST\tPORT\n" +
			".\n"}, map[index.Path]string{
			"/about.txt":          "file about.txt",
			"/=%2Fiso%2Fdisk.iso": "file disk.iso",
			"/pic":                "file pic",
			"/page.html":          "file page.html",
			"/=hURL:https:%2F%2Fexample.org%2F\tHOST:PORT": "link The web -> https://example.org/",
			"/=7%2Ffind\tHOST:PORT":                        "link Search -> gopher://HOST:PORT/7/find",
			"/=8\tHOST:23":                                 "link Telnet -> telnet://HOST:23/",
			"/=1%2Fpub\tgopher.example.org:70":             "link Another -> gopher://gopher.example.org/1/pub",
			"/plus.txt":                                    "file plus.txt",
			"/tab.txt":                                     "file tab.txt",
			"/=%2F":                                        "file \u2215",
		}},
		{"loops", "", map[string]string{
			"":   "1a\t/a\tHOST\tPORT\n1b\t/b\tHOST\tPORT\n.\n",
			"/a": "1up\t/\tHOST\tPORT\n1self\t/a\tHOST\tPORT\n1other\t/b\tHOST\tPORT\n1far\t/far/away\tHOST\tPORT\n.\n",
			"/b": "1other\t/a/\tHOST\tPORT\n1far\t/far/away\tHOST\tPORT\n.\n", "/far/away": "1home\t\tHOST\tPORT\n0x\t/far/away/x\tHOST\tPORT\n.\n",
		}, map[index.Path]string{
			"/a": "dir a", "/b": "dir b", "/a/=1%2Fb\tHOST:PORT": "link other -> /b", "/a/=%2Ffar%2Faway": "dir far",
			"/a/=%2Ffar%2Faway/x": "file x", "/b/=1%2Fa%2F\tHOST:PORT": "link other -> /a/", "/b/=1%2Ffar%2Faway\tHOST:PORT": "link far -> /far/away",
		}},
		{"UMN selectors", "", map[string]string{
			"": "1Pub\t1/pub\tHOST\tPORT\n.\n", "1/pub": "0Read me\t0/pub/readme.txt\tHOST\tPORT\n1Deep\t1/pub/deep\tHOST\tPORT\n.\n", "1/pub/deep": ".\n",
		}, map[index.Path]string{
			"/=1%2Fpub": "dir Pub", "/=1%2Fpub/=0%2Fpub%2Freadme.txt": "file readme.txt", "/=1%2Fpub/deep": "dir deep",
		}},
		{"another name for itself", "", map[string]string{
			"": "1a\t/a\treal.example.org\tPORT\n0b\t/b\treal.example.org\tPORT\n0c\t/c\telse.example.org\tPORT\n.\n", "/a": ".\n",
		}, map[index.Path]string{"/a": "dir a", "/b": "file b", "/=0%2Fc\telse.example.org:PORT": "link c -> gopher://else.example.org:PORT/0/c"}},
		{"below a root", "/1/pub", map[string]string{
			"/pub": "1in\t/pub/in\tHOST\tPORT\n1out\t/other\tHOST\tPORT\n1root\t/\tHOST\tPORT\n.\n", "/pub/in": ".\n",
		}, map[index.Path]string{"/pub/in": "dir in", "/pub/=1%2Fother\tHOST:PORT": "link out -> gopher://HOST:PORT/1/other"}},
		{"slashes", "", map[string]string{
			"": "1a\t/a/\tHOST\tPORT\n1b\t/b/\tHOST\tPORT\n1c\t/c\tHOST\tPORT\n.\n", "/a/": "1d\t/a/d/\tHOST\tPORT\n.\n", "/b/": ".\n", "/c": ".\n", "/a/d/": ".\n",
		}, map[index.Path]string{"/a": "dir a", "/b": "dir b", "/=%2Fc": "dir c", "/a/d": "dir d"}},
		{"short lines", "", map[string]string{
			"":   "1a\t/a\n0b\t/b\tHOST\n9c\t/c\tHOST\t\n9d\t/d\t\tPORT\n9e\t/e\tHOST\tPORT main\n1f\t/f\tother.example.org\n9g\t/g\tHOST\tPORT\t+\t1234\n9h\t/h\tHOST\tPORT\t\n.\n",
			"/a": "0x\t/a/x\n.\n",
		}, map[index.Path]string{
			"/a": "dir a", "/a/x": "file x", "/b": "file b", "/c": "file c", "/d": "file d", "/e": "file e", "/g": "file g", "/h": "file h",
			"/=1%2Ff\tother.example.org:70": "link f -> gopher://other.example.org/1/f",
		}},
		{"no dot", "", map[string]string{
			"": "iWelcome\n1a\t/a\tHOST\tPORT\n0b\t/b\tHOST\tPORT\n", "/a": "9x\t/a/x\tHOST\tPORT",
		}, map[index.Path]string{"/a": "dir a", "/a/x": "file x", "/b": "file b"}},
		{"URLs", "", map[string]string{
			"": "1a\tgopher://HOST:PORT/1/a\tHOST\tPORT\n9b\tURL:gopher://HOST:PORT/9/b%20c\tHOST\tPORT\n1c\thttp://example.org/c\tHOST\tPORT\n" +
				"1d\t/d\tgopher://HOST/\tPORT\n1e\tgopher://other.example.org\n.\n", "/a": ".\n", "/d": ".\n",
		}, map[index.Path]string{
			"/a": "dir a", "/b c": "file b c", "/d": "dir d",
			"/=1http:%2F%2Fexample.org%2Fc\tHOST:PORT": "link c -> http://example.org/c",
			"/=1\tother.example.org:70":                "link e -> gopher://other.example.org/1",
		}},
		{"other kinds", "", map[string]string{
			"": "da\t/a.doc\tHOST\tPORT\n;b\t/b.mp4\tHOST\tPORT\nPc\t/c.pdf\tHOST\tPORT\n<d\t/d.mp3\tHOST\tPORT\n+e\t/e\tHOST\tPORT\n.\n",
		}, map[index.Path]string{
			"/a.doc": "file a.doc", "/b.mp4": "file b.mp4", "/c.pdf": "file c.pdf", "/d.mp3": "file d.mp3",
			"/=+%2Fe\tHOST:PORT": "link e -> gopher://HOST:PORT/+/e",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr := fake(t, test.menus)
			host, port, _ := net.SplitHostPort(addr)
			srv := connect(t, addr, test.root, gopher.Limits{})
			got := map[index.Path]string{}
			id, _, _, _ := crawler.Schemes(&gopher.Source{}).Parse("gopher://" + addr + test.root)
			for dir, l := range walk(t, srv, id.Root()) {
				if l.State != index.Complete {
					t.Errorf("%q: %s %s %q", dir, l.State, l.Why, l.Unparsed)
				}
				for _, e := range l.Entries {
					line := e.Kind.String() + " " + e.Name
					if e.Target != "" {
						line += " -> " + e.Target
					}
					r := strings.NewReplacer(host, "HOST", port, "PORT")
					got[index.Path(r.Replace(string(dir.Join(e.Wire()))))] = r.Replace(line)
				}
			}
			if !maps.Equal(got, test.want) {
				for _, p := range slices.Sorted(maps.Keys(got)) {
					t.Errorf(" got %q: %q", p, got[p])
				}
				for _, p := range slices.Sorted(maps.Keys(test.want)) {
					t.Errorf("want %q: %q", p, test.want[p])
				}
			}
		})
	}
}

// TestHostile lists what a good server would not say.
func TestHostile(t *testing.T) {
	addr := fake(t, map[string]string{
		"":         "1a\t/a\tHOST\tPORT\n.\n",
		"/empty":   ".\n",
		"/cut":     "0a\t/cut/a\tHOST\tPORT\n",
		"/junk":    "0a\t/junk/a\tHOST\tPORT\nno item\n0no port\t/x\tHOST\tzzz\n0bad host\t/x\ta b\t70\n\x01x\ty\tHOST\tPORT\n.\n",
		"/html":    "<html>\n<body>\x1b[31m\n",
		"/some":    "0a\t/some/a\tHOST\tPORT\n3No disk\x1b[2J\n.\n",
		"/info":    "iSorry!\ni/info: No such file or directory\n.\n",
		"/text":    "iNothing of this is forbidden.\n" + strings.Repeat("iLa la la\n", 10) + ".\n",
		"/busy":    "3Too many connections, try again later\n.\n",
		"/none":    "3No files found\n.\n",
		"/error":   "3File not found\x1b[2J\t\terror.host\t1\n.\n",
		"/bare":    "3",
		"/hang":    "HANG",
		"/reset":   "RESET",
		"/endless": "ENDLESS",
		"/long":    "0a\t/long/a\tHOST\tPORT\n0" + strings.Repeat("x", 1<<20) + "\t/x\tHOST\tPORT\n.\n",
		"/bytes":   "0\xff\xfe\t/bytes/\xff\xfe.txt\tHOST\tPORT\n.\n",
	})
	srv := connect(t, addr, "", gopher.Limits{Silence: time.Second, Listing: 1 << 20})
	tests := []struct {
		dir     index.Path
		err     error
		state   index.State
		entries int
		lost    int
	}{
		{"/empty", nil, index.Complete, 0, 0},
		{"/cut", nil, index.Truncated, 1, 0},
		{"/junk", nil, index.Unparsed, 1, 4},
		{"/html", crawler.ErrDenied, 0, 0, 0},
		{"/some", nil, index.Unparsed, 1, 0},
		{"/info", crawler.ErrDenied, 0, 0, 0},
		{"/text", nil, index.Complete, 0, 0},
		{"/busy", crawler.ErrBusy, 0, 0, 0},
		{"/none", nil, index.Complete, 0, 0},
		{"/error", crawler.ErrDenied, 0, 0, 0},
		{"/bare", crawler.ErrDenied, 0, 0, 0},
		{"/nowhere", crawler.ErrDenied, 0, 0, 0},
		{"/=a\tb", crawler.ErrDenied, 0, 0, 0},
		{"/=a\r\nb", crawler.ErrDenied, 0, 0, 0},
		{"/hang", crawler.ErrGone, 0, 0, 0},
		{"/reset", crawler.ErrGone, 0, 0, 0},
		{"/endless", nil, index.Truncated, -1, 0},
		{"/long", nil, index.Truncated, 1, 0},
		{"/bytes", nil, index.Complete, 1, 0},
	}
	for _, test := range tests {
		t.Run(string(test.dir), func(t *testing.T) {
			got, err := list(t.Context(), srv, test.dir)
			if !errors.Is(err, test.err) || got.State != test.state || got.Lost != test.lost || test.entries >= 0 && len(got.Entries) != test.entries {
				t.Errorf("%s, %d entries, lost %d, %v: %v", got.State, len(got.Entries), got.Lost, err, got.Why)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\r\n") {
				t.Errorf("the error is not fit for a terminal: %q", err)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := list(ctx, srv, "/hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	_ = srv.Close()
	if _, err := list(t.Context(), srv, "/empty"); !errors.Is(err, crawler.ErrGone) {
		t.Errorf("after Close: %v", err)
	}
}

// TestLastWords shows that a menu which is refused ends with the words of the server.
func TestLastWords(t *testing.T) {
	srv := connect(t, fake(t, map[string]string{
		"": "1a\t/a\n.\n", "/a": "3Too busy\x1b[2J, come back\t\terror.host\t1\n.\n", "/b": "iError 404: no /b\n.\n", "/c": "0c\t/c/c\n3And no more\n.\n",
	}), "", gopher.Limits{})
	for dir, want := range map[index.Path]string{"/a": `Too busy\x1b[2J, come back`, "/b": "Error 404: no /b", "/c": "the server says: And no more"} {
		l, err := list(t.Context(), srv, dir)
		if said := l.Why + fmt.Sprint(err); !strings.Contains(said, want) {
			t.Errorf("%s: %q, want %q", dir, said, want)
		}
	}
}

// TestSilentCaps reaches a server that does not answer to what it does not have.
func TestSilentCaps(t *testing.T) {
	began := time.Now()
	srv := connect(t, fake(t, map[string]string{"": "0a\t/a\n.\n", "caps.txt": "HANG"}), "", gopher.Limits{Optional: 100 * time.Millisecond})
	if l, err := list(t.Context(), srv, "/"); err != nil || len(l.Entries) != 1 || time.Since(began) > 5*time.Second {
		t.Errorf("%+v, %v after %v", l, err, time.Since(began))
	}
}

// TestRefused shows the errors of Connect.
func TestRefused(t *testing.T) {
	for name, addr := range map[string]string{
		"nobody there": needs.Nobody,
		"hangs":        fake(t, map[string]string{"": "HANG"}),
		"no menu":      fake(t, map[string]string{"": "220 Welcome to FTP\n"}),
	} {
		host := index.Host{ID: index.HostID("gopher://" + addr + "/")}
		srv, err := (&gopher.Source{Limits: gopher.Limits{Silence: 300 * time.Millisecond}}).Connect(t.Context(), host, nil)
		if err == nil {
			_ = srv.Close()
		}
		if !errors.Is(err, crawler.ErrDown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
