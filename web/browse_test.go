package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/search"
)

// target is a page with what it holds and does not hold.
type target struct {
	at        string
	status    int
	want, not []string
}

func (tt target) check(t *testing.T, portal http.Handler) {
	t.Helper()
	w := get(t, portal, tt.at)
	if w.Code != tt.status {
		t.Errorf("GET %s: status %d, want %d: %v", tt.at, w.Code, tt.status, w.Header())
	}
	body := strings.ReplaceAll(w.Body.String(), "&#43;", "+") + w.Header().Get("Location")
	for _, s := range tt.want {
		if !strings.Contains(body, s) {
			t.Errorf("GET %s: lacks %q in\n%s", tt.at, s, body)
		}
	}
	for _, s := range tt.not {
		if strings.Contains(body, s) {
			t.Errorf("GET %s: holds %q", tt.at, s)
		}
	}
}

func TestBrowse(t *testing.T) {
	portal := newPortal(t)
	for _, tt := range []target{
		{"/browse/ftp/one.example/", 200, []string{
			`href="/browse/ftp/one.example/pub"`, `href="/file/ftp/one.example/README"`, "12 B", "2024-05-01", "2 directories, 1 file", "all about penguins",
			"with all below it: 2 directories, 53 files",
		}, []string{`rel="up"`}},
		{"/browse/ftp/one.example/pub", 200, []string{
			`href="/file/ftp/one.example/pub/caf%E9.txt"`, "→", "debian-12.iso", `href="/browse/ftp/one.example/" rel="up"`, `href="/host/ftp/one.example"`,
		}, []string{"<script>alert"}},
		{"/browse/ftp/one.example/pub/", 200, []string{"<h1><bdi>/pub</bdi></h1>"}, nil},
		{"/browse/ftp/one.example/pub?filter=DEB", 200, []string{"debian-12.iso", `value="DEB"`}, []string{"unknown.bin", `rel="up">..</a>nobody`}},
		{"/browse/ftp/one.example/pub?filter=zzz", 200, []string{"No name here has these letters."}, nil},
		{"/browse/ftp/one.example/pub?filter=a+b&below=1", 303, []string{"/?q=a+b+host%3Aone.example+dir%3A%22%2Fpub%22"}, nil},
		{"/browse/ftp/one.example/pub?sort=size", 200, []string{`aria-sort="descending"`, "sort=size&amp;reverse=1", "reverse=1&amp;sort=size"}[:1], nil},
		{"/browse/ftp/one.example/pub?from=99", 200, []string{"The list ends before this page."}, nil},
		{"/browse/ftp/one.example/pub?from=x&sort=y&reverse=z", 200, []string{"debian-12.iso"}, nil},
		{"/browse/ftp/one.example/pub/debian-12.iso", 302, []string{"/file/ftp/one.example/pub/debian-12.iso"}, nil},
		{"/browse/ftp/one.example/gone/deep/er.txt", 404, []string{"not in the catalogue", `href="/?q=er.txt"`, `href="/browse/ftp/one.example/"`}, nil},
		{"/browse/ftp/none.example/x/y.iso", 404, []string{"no such host", `href="/?q=y.iso"`}, nil},
		{"/browse/ftp/", 404, []string{"names no host"}, nil},
		{"/browse/ftp/one.example/a%0d%0ab", 404, []string{"is not in the catalogue", `a\x0d\x0ab`}, nil},
		{"/browse/ftp/one.example/?lang=es", 200, []string{`href="/browse/ftp/one.example/pub?lang=es"`, "Nombre", "2 carpetas, 1 archivo"}, []string{"Modified"}},
		{"/host?url=ftp://one.example/", 301, []string{"/host/ftp/one.example"}, nil},
		{"/host?url=ftp://one.example/&dir=/pub&after=x", 301, []string{"/browse/ftp/one.example/pub"}, nil},
		{"/host?url=ftp://one.example/&dir=/a%0d%0aSet-Cookie:x", 301, []string{"/host/ftp/one.example"}, []string{"Cookie"}},
		{"/host?url=http://x/", 400, []string{"names no host"}, nil},
	} {
		tt.check(t, portal)
	}
}

