package crawler_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

func TestTexts(t *testing.T) {
	f := &fake{tree: makeArchive(1, 20), texts: map[index.Path]string{
		"/README":       "\xef\xbb\xbfThe archive of caf\u00e9s",
		"/INDEX.txt":    "\xcd\xe5 \xf2\xf0\xee\xe3\xe0\xe9", // Windows-1251
		"/00index":      "binary\x00",
		"/.message":     "Welcome",
		"/tool-1.2.lsm": "Title: tool",
		"/big.txt":      strings.Repeat("x", 300<<10),
		"/readme.gz":    "no text",
	}}
	for p, body := range f.texts {
		f.tree.file("/", p.Base(), int64(len(body)))
	}
	f.charset = "windows-1251"
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	s, err := c.Crawl(t.Context(), id, crawler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[index.Path]string{
		"/README": "The archive of caf\u00e9s", "/INDEX.txt": "\u041d\u0435 \u0442\u0440\u043e\u0433\u0430\u0439",
		"/.message": "Welcome", "/tool-1.2.lsm": "Title: tool",
	}
	for p := range f.texts {
		text, err := m.Text(t.Context(), id, p)
		if text.Body != want[p] || (err == nil) != (want[p] != "") {
			t.Errorf("%s: %q, %v", p, text.Body, err)
		}
	}
	if s.Texts < 4 {
		t.Errorf("%+v", s)
	}
	f.texts["/README"] = "Another"
	for i := range f.tree["/"] {
		if f.tree["/"][i].Name == "README" {
			f.tree["/"][i].Size = 7
		}
	}
	if s, err = c.Crawl(t.Context(), id, crawler.Options{}); err != nil || s.Texts > 2 {
		t.Errorf("only what changed is fetched: %+v, %v", s, err)
	}
	if text, _ := m.Text(t.Context(), id, "/README"); text.Body != "Another" {
		t.Errorf("%+v", text)
	}
}

// noTexts is a catalogue that stores no texts.
type noTexts struct{ *memory }

func (noTexts) PutText(context.Context, index.Text) error { return errors.New("disk full") }

// TestTextNotStored holds a crawl that could not store a text to say so, and not to blame the host.
func TestTextNotStored(t *testing.T) {
	f := &fake{tree: makeArchive(1, 20), texts: map[index.Path]string{"/README": "The archive"}}
	f.tree.file("/", "README", 11)
	m := newMemory(t, id)
	s, err := newCrawler(noTexts{m}, f, quick()).Crawl(t.Context(), id, crawler.Options{})
	if err == nil || !strings.Contains(err.Error(), "disk full") || !s.Complete {
		t.Errorf("%+v, %v", s, err)
	}
	h, err := m.Host(t.Context(), id)
	if err != nil || h.Health.Failures != 0 || h.Health.Complete.IsZero() {
		t.Errorf("%+v, %v", h.Health, err)
	}
}
