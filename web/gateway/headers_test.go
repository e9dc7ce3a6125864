package gateway

import (
	"encoding/xml"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trawl/index"
)

// names are names of files that mean harm, or are odd, and how they are kept.
func names() map[string]string {
	return map[string]string{
		"plain-1.2.tar.gz":      `inline; filename="plain-1.2.tar.gz"`,
		"with space.txt":        `inline; filename="with space.txt"`,
		"café.txt":              `inline; filename="caf_.txt"; filename*=UTF-8''caf%C3%A9.txt`,
		"a\r\nSet-Cookie: x=y":  `inline; filename="a__Set-Cookie: x=y"`,
		`q"uo;te\.txt`:          `inline; filename="q_uo;te_.txt"; filename*=UTF-8''q%22uo%3Bte_.txt`,
		"a\u202egpj.exe":        `inline; filename="a_gpj.exe"`,
		"100%41.txt":            `inline; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`,
		"bad\xff.txt":           `inline; filename="bad_.txt"`,
		"../../etc/passwd":      `inline; filename=".._.._etc_passwd"`,
		"..":                    `inline; filename="file"`,
		"日本.iso":                `inline; filename="__.iso"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.iso`,
		"\x1b[2J\x00\t":         `inline; filename="_[2J__"`,
		"it's (1) *'x.txt":      `inline; filename="it's (1) *'x.txt"`,
		"\u00a0nbsp\u2028ls.md": `inline; filename="nbsp_ls.md"`,
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range names() {
		if got := disposition("inline", name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	long := safeName(strings.Repeat("é", 400) + ".tar")
	if len(long) > maxName || !strings.HasSuffix(long, ".tar") || !utf8.ValidString(long) {
		t.Errorf("a long name: %d bytes, %q", len(long), long)
	}
}

// FuzzDisposition holds a name to one line of ASCII that programs read as one name, which is no path.
func FuzzDisposition(f *testing.F) {
	for name := range names() {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		header := disposition("attachment", name)
		if strings.ContainsFunc(header, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			t.Fatalf("%q: %q", name, header)
		}
		kind, parameters, err := mime.ParseMediaType(header)
		kept := parameters["filename"]
		if err != nil || kind != "attachment" || kept == "" || kept != safeName(name) && kept != asciiName(safeName(name)) {
			t.Fatalf("%q: %q is read as %q, %v", name, header, kept, err)
		}
		if kept == "." || kept == ".." || strings.ContainsAny(kept, "/\\\x00\r\n") || len(kept) > maxName {
			t.Fatalf("%q: kept as %q", name, kept)
		}
	})
}

// FuzzAddress holds an address, whatever it is, to files of the catalogue.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"ftp/h/pub/ten.bin", "ftp/h/pub/%2e%2e/x", "ftp/h/pub%2Ften.bin", "ftp/h//pub/./ten.bin", "ftp/127.0.0.1/x", "ftp/h@evil/pub/ten.bin",
		"gopher/h/%00", "ftp/h/pub/ten.bin%0d%0aQUIT", "ftp/%5B::1%5D/x", "/ftp/h", "ftp/h/pub/ten.bin?x=y", "ftp/h/%ff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		g, fetcher := newGateway(t, tenBytes(), Limits{})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/get/", nil)
		r.URL.Path = "/get/" + rest
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		for _, file := range fetcher.asked {
			for _, p := range file.Places {
				if _, ok := fetcher.files[p.Path]; !ok || p.Host != "ftp://h/" {
					t.Fatalf("%q asks %s for %q", rest, p.Host, p.Path)
				}
			}
		}
	})
}

// TestMedia holds what a browser could run to being saved, without a type that a page could use.
func TestMedia(t *testing.T) {
	for name, want := range map[string]sending{
		"a.txt": {text, true}, "README": {text, true}, "a.PNG": {"image/png", true}, "a.jpg": {"image/jpeg", true}, "a.mp4": {"video/mp4", true},
		"a.mp3": {"audio/mpeg", true}, "a.iso": {"application/x-iso9660-image", false}, "a.pdf": {"application/pdf", false}, "a": {bytesOf, false},
		"a.html": {bytesOf, false}, "a.HTM": {bytesOf, false}, "a.xhtml": {bytesOf, false}, "a.svg": {bytesOf, false}, "a.svgz": {bytesOf, false},
		"a.xml": {bytesOf, false}, "a.xsl": {bytesOf, false}, "a.js": {bytesOf, false}, "a.mjs": {bytesOf, false}, "a.css": {bytesOf, false},
		"a.wasm": {bytesOf, false}, "a.swf": {bytesOf, false}, "a.hta": {bytesOf, false}, "a.mht": {bytesOf, false}, "a.shtml": {bytesOf, false},
		"a.txt.html": {bytesOf, false}, "a.html.": {bytesOf, false}, "a.manifest": {bytesOf, false}, "a.png\r\n": {bytesOf, false},
	} {
		if got := mediaOf(name); got != want {
			t.Errorf("%q: %+v, want %+v", name, got, want)
		}
		h := http.Header{}
		mediaOf(name).set(h, name, &index.Host{Known: index.Known{Charset: "koi8-r\r\nX: y"}})
		if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox; default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(h.Get("Content-Type"), "\n") {
			t.Errorf("%q: %v", name, h)
		}
	}
}

