package main

import (
	"log/slog"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest"
)

// TestServeShares has a crawl of the process hold the only connection that a host takes: the gateway of serve opens
// no second one.
func TestServeShares(t *testing.T) {
	id := index.HostID("ftp://" + ftptest.StartLiar(t, ftptest.Honest).Addr + "/")
	cat := indextest.NewBrute()
	if err := cat.Update(t.Context(), id, func(h *index.Host) error { h.Settings.Connections = 1; return nil }); err != nil {
		t.Fatal(err)
	}
	a := &app{env: func(string) string { return t.TempDir() }}
	crawl := a.gates.Join(string(id), 1, 0, false)
	defer crawl.Close()
	if err := crawl.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	limits := fetch.Limits{Turn: 100 * time.Millisecond, Silence: 300 * time.Millisecond}
	fetcher := newFetcher(a, cat, "", limits, slog.New(slog.DiscardHandler))
	defer func() { _ = fetcher.Close() }()
	file := fetch.File{Name: "f00", Size: index.UnknownSize, Places: []index.Place{{Host: id, Path: "/d00/f00"}}}
	if body, err := fetcher.Open(t.Context(), file, 0); crawler.CauseOf(err) != index.Crowded {
		t.Errorf("beside the crawl: %v, %v", body, err)
	}
}
