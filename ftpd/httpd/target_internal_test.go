package httpd

import (
	"html"
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"trawl/ftpd/tree"
)

// FuzzLinks: the link to any name leads to that name, and nothing in a row of a page is more than the name.
func FuzzLinks(f *testing.F) {
	for _, name := range []string{
		"a", "a b", "%41", "javascript:x", "//evil", "\\evil", "caf\xe9", "new\nline", "<b>&\"'", "?q#f", ";=", "..x", "\uefe9", "\u202e", strings.Repeat("\x00", 1), "`", "*",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			return
		}
		base, err := url.Parse("http://host/pub/")
		if err != nil {
			t.Fatal(err)
		}
		row := string(appendRow(nil, &entry{Entry: tree.Entry{Name: name, Mode: 0o644}}))
		_, link, _ := strings.Cut(row, `href="`)
		_, link, _ = strings.Cut(link, `href="`) // that of the symbol comes first
		link, _, _ = strings.Cut(link, `"`)
		to, err := base.Parse(html.UnescapeString(link))
		if err != nil || to.Host != "host" || to.RawQuery != "" || to.Fragment != "" {
			t.Fatalf("%q is linked as %q: %v %v", name, link, to, err)
		}
		target, err := targetOf(to)
		if strings.Contains(name, "\x00") {
			if err == nil {
				t.Fatalf("%q is accepted", name)
			}
			return
		}
		if err != nil || target.path != path.Join("/pub", name) || !target.plain || target.folder {
			t.Fatalf("%q is linked as %q, which is %+v, %v", name, link, target, err)
		}
		if tags := strings.Count(row, "<"); tags != 17 || !utf8.ValidString(row) || strings.ContainsAny(strings.TrimSuffix(row, "\n"), "\r\n\x00\x1b") {
			t.Fatalf("the row of %q has %d tags: %q", name, tags, row)
		}
	})
}

// FuzzTarget: any target of a request is a clean path or refused.
func FuzzTarget(f *testing.F) {
	for _, raw := range []string{"/", "/a//b/", "/%2e%2e/%2E%2e/etc", "/a%2fb", "/%00", "/..%5c", "*", "//host/x", "/%c0%ae%c0%ae/", "/a/./../..", "/%"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			return
		}
		target, err := targetOf(u)
		if err != nil {
			return
		}
		if p := target.path; p == "" || p[0] != '/' || path.Clean(p) != p || strings.Contains(p, "\x00") || strings.HasPrefix(p, "//") {
			t.Fatalf("%q is %q", raw, p)
		}
		if to := escape(target.path); strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n \"<>") {
			t.Fatalf("%q is redirected to %q", raw, to)
		}
	})
}

// FuzzWanted: any body of PROPFIND is read or refused, and the answer is no more than was asked for.
func FuzzWanted(f *testing.F) {
	f.Add(`<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getcontentlength/><x xmlns="http://x/?a&amp;b">y</x></prop></propfind>`)
	f.Add(`<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`)
	f.Add(`<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`)
	f.Fuzz(func(t *testing.T, body string) {
		w, err := readWanted(strings.NewReader(body))
		if err != nil {
			return
		}
		answer := string(w.response(nil, "/pub/a<b>", &entry{Entry: tree.Entry{Name: "a<b>", Mode: 0o644}}))
		if !strings.HasPrefix(answer, "<D:response><D:href>/pub/a%3Cb%3E</D:href>") || strings.Count(answer, "<D:response>") != 1 {
			t.Fatalf("%q gives %q", body, answer)
		}
	})
}
