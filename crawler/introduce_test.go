package crawler_test

import (
	"errors"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

func TestContact(t *testing.T) {
	const public = index.HostID("ftp://192.0.2.1/") // TEST-NET-1
	m := newMemory(t, public, id)
	f := &fake{tree: makeArchive(1, 3)}
	_, err := newCrawler(m, f, quick()).Crawl(t.Context(), public, crawler.Options{})
	if !errors.Is(err, crawler.ErrContact) || !strings.Contains(err.Error(), "--contact") || f.connects.Load() > 0 {
		t.Errorf("a public host without a contact address: %v", err)
	}
	if _, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{}); err != nil {
		t.Errorf("one's own host needs none: %v", err)
	}
	c := crawler.New(crawler.Config{Catalogue: m, Sources: []crawler.Source{f}, Contact: "me@example.org"})
	if _, err := c.Crawl(t.Context(), public, crawler.Options{}); err != nil || f.password != "me@example.org" {
		t.Errorf("password %q, %v", f.password, err)
	}
}
