package locale_test

import (
	"errors"
	"testing"
	"time"

	"trawl/search/query"
	"trawl/web/locale"
)

// TestPhrases holds Spanish to having all that the query language says of a text.
func TestPhrases(t *testing.T) {
	languages, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	es := languages.All()[1]
	translated := func(text, english string) {
		if english != "" && es.Phrase(english) == english {
			t.Errorf("%q: not in Spanish: %s", text, english)
		}
	}
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"", "a\xff", ")", "(a", "a |", "|a", "NOT", `"a`, `""`, "siez:>1G", "type:vidoe", "type:xyz", "type:elephant", "kind:fil", "kind:elephant", "ext:", "ext:.", "ext:is?",
		"host:", "host:/a", "places:x", "places:5..2", "-places:>1", "/a(/", "/(a{999}b{999}){9}/", "size:big", "size:4G..1G", "text:a*", "text:-", "time:noon", "time:2024..2023",
		"time:30d", "time:<0d", "name:a/b", "type:video,dir", "sort:size", "after:2024-01-01", "time:01/02/2024", "filetype:movie", "*.img or *.iso", "can you forgive her?", "img[0-9].jpg",
		`C:\Users\me\a.iso`, "size: >1GB", "ftp://h/pub/a", "regex:a.b", "intitle:a", "foo:bar", "size:>1 GB", "type:folder", "kind:video", "time:last7days", "LINUX AND KERNEL",
		"a%20b.iso", "ac/dc live", "iso size > 1GB", "<debian | ubuntu> iso", "{debian,ubuntu}.iso", "kernel-?.?", "^linux.*gz$", "ext:movie", "/a/i", "AND", "size:1k",
	} {
		reading, err := query.Read(text, now)
		translated(text, reading.Note)
		if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
			translated(text, wrong.Msg)
			translated(text, wrong.Hint)
		}
		for _, other := range query.Others(text, now) {
			translated(text, other.Note)
		}
	}
	for english, want := range map[string]string{
		"read as a | b: this is a path":     "leído como a | b: esto es una ruta",
		"there is no field siez:":           "no existe el campo siez:",
		"intitle: was read as name:":        "intitle: se leyó como name:",
		"unknown words":                     "unknown words",
		"a: was read as b:; this is a path": "a: se leyó como b:; esto es una ruta",
	} {
		if got := es.Phrase(english); got != want {
			t.Errorf("%q is %q, want %q", english, got, want)
		}
		if got := languages.All()[0].Phrase(english); got != english {
			t.Errorf("%q is %q in English", english, got)
		}
	}
}