// TestMetalink holds the document to RFC 5854, also for names that are no XML.
func TestMetalink(t *testing.T) {
	files := map[index.Path]*fakeFile{"/pub/a<&\x01\"\u202e.iso": {size: 700 << 20}}
	g, _ := newGateway(t, files, Limits{})
	w := ask(t, g, http.MethodGet, "/metalink/ftp/h/pub/a%3C&%01%22%E2%80%AE.iso")
	var got metalinkFile
	if err := xml.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || w.Header().Get("Content-Type") != metalinkType {
		t.Fatalf("%d %v: %v\n%s", w.Code, w.Header(), err, w.Body)
	}
	if f := got.Name; f.Name != `a<&_"_.iso` || *f.Size != 700<<20 || len(f.URLs) != 2 ||
		f.URLs[0] != (metalinkURL{1, "ftp://h/pub/a%3C&%01%22%E2%80%AE.iso"}) || !strings.HasPrefix(f.URLs[1].URL, "http://example.com/get/ftp/h/pub/a%3C") {
		t.Errorf("%+v", f)
	}
}

// TestMetalinkSum holds the checksum of a Metalink to a file that the catalogue holds beside it. It is read once, and not for
// visitors who have hosts asked too often.
func TestMetalinkSum(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	files := map[index.Path]*fakeFile{
		"/pub/a.iso": {size: 700 << 20}, "/pub/SHA256SUMS": {body: strings.ToUpper(sum) + "  a.iso\n"}, "/pub/b.iso": {size: 5},
		"/alone/c.iso": {size: 7}, "/large/d.iso": {size: 8}, "/large/SHA256SUMS": {size: 1 << 30},
	}
	g, f := newGateway(t, files, Limits{})
	hash := func(p string) *metalinkHash {
		w := ask(t, g, http.MethodGet, "/metalink/ftp/h"+p)
		var got metalinkFile
		if err := xml.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%d %v: %v\n%s", w.Code, w.Header(), err, w.Body)
		}
		return got.Name.Hash
	}
	for range 2 {
		if got := hash("/pub/a.iso"); got == nil || *got != (metalinkHash{"sha-256", sum}) {
			t.Fatalf("%+v", got)
		}
	}
	if n := f.opens.Load(); n != 1 {
		t.Errorf("%d files were opened", n)
	}
	for _, p := range []string{"/pub/b.iso", "/alone/c.iso", "/large/d.iso"} {
		if got := hash(p); got != nil {
			t.Errorf("%s: %+v", p, got)
		}
	}
	if n := f.opens.Load(); n != 2 { // for b.iso, which SHA256SUMS does not name
		t.Errorf("%d files were opened", n)
	}
	g.sums = newSums(f, g.opt.Catalogue)
	for range checkBurst {
		g.MayCheck(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	}
	if got := hash("/pub/a.iso"); got != nil || f.opens.Load() != 2 {
		t.Errorf("a visitor who checks too often: %+v", got)
	}
}

// TestLimits holds a visitor and all of them to their places, and a place to being free again.
func TestLimits(t *testing.T) {
	v := NewVisitors(Limits{Transfers: 3, PerVisitor: 2, Patience: 20 * time.Millisecond})
	from := func(addr string) (*visit, int) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = addr + ":1"
		got, err := v.enter(r)
		if err != nil {
			return nil, refusalOf(err).Status
		}
		return got, 200
	}
	first, _ := from("192.0.2.1")
	if _, status := from("192.0.2.1"); status != 200 {
		t.Errorf("the second transfer: %d", status)
	}
	if _, status := from("192.0.2.1"); status != 429 {
		t.Errorf("the third transfer: %d", status)
	}
	if _, status := from("192.0.2.2"); status != 200 {
		t.Errorf("another visitor: %d", status)
	}
	if _, status := from("192.0.2.3"); status != 503 {
		t.Errorf("the fourth transfer of all: %d", status)
	}
	first.leave()
	first.leave()
	if _, status := from("192.0.2.1"); status != 200 {
		t.Errorf("after one has ended: %d", status)
	}
}

// TestText holds the beginning of a text to its charset, and to what is shown safely.
func TestText(t *testing.T) {
	files := map[index.Path]*fakeFile{
		"/pub/ascii.txt":  {body: "a\r\nb\tc\x1b[2J\n"},
		"/pub/utf8.txt":   {body: "\xef\xbb\xbfcafé \u202e\n"},
		"/pub/latin.txt":  {body: "caf\xe9 cr\xe8me br\xfbl\xe9e\n"},
		"/pub/binary.txt": {body: "a\x00b"},
		"/pub/long.txt":   {body: strings.Repeat("0123456789\n", 30_000)},
		"/pub/empty.txt":  {},
	}
	g, _ := newGateway(t, files, Limits{})
	for file, want := range map[string]string{
		"ascii": "a\nb\tc\\x1b[2J\n", "utf8": "café \\u202e\n", "latin": "café crème brûlée\n", "empty": "",
		"long": strings.Repeat("0123456789\n", MaxText/11),
	} {
		text, cut, err := g.Text(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), "/ftp/h/pub/"+file+".txt")
		if err != nil || text != want || cut != (file == "long") {
			t.Errorf("%s: %.60q, %t, %v", file, text, cut, err)
		}
	}
	if _, _, err := g.Text(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), "/ftp/h/pub/binary.txt"); err == nil {
		t.Error("bytes are shown as a text")
	}
}
