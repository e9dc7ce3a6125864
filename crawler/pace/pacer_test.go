package pace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler/pace"
)

func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := pace.NewPacer(10, 1000, nil)
		start := time.Now()
		for range 52 {
			if err := g.Command(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5200*time.Millisecond {
			t.Errorf("52 commands at 10 a second took %s", took)
		}
		start = time.Now()
		for range 10 {
			if err := g.Bytes(t.Context(), 600); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5200*time.Millisecond {
			t.Errorf("6000 bytes at 1000 a second took %s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, g := range []*pace.Pacer{nil, {}, g} {
			if g.Command(ctx) == nil || g.Bytes(ctx, 1) == nil {
				t.Errorf("%v goes on though the crawl was stopped", g)
			}
		}
	})
}
