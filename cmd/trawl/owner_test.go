package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
	"trawl/index/embedded"
	"trawl/web/api"
)

// TestOwnerAtOnce holds hosts that are added, changed, crawled and removed at once to each call being done or refused, and of two hosts
// that overlap to one being refused.
func TestOwnerAtOnce(t *testing.T) {
	quiet := &terminal{Writer: io.Discard}
	a := &app{out: quiet, err: quiet, now: time.Now, env: func(string) string { return "" }}
	e, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	log := slog.New(slog.DiscardHandler)
	o := newOwner(e, newCrawler(a, e, "", time.Second, log, crawler.Observer{}), a, log)
	ctx, stop := context.WithCancel(t.Context())
	var serving, callers sync.WaitGroup
	serving.Go(func() { o.serve(ctx) }) //nolint:errcheck // it returns nil
	every := "1d"
	for i := range 8 {
		callers.Go(func() {
			for range 10 {
				url := "ftp://127.0.0.1:9/"
				if i%2 == 1 {
					url += fmt.Sprintf("part%d/", i)
				}
				host, _, err := o.Add(ctx, url, api.Settings{"every": &every})
				if errors.Is(err, api.ErrOverlap) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				for _, err := range []error{o.Crawl(ctx, host.ID), second(o.Change(ctx, host.ID, api.Settings{"every": nil})), o.Remove(ctx, host.ID)} {
					if err != nil && !errors.Is(err, index.ErrNoHost) && !errors.Is(err, index.ErrBusy) && !errors.Is(err, index.ErrCrowded) {
						t.Error(err)
					}
				}
			}
		})
	}
	callers.Wait()
	stop()
	serving.Wait()
	hosts, err := e.Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range hosts {
		known := hostSet{known: append(hosts[:i:i], hosts[i+1:]...)}
		if err := known.checkApart(hosts[i].ID); err != nil {
			t.Error(err)
		}
	}
}

// second drops the host of an answer.
func second(_ index.Host, err error) error { return err }
