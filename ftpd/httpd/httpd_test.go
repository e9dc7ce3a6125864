package httpd_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/certificate"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/guard"
	"trawl/ftpd/httpd"
	"trawl/ftpd/tree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a server of a folder, which guests may read but for /drop, into which they may write, and /closed. Ann, whose password is
// "secret", may read all.
type host struct {
	addr, secure string // in the clear, in TLS
	dir          string
	store        *tree.Store
	live         *ftpd.Sessions
	stop         context.CancelFunc // shuts the server down
	client       *http.Client       // trusts the certificate, follows nothing

	events ftpdtest.Events
}

// serve serves until the test ends. Some changes may be made to the server.
func serve(t testing.TB, change ...func(*host, *httpd.Server)) *host {
	t.Helper()
	h := &host{dir: t.TempDir(), live: new(ftpd.Sessions)}
	root, err := os.OpenRoot(h.dir)
	must(t, err)
	t.Cleanup(func() { root.Close() })
	h.store = tree.Folder(root)
	srv := &httpd.Server{Sessions: h.live, Observe: []func(ftpd.Event){h.events.Observe}, Guard: guard.New(guard.Config{Delay: -1})}
	h.trust(t, srv)
	for _, f := range change {
		f(h, srv)
	}
	if srv.Accounts == nil {
		srv.Accounts = h.accounts(t)
	}
	h.run(t, srv)
	return h
}

// accounts returns guests and ann.
func (h *host) accounts(t testing.TB) *account.Book {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	must(t, err)
	password, err := account.ParseHash(string(hash))
	must(t, err)
	rules := tree.Rules{"/": tree.ReadOnly, "/drop": tree.Write | tree.Mkdir, "/closed": 0}
	guest := &account.Login{View: h.store.View(tree.Options{User: account.Anonymous, Rules: rules}), Home: "/"}
	book, err := account.New(guest, []account.User{{
		Login: account.Login{User: "ann", View: h.store.View(tree.Options{User: "ann", Rules: tree.Rules{"/": tree.All}}), Home: "/"}, Hash: password,
	}})
	must(t, err)
	return book
}