// TestBrowsePages goes through a directory of many entries, forwards, backwards and by letters.
func TestBrowsePages(t *testing.T) {
	var entries []index.Entry
	for i := range 1234 {
		entries = append(entries, index.Entry{Name: fmt.Sprintf("%c%04d.txt", 'a'+rune(i%26), i), Size: int64(i)})
	}
	b := indextest.NewBrute()
	record(t, b, "ftp://big.example/", time.Now(), []index.Listing{{Dir: "/", Entries: entries}})
	portal, err := New(Options{Schemes: schemes(), Catalogue: b})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []target{
		{"/browse/ftp/big.example/", 200, []string{"1–500 of 1,234", `href="/browse/ftp/big.example/?from=501" rel="next"`, `href="/browse/ftp/big.example/?from=1001"`, ">Z</a>"}, []string{"rel=\"prev\""}},
		{"/browse/ftp/big.example/?from=501", 200, []string{"501–1,000 of 1,234", `href="/browse/ftp/big.example/" rel="prev"`}, nil},
		{"/browse/ftp/big.example/?from=1001&sort=size", 200, []string{"1,001–1,234 of 1,234", `from=501&amp;sort=size" rel="prev"`}, []string{"rel=\"next\"", ">Z</a>"}},
		{"/browse/ftp/big.example/?filter=a0", 200, nil, []string{"class=\"pager\""}},
	} {
		tt.check(t, portal)
	}
}

