package gopher_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/gopher"
	"trawl/ftpd/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a server whose guests read a folder.
type host struct {
	addr, dir string
	live      *ftpd.Sessions

	events ftpdtest.Events
}

// ruled lets every guest in, with the rights of some rules.
type ruled struct {
	store *tree.Store
	rules tree.Rules
}

func (r ruled) Guest() (account.Login, bool) {
	return account.Login{User: account.Anonymous, View: r.store.View(tree.Options{User: account.Anonymous, Rules: r.rules}), Home: "/"}, true
}

// must ends a test whose own work fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve serves a folder until the test ends. Some changes may be made to the server.
func serve(t testing.TB, change ...func(*gopher.Server)) *host {
	t.Helper()
	h := &host{dir: t.TempDir(), live: new(ftpd.Sessions)}
	root, err := os.OpenRoot(h.dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	srv := &gopher.Server{
		Accounts: ruled{tree.Folder(root), tree.Rules{"/": tree.ReadOnly}}, Sessions: h.live, Observe: []func(ftpd.Event){h.events.Observe},
	}
	for _, f := range change {
		f(srv)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.addr = ln.Addr().String()
	ftpdtest.Run(t, func(ctx context.Context) error { return srv.Serve(ctx, ln) })
	return h
}

// last waits for the last event of a kind.
func (h *host) last(t testing.TB, kind ftpd.Kind) ftpd.Event {
	t.Helper()
	ftpdtest.Await(t, string(kind), func() bool { return h.events.Count(kind) > 0 })
	all := h.events.Of(kind)
	return all[len(all)-1]
}

// write writes files, and the folders in which they are: "name", "text", ...
func (h *host) write(t testing.TB, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		at := filepath.Join(h.dir, files[i])
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, []byte(files[i+1]), 0o600))
		must(t, os.Chtimes(at, time.Unix(1e9, 0), time.Unix(1e9, 0)))
	}
}

// ask sends bytes and returns the answer.
func (h *host) ask(t testing.TB, sent string) string {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, _ = io.WriteString(conn, sent)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%.100q: %v", sent, err)
	}
	return string(answer)
}

// lines asks for a menu and returns its lines, without host and port.
func (h *host) lines(t testing.TB, sent string) []string {
	t.Helper()
	host, port, err := net.SplitHostPort(h.addr)
	must(t, err)
	answer := h.ask(t, sent)
	answer, found := strings.CutSuffix(answer, ".\r\n")
	if !found {
		t.Errorf("%.100q: no last line: %.300q", sent, answer)
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(answer, "\r\n"), "\r\n") {
		lines = append(lines, strings.TrimSuffix(line, "\t"+host+"\t"+port))
	}
	return lines
}