// trust makes a certificate for the server, and a client that trusts it.
func (h *host) trust(t testing.TB, srv *httpd.Server) {
	t.Helper()
	dir := t.TempDir()
	cert, _, err := certificate.SelfSigned(dir, []string{"127.0.0.1"})
	must(t, err)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	h.client = &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// run runs the server until the test ends.
func (h *host) run(t testing.TB, srv *httpd.Server) {
	t.Helper()
	clear, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h.addr, h.secure = clear.Addr().String(), secure.Addr().String()
	h.stop = ftpdtest.Run(t, func(ctx context.Context) error { return srv.Serve(ctx, clear, httpd.Secure(secure)) })
}

// write writes files below the folder; one whose name ends in a slash is a folder.
func (h *host) write(t testing.TB, files map[string]string) {
	t.Helper()
	for name, text := range files {
		at := filepath.Join(h.dir, name)
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(at, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		must(t, os.WriteFile(at, []byte(text), 0o644))
	}
}

// asked is a request.
type asked struct {
	method, path string
	secure       bool
	user         string // "ann:secret"; "" is nobody
	header       map[string]string
	body         string
}

// ask asks in the clear, unless the request says otherwise.
func (h *host) ask(t testing.TB, a asked) (status int, header http.Header, body string) {
	t.Helper()
	base := "http://" + h.addr
	if a.secure {
		base = "https://" + h.secure
	}
	if a.method == "" {
		a.method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(t.Context(), a.method, base+"/", strings.NewReader(a.body))
	must(t, err)
	if at, query, ok := strings.Cut(a.path, "?"); ok {
		r.URL.Opaque, r.URL.RawQuery = at, query
	} else {
		r.URL.Opaque = a.path
	}
	r.URL.Opaque = "//" + r.URL.Host + r.URL.Opaque
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	if name, password, ok := strings.Cut(a.user, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	res, err := h.client.Do(r)
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return res.StatusCode, res.Header, string(b)
}

// get gets a path.
func (h *host) get(t testing.TB, path string) (status int, body string) {
	t.Helper()
	status, _, body = h.ask(t, asked{path: path})
	return status, body
}

// refusal returns what a client hears that is refused at once. It asks nothing, as http.Client hears nothing before it has asked.
func (h *host) refusal(t testing.TB) string {
	t.Helper()
	c, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(time.Minute)))
	said, err := io.ReadAll(c)
	must(t, err)
	return string(said)
}

// must ends a test whose own work fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFiles gets files whole, in parts and on conditions.
func TestFiles(t *testing.T) {
	h := serve(t)
	big := strings.Repeat("0123456789abcdef", 1<<16)
	h.write(t, map[string]string{"pub/small.txt": "hello", "big.bin": big, "page.html": "<script>alert(1)</script>", "empty": ""})
	old := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(filepath.Join(h.dir, "big.bin"), old, old))
	for _, test := range []struct {
		asked
		status int
		want   string
	}{
		{asked{path: "/pub/small.txt"}, 200, "hello"},
		{asked{path: "/empty"}, 200, ""},
		{asked{path: "/big.bin"}, 200, big},
		{asked{path: "/big.bin", secure: true}, 200, big},
		{asked{path: "/pub/small.txt", method: "HEAD"}, 200, ""},
		{asked{path: "/pub/small.txt", header: map[string]string{"Range": "bytes=1-2"}}, 206, "el"},
		{asked{path: "/pub/small.txt", header: map[string]string{"Range": "bytes=-2"}}, 206, "lo"},
		{asked{path: "/pub/small.txt", header: map[string]string{"Range": "bytes=2-"}}, 206, "llo"},
		{asked{path: "/big.bin", header: map[string]string{"Range": "bytes=700000-"}}, 206, big[700000:]},
		{asked{path: "/big.bin", header: map[string]string{"Range": "bytes=2000000-"}}, 416, "invalid range: failed to overlap\n"},
		{asked{path: "/big.bin", header: map[string]string{"Range": "bytes=0-1", "If-Range": old.UTC().Format(http.TimeFormat)}}, 206, "01"},
		{asked{path: "/big.bin", header: map[string]string{"Range": "bytes=0-1", "If-Range": `"other"`}}, 200, big},
		{asked{path: "/big.bin", header: map[string]string{"If-Modified-Since": time.Now().UTC().Format(http.TimeFormat)}}, 304, ""},
		{asked{path: "/big.bin", header: map[string]string{"If-Match": `"other"`}}, 412, ""},
		{asked{path: "/big.bin", header: map[string]string{"Range": "bytes=" + strings.Repeat("0-0,", 3000) + "0-0"}}, 200, big},
		{asked{path: "/missing"}, 404, "Nothing is there.\n"},
		{asked{path: "/closed/a"}, 404, "Nothing is there.\n"},
		{asked{path: "/pub/small.txt", method: "PUT", body: "x"}, 405, "Files are read here, and not changed.\n"},
		{asked{path: "/pub/small.txt", method: "DELETE"}, 405, "Files are read here, and not changed.\n"},
	} {
		status, header, body := h.ask(t, test.asked)
		if status != test.status || body != test.want {
			t.Errorf("%s %s %v: %d %.80q, not %d %.80q", test.method, test.path, test.header, status, body, test.status, test.want)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: a browser may sniff", test.path)
		}
	}
	_, header, _ := h.ask(t, asked{path: "/page.html"})
	if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox; default-src 'none'") {
		t.Errorf("a page of a user runs: %q", csp)
	}
	status, header, body := h.ask(t, asked{path: "/big.bin", header: map[string]string{"Range": "bytes=0-1,-2"}})
	if kind := header.Get("Content-Type"); status != 206 || !strings.HasPrefix(kind, "multipart/byteranges") || strings.Count(body, "Content-Range") != 2 {
		t.Errorf("two parts: %d %q %q", status, kind, body)
	}
}