// TestOddNames holds all pages about places to names that mean harm.
func TestOddNames(t *testing.T) {
	b := indextest.NewBrute()
	var entries []index.Entry
	names := oddNames()
	for _, n := range names {
		entries = append(entries, n, index.Entry{Name: n.Name + " (dir)", Kind: index.Dir, Size: index.UnknownSize}, index.Entry{Name: n.Name + " (link)", Kind: index.Link, Target: n.Name, Size: index.UnknownSize})
	}
	listings := []index.Listing{{Dir: "/", Entries: entries}}
	for _, n := range names {
		listings = append(listings, index.Listing{Dir: "/" + index.Path(n.Name+" (dir)"), State: index.Denied, Why: "550 " + n.Name, Entries: nil})
	}
	record(t, b, "ftp://odd.example/", time.Now(), listings)
	if err := b.Update(t.Context(), "ftp://odd.example/", func(h *index.Host) error {
		for _, n := range names {
			h.Known.Demoted = append(h.Known.Demoted, "LIST: "+n.Name)
		}
		h.Health.Words, h.Known.Software = names[0].Name, names[1].Name
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	portal, err := New(Options{Schemes: schemes(), Catalogue: b})
	if err != nil {
		t.Fatal(err)
	}
	at := []string{"/host/ftp/odd.example", "/browse/ftp/odd.example/"}
	for _, n := range names {
		p := "/" + index.Path(n.Wire())
		at = append(at, "/file"+escaped(p), "/browse"+escaped(p+" (dir)"), "/browse"+escaped(p+"/nothing"), "/file"+escaped(p+"x"), "/browse/ftp/odd.example/?filter="+url.QueryEscape(n.Name), "/hosts?filter="+url.QueryEscape(n.Name))
	}
	for _, at := range at {
		w := get(t, portal, at)
		body := w.Body.String()
		if w.Code >= 500 {
			t.Errorf("GET %s: %d", at, w.Code)
		}
		for _, harm := range []string{"<script>alert", "<img src=x", "\u202e", "\u2066", "\x1b", "\x00", "\xff", "onmouseover=\"", `href="javascript:`} {
			if strings.Contains(body, harm) {
				t.Errorf("GET %s: holds %q", at, harm)
			}
		}
		for name, values := range w.Header() {
			if strings.ContainsAny(strings.Join(values, ""), "\r\n") {
				t.Errorf("GET %s: the header %s is %q", at, name, values)
			}
		}
	}
}

func escaped(p index.Path) string {
	return "/ftp/odd.example" + (&url.URL{Path: string(p)}).EscapedPath()
}

// oddNames are names that mean harm somewhere.
func oddNames() []index.Entry {
	var out []index.Entry
	for _, name := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover="x`, `a\u202egpj.exe`, "a\u202egpj.exe", "\u2066x", "a\x1b[31m", "a\r\nSet-Cookie: x=1",
		`$(touch pwned)`, "`touch pwned`", `'; touch pwned; '`, "-rf", "a b  c", "..x", "%2e%2e", "a?b#c", "~", "*", "日本語", "javascript:alert(1)", "a&lt;b", "{{.}}", "[1-3]", "{a,b}", "#1", "\\", "a'b",
	} {
		out = append(out, index.Entry{Name: name, Size: 7})
	}
	return append(out, index.Entry{Name: "caf\ufffd", Raw: "caf\xff", Size: 7})
}

// TestSearchBelow holds the search below a directory to finding what is there, and nothing else.
func TestSearchBelow(t *testing.T) {
	b := indextest.NewBrute()
	dirs := []string{"/", "/pub", "/pub x", "/a b", `/q"uote`, "/-rf", "/OR", "/(x|y)", "/*", "/?", "/size:1", `/back\slash`, "/日本", "/a:b", "/pub/deep/er", "/x'y", "/%20", "/{a,b}", "/+x", "/!y"}
	listings := make([]index.Listing, 0, len(dirs))
	for i, dir := range dirs {
		listings = append(listings, index.Listing{Dir: index.Path(dir), Entries: []index.Entry{{Name: fmt.Sprintf("needle-%d.txt", i), Size: 1}, {Name: "other", Size: 1}}})
	}
	record(t, b, "ftp://a.example/", time.Now(), listings)
	record(t, b, "ftp://b.example/", time.Now(), listings)
	for i, dir := range dirs {
		text := search.Below("needle | nothing", "ftp://a.example/", dir, time.Now())
		answer, err := search.Ask(t.Context(), b, search.Request{Text: text, Budget: -1}, time.Now())
		if err != nil || answer.Note != "" {
			t.Errorf("%s: %s: %v, %s", dir, text, err, answer.Note)
			continue
		}
		found := false
		for _, r := range answer.Results {
			found = found || r.Name == fmt.Sprintf("needle-%d.txt", i)
			for _, p := range r.Places {
				if p.Host != "ftp://a.example/" || !strings.HasPrefix(r.Name, "needle") || !p.Path.Dir().Within(index.Path(dir)) {
					t.Errorf("%s: %s finds %s %s", dir, text, p.Host, p.Path)
				}
			}
		}
		if !found {
			t.Errorf("%s: %s does not find what is there", dir, text)
		}
	}
	for text, want := range map[string]string{"": `host:h dir:"/p"`, "size:wrong": `size:wrong host:h dir:"/p"`, "a | b": `(a | b) host:h dir:"/p"`} {
		if got := search.Below(text, "ftp://h/", "/p", time.Now()); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestServerWords holds reasons of listings to showing the server's reply alone.
func TestServerWords(t *testing.T) {
	for why, want := range map[string]string{
		"550 Permission denied": "550 Permission denied", "/pub/x: may not be listed: 550 No\u202e": `550 No\u202e`,
		"dial tcp 10.0.0.1:421: connection refused": "", "lookup x on 127.0.0.53:53: no such host": "", "": "", "open /home/me/known_hosts: 550": "",
	} {
		if got := serverWords(why); got != want {
			t.Errorf("%q: %q, want %q", why, got, want)
		}
	}
}