// want compares lines.
func want(t testing.TB, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

const date = "2001-Sep-09 01:46"

// title is the title of a file that write has written.
func title(name, size string) string {
	pad := 43 - len([]rune(name))
	return name + strings.Repeat(" ", max(0, pad)) + "  " + date + "  " + strings.Repeat(" ", 9-len(size)) + size
}

// TestMenu shows the menu of a folder: folders first, the text of the folder above.
func TestMenu(t *testing.T) {
	h := serve(t)
	h.write(t, "README", "Welcome\tall\n\n  here \x1b[2J\n", "a.zip", "zip", "b.txt", "text\n", "pub/disk.iso", "iso", "pic.gif", "", "caf\xe9", "latin", "tab\there", "tabbed", "URL:x", "no URL")
	must(t, os.Chtimes(filepath.Join(h.dir, "pub"), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	want(t, h.lines(t, "\r\n"),
		"iWelcome    all\t\tnull.host\t1", "i\t\tnull.host\t1", "i  here \uef1b[2J\t\tnull.host\t1", "i\t\tnull.host\t1",
		"1"+title("pub", "--------")+"\t/pub",
		"0"+title("README", "25 B")+"\t/README",
		"9"+title("URL:x", "6 B")+"\t/./URL:x",
		"5"+title("a.zip", "3 B")+"\t/a.zip",
		"0"+title("b.txt", "5 B")+"\t/b.txt",
		"9"+title("caf\uefe9", "5 B")+"\t/caf\uefe9",
		"g"+title("pic.gif", "0 B")+"\t/pic.gif",
		"9"+title("tab\uef09here", "6 B")+"\t/tab\uef09here",
	)
	for selector, text := range map[string]string{
		"/caf\uefe9": "latin", "/caf\xe9": "latin", "/tab\uef09here": "tabbed", "/b.txt": "text\n", "b.txt": "text\n", "/./URL:x": "no URL", "/URL:x": "no URL",
		"//pub/../pub/./disk.iso": "iso", "/../../pub/disk.iso": "iso", "/b.txt\t+": "text\n", "/b.txt\t+text/plain\t1": "text\n", "/pic.gif": "",
	} {
		for _, end := range []string{"\r\n", "\n"} {
			if got := h.ask(t, selector+end); got != text {
				t.Errorf("%q: %q, want %q", selector, got, text)
			}
		}
	}
	want(t, h.lines(t, "/pub\r\n"), "1..\t/", "9"+title("disk.iso", "3 B")+"\t/pub/disk.iso")
	want(t, h.lines(t, "/pub/\n"), "1..\t/", "9"+title("disk.iso", "3 B")+"\t/pub/disk.iso")
	want(t, h.lines(t, "/pub\t$\r\n"), "+-1", "+INFO: 9"+title("disk.iso", "3 B")+"\t/pub/disk.iso")
	want(t, h.lines(t, "/b.txt\t!\r\n"), "+-1", "+INFO: 0b.txt\t/b.txt", "+ADMIN:", " Mod-Date: Sun Sep  9 01:46:40 UTC 2001 <20010909014640>", "+VIEWS:", " text/plain: <1k>")
	want(t, h.lines(t, "/nothing\r\n"), "3No such file or folder.\t\tnull.host\t1")
	if e := h.last(t, ftpd.Sent); e.User != "anonymous" || e.Door != ftpd.Gopher || e.Path == "" {
		t.Errorf("event %+v", e)
	}
}

// TestLinks shows that a link to a folder leads to the folder itself, and that of a file to the file.
func TestLinks(t *testing.T) {
	h := serve(t)
	h.write(t, "a/b/file.txt", "hello")
	for name, to := range map[string]string{"a/b/up": "..", "a/link.txt": "b/file.txt", "abs": "/a/b", "gone": "nowhere", "a/out": "../../.."} {
		must(t, os.Symlink(to, filepath.Join(h.dir, name)))
	}
	for _, dir := range []string{"a", "a/b"} {
		must(t, os.Chtimes(filepath.Join(h.dir, dir), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	}
	want(t, h.lines(t, "\n"), "1"+title("a", "--------")+"\t/a", "1"+title("abs", "--------")+"\t/a/b")
	want(t, h.lines(t, "/a\n"), "1..\t/", "1"+title("b", "--------")+"\t/a/b", "0"+title("link.txt", "5 B")+"\t/a/link.txt")
	want(t, h.lines(t, "/a/b\n"), "1..\t/a", "0"+title("file.txt", "5 B")+"\t/a/b/file.txt", "1"+title("up", "--------")+"\t/a")
}

// TestPlace shows which machine menus name.
func TestPlace(t *testing.T) {
	h := serve(t, func(s *gopher.Server) { s.Name, s.Port = "gopher.example.org", 70 })
	h.write(t, "a.txt", "a")
	if got := h.ask(t, "\r\n"); got != "0"+title("a.txt", "1 B")+"\t/a.txt\tgopher.example.org\t70\r\n.\r\n" {
		t.Errorf("%q", got)
	}
	if got := h.ask(t, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 400 ") || !strings.HasSuffix(got, " gopher://gopher.example.org:70/\n") {
		t.Errorf("%q", got)
	}
}

// TestPages shows what is no file.
func TestPages(t *testing.T) {
	h := serve(t)
	for _, selector := range []string{"caps.txt", "/caps.txt"} {
		if got := h.ask(t, selector+"\r\n"); !strings.HasPrefix(got, "CAPS\r\n") || !strings.Contains(got, "\r\nServerSoftware=Trawl\r\n") {
			t.Errorf("%q", got)
		}
	}
	h.write(t, "caps.txt", "own")
	if got := h.ask(t, "caps.txt\r\n"); got != "own" {
		t.Errorf("%q", got)
	}
	if got := h.ask(t, "URL:https://example.org/?a=\"><b>&c\r\n"); !strings.Contains(got, `<a href="https://example.org/?a=&#34;&gt;&lt;b&gt;&amp;c">`) {
		t.Errorf("%q", got)
	}
	if got := h.ask(t, "URL:javascript:alert(1)\r\n"); !strings.HasPrefix(got, "3") {
		t.Errorf("%q", got)
	}
}

// TestFind shows how results are shown: what is in the catalogue, what is on other Gopher servers, and all else.
func TestFind(t *testing.T) {
	var visitor netip.Addr
	h := serve(t, func(s *gopher.Server) {
		s.Find = func(_ context.Context, from netip.Addr, query string, most int) (ftpd.Answer, error) {
			visitor = from
			if query != "linux iso" || most != gopher.DefaultResults {
				t.Errorf("%q, %d", query, most)
			}
			at := time.Unix(1e9, 0)
			return ftpd.Answer{More: true, Said: []string{"There are at least 9."}, Found: []ftpd.Found{
				{URL: "ftp://a.example/pub/a%20b.iso", Path: "/hosts/a.example/pub/a b.iso", Name: "a b.iso", Size: 2 << 20, Time: at, More: 2},
				{URL: "gopher://b.example:7070/0/x.txt", Name: "x.txt", Size: -1, Time: at},
				{URL: "gopher://b.example/0/%1b[2J", Name: "esc", Size: -1, Time: at},
				{URL: "gopher://b.example/%c3%a9/x", Name: "odd", Size: -1, Time: at},
				{URL: "ftp://c.example/\x1b/", Name: "c\x1b", Dir: true, Size: -1, Time: at},
			}}, nil
		}
	})
	if got := h.lines(t, "\r\n"); got[0] != "7Search\tfind" {
		t.Errorf("%q", got)
	}
	for _, sent := range []string{"find\tlinux iso\r\n", "\tlinux iso\r\n", "/\tlinux iso\t+\r\n"} {
		want(t, h.lines(t, sent),
			"iResults of linux iso\t\tnull.host\t1", "iThere are at least 9.\t\tnull.host\t1", "i\t\tnull.host\t1",
			"9"+title("a b.iso", "2.0 MB")+"\t/hosts/a.example/pub/a b.iso",
			"i    ftp://a.example/pub/a%20b.iso and 2 more\t\tnull.host\t1",
			"0"+title("x.txt", "--------")+"\t/x.txt\tb.example\t7070",
			"i    gopher://b.example:7070/0/x.txt\t\tnull.host\t1",
			"h"+title("esc", "--------")+"\tURL:gopher://b.example/0/%1b[2J", "i    gopher://b.example/0/%1b[2J\t\tnull.host\t1",
			"h"+title("odd", "--------")+"\tURL:gopher://b.example/%c3%a9/x", "i    gopher://b.example/%c3%a9/x\t\tnull.host\t1",
			"h"+title("c\uef1b", "--------")+"\tURL:ftp://c.example/\uef1b/",
			"i    ftp://c.example/\uef1b/\t\tnull.host\t1",
		)
	}
	if visitor.String() != "127.0.0.1" {
		t.Errorf("visitor %s", visitor)
	}
	want(t, h.lines(t, "find\r\n"), "7Search\tfind")
}