// TestTags shows when the tag of a file is strong, and that it changes with the file.
func TestTags(t *testing.T) {
	h := serve(t)
	h.write(t, map[string]string{"a": "one"})
	_, header, _ := h.ask(t, asked{path: "/a"})
	if tag := header.Get("Etag"); !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("the tag of a young file is %s", tag)
	}
	_, header, _ = h.ask(t, asked{path: "/a", header: map[string]string{"If-None-Match": header.Get("Etag")}})
	if header.Get("Content-Length") != "" {
		t.Error("a tag that is still the same is no match")
	}
	before := header.Get("Etag")
	h.write(t, map[string]string{"a": "two"})
	must(t, os.Chtimes(filepath.Join(h.dir, "a"), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	if _, header, _ = h.ask(t, asked{path: "/a"}); header.Get("Etag") == before {
		t.Error("the tag has not changed")
	}
}

// TestFolders shows pages and JSON of folders.
func TestFolders(t *testing.T) {
	h := serve(t)
	h.write(t, map[string]string{
		"pub/b.txt": "bb", "pub/a<b>&.txt": "a", "pub/javascript:x": "", "pub/sub/": "", "pub/README.md": "# <b>hello</b>\x1b[2J", "pub/caf\xe9": "", ".dot": "",
		"pub/new\nline": "", "pub/.trawl/0123456789abcdef": "aside", "drop/x": "", "closed/y": "",
	})
	for _, test := range []struct {
		path   string
		status int
		has    []string
		lacks  []string
	}{
		{"/pub/", 200, []string{
			`href="sub/"`, `href="b.txt"`, `href="a%3Cb%3E%26.txt"`, "a&lt;b&gt;&amp;.txt", `href="javascript%3Ax"`, `href="caf%E9"`, `caf\xe9`,
			`href="new%0Aline"`, `new\x0aline`, "# &lt;b&gt;hello&lt;/b&gt;", `href="../"`, `href="?sort=size"`, `href="?sort=name&amp;order=desc"`,
		}, []string{"trawl\x00", ".trawl", "\x1b", "Log in"}},
		{"/", 200, []string{`href=".dot"`, `href="pub/"`}, []string{`href="../"`, "closed"}},
		{"/drop/", 403, nil, nil},
		{"/closed/", 404, nil, nil},
		{"/pub/sub/", 200, []string{"The folder is empty."}, nil},
		{"/pub/?sort=size&order=desc", 200, []string{`aria-sort="descending"`}, nil},
		{"/?format=json", 200, []string{"[\r\n{ \"name\":\"drop\", \"type\":\"directory\", \"mtime\":\"", "{ \"name\":\".dot\", \"type\":\"file\"", "\"size\":0 }\r\n]"}, nil},
		{"/pub/?format=json", 200, []string{`"name":"caf` + "\uefe9" + `"`, `"name":"new` + "\uef0a" + `line"`}, nil},
	} {
		status, body := h.get(t, test.path)
		if status != test.status {
			t.Errorf("%s: %d", test.path, status)
		}
		for _, part := range test.has {
			if !strings.Contains(body, part) {
				t.Errorf("%s has no %q:\n%s", test.path, part, body)
			}
		}
		for _, part := range test.lacks {
			if strings.Contains(body, part) {
				t.Errorf("%s has %q", test.path, part)
			}
		}
	}
	if status, _ := h.get(t, "/pub/caf"+url.PathEscape("\uefe9")); status != 200 {
		t.Errorf("the form of JSON leads nowhere: %d", status)
	}
}

// TestRedirects: a path is redirected to itself and nowhere else.
func TestRedirects(t *testing.T) {
	h := serve(t)
	h.write(t, map[string]string{"pub/a": "a", "line\r\nX: y/": ""})
	for path, want := range map[string]string{
		"/pub": "/pub/", "/pub/a/": "/pub/a", "//pub/": "/pub/", "/./pub/": "/pub/", "/%2e%2e/pub/": "/pub/", "//evil.example/": "/evil.example/",
		"/pub?sort=size": "/pub/?sort=size", "/line%0D%0AX%3A%20y": "/line%0D%0AX%3A%20y/", "//evil.example/%2e%2e": "/", `/\evil.example/..`: "/",
		"/pub?sort=%0d%0aX:y": "/pub/", "/pub/..": "/",
	} {
		status, header, _ := h.ask(t, asked{path: path})
		if got := header.Get("Location"); status != 301 || got != want {
			t.Errorf("%s: %d to %q, not %q", path, status, got, want)
		}
	}
	for _, path := range []string{"/pub%2fa", "/pub/a%00", "/%2e%2e%2fetc/passwd"} {
		if status, _ := h.get(t, path); status != 400 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestUsers: passwords are taken in TLS alone, and wrong ones lead to a ban.
func TestUsers(t *testing.T) {
	h := serve(t, func(_ *host, s *httpd.Server) {
		s.Guard = guard.New(guard.Config{Delay: -1, Failures: 4, User: guard.Limits{Tries: 2}})
	})
	h.write(t, map[string]string{"closed/a": "a", "drop/b": "b", "c": "c"})
	for _, test := range []struct {
		asked
		status int
	}{
		{asked{path: "/c"}, 200},
		{asked{path: "/c", user: "anonymous:me@"}, 200},
		{asked{path: "/closed/a"}, 404},
		{asked{path: "/closed/a", user: "ann:secret"}, 403}, // in the clear
		{asked{path: "/closed/a", user: "ann:secret", secure: true}, 200},
		{asked{path: "/drop/b", secure: true}, 401},
		{asked{path: "/drop/b"}, 403},
		{asked{path: "/?login", secure: true}, 401},
		{asked{path: "/?login", secure: true, user: "ann:secret"}, 301},
		{asked{path: "/?login"}, 301},
		{asked{path: "/c", secure: true, header: map[string]string{"Authorization": "Bearer x"}}, 401},
		{asked{path: "/c", user: "ann:wrong", secure: true}, 401},
		{asked{path: "/c", user: "bob:wrong", secure: true}, 401},
		{asked{path: "/c", user: "ann:secret", secure: true}, 200},
		{asked{path: "/c", user: "ann:guess", secure: true}, 401},
		{asked{path: "/c", user: "ann:guess2", secure: true}, 401},
		{asked{path: "/c"}, 200}, // a connection that is there
	} {
		status, header, body := h.ask(t, test.asked)
		if status != test.status {
			t.Errorf("%s as %q, secure %v: %d %q, not %d", test.path, test.user, test.secure, status, body, test.status)
		}
		if kept := header.Get("Cache-Control"); strings.HasSuffix(test.path, "?login") && kept != "no-store" {
			t.Errorf("%s: the way to the login is kept: %q", test.path, kept)
		}
		if basic := header.Get("Www-Authenticate"); (status == 401) != (basic != "") {
			t.Errorf("%s: %d with %q", test.path, status, basic)
		}
	}
	if said := h.refusal(t); !strings.HasPrefix(said, "HTTP/1.1 503 ") || !strings.Contains(said, "too many failed logins") {
		t.Errorf("a ban: %q", said)
	}
	if n := h.events.Count(ftpd.LoginFailed); n != 4 {
		t.Errorf("%d failed logins", n)
	}
}

// TestEvents: each file that is sent is an event, and a session is seen and can be ended.
func TestEvents(t *testing.T) {
	h := serve(t)
	h.write(t, map[string]string{"a": "hello", "pub/": "", "big": strings.Repeat("x", 64<<20)})
	h.get(t, "/a")
	h.get(t, "/pub/")
	h.ask(t, asked{path: "/a", method: "HEAD"})
	h.get(t, "/missing")
	var sent []string
	for _, e := range h.events.Of(ftpd.Sent) {
		if e.Whole && e.Door == ftpd.HTTP && e.User == "anonymous" {
			sent = append(sent, e.Path)
			if e.Path == "/a" && e.Bytes != 5 {
				t.Errorf("%d bytes of 5", e.Bytes)
			}
		}
	}
	if got := strings.Join(sent, " "); got != "/a /pub/" {
		t.Errorf("sent %q", got)
	}
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	_, err = io.CopyN(io.Discard, conn, 1<<20)
	must(t, err)
	kicked := false
	for _, i := range h.live.All() {
		if i.Doing == "get" && i.Path == "/big" && i.Moved > 0 {
			kicked = h.live.Kick(i.ID)
		}
	}
	if !kicked {
		t.Errorf("the transfer is not seen: %+v", h.live.All())
	}
	n, _ := io.Copy(io.Discard, conn)
	if n > 60<<20 {
		t.Error("the transfer went on")
	}
}

// TestSums makes checksums of a folder.
func TestSums(t *testing.T) {
	h := serve(t)
	h.write(t, map[string]string{"pub/a": "hello\n", "pub/b c": "", "pub/sub/d": "", "own/SHA256SUMS": "mine", "drop/x": "x", "none/": "", "odd/n\nl": ""})
	const a = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
	const none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for range 2 {
		for path, want := range map[string]string{
			"/pub/SHA256SUMS": a + "  a\n" + none + "  b c\n", "/own/SHA256SUMS": "mine", "/odd/SHA256SUMS": `\` + none + `  n\nl` + "\n",
			"/none/SHA256SUMS": "Nothing is there.\n", "/drop/SHA256SUMS": "You may not see this.\n",
		} {
			if _, got := h.get(t, path); got != want {
				t.Errorf("%s: %q, not %q", path, got, want)
			}
		}
	}
}
