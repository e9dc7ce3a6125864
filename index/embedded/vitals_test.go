package embedded_test

import (
	"testing"

	"trawl/index"
	"trawl/index/embedded"
	"trawl/index/embedded/internal/enginetest"
)

// TestVitals looks at an engine that has just been filled: its parts take room, and its indexes catch up.
func TestVitals(t *testing.T) {
	e, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	const host = "ftp://h/"
	if err := e.Update(t.Context(), host, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := e.Begin(t.Context(), host, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = crawl.Close() }()
	if err := crawl.Put(t.Context(), index.Listing{Dir: "/", Entries: []index.Entry{{Name: "file", Kind: index.File, Size: 1}}}); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, "all indexes have caught up", func() bool {
		all, err := e.Followers()
		if err != nil || len(all) != 3 {
			t.Fatalf("got %v, %v", all, err)
		}
		for _, f := range all {
			if f.Failing {
				t.Errorf("%s cannot be written", f.Name)
			}
			if f.Behind > 0 {
				return false
			}
		}
		return true
	})
	parts, err := e.Parts()
	if err != nil || len(parts) != 4 {
		t.Fatalf("got %v, %v", parts, err)
	}
	for _, p := range parts {
		if p.Bytes <= 0 && p.Name != "dictionary" { // so few names are not worth one
			t.Errorf("%s takes %d bytes", p.Name, p.Bytes)
		}
	}
}
