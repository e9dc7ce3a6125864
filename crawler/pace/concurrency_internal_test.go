package pace

import (
	"testing"
	"time"
)

// model is a host far away: a listing takes so long, and no more than so many a
// second are served.
type model struct {
	trip time.Duration
	most float64 // listings a second
}

// crawl lists so many directories and returns how many at once that ended with.
func (m model) crawl(c *Concurrency, tasks int) int {
	now := time.Unix(0, 0)
	for range tasks {
		rate := min(float64(c.open)/m.trip.Seconds(), m.most)
		now = now.Add(time.Duration(float64(time.Second) / rate))
		c.Listed(now, true)
	}
	return c.open
}

// Concurrency grows with the round trip, as far as the host bears and the owner allows.
func TestConcurrencyGrows(t *testing.T) {
	const unlimited = 1e9
	for _, tt := range []struct {
		name  string
		host  model
		most  int
		grant int // connections that are free
		want  int
	}{
		{"nearby", model{time.Millisecond, unlimited}, 32, 100, 4},
		{"in the country", model{25 * time.Millisecond, unlimited}, 32, 100, 10},
		{"overseas", model{100 * time.Millisecond, unlimited}, 32, 100, 32},
		{"overseas, as the owner allows", model{100 * time.Millisecond, unlimited}, 6, 100, 6},
		{"overseas, while others crawl", model{100 * time.Millisecond, unlimited}, 32, 3, 7},
		{"overseas and slow", model{100 * time.Millisecond, 45}, 32, 100, 4},
		{"overseas and middling", model{100 * time.Millisecond, 90}, 32, 100, 9},
		{"busy", model{100 * time.Millisecond, 10}, 32, 100, 4},
	} {
		free := tt.grant
		c := NewConcurrency(min(4, tt.most), tt.most, func(n int) int {
			n = min(n, free)
			free -= n
			return n
		})
		if got := tt.host.crawl(&c, 2000); got != tt.want {
			t.Errorf("%s: %d at once, want %d", tt.name, got, tt.want)
		}
	}
}

// A host that is too busy is asked for half, and for more again only slowly.
func TestConcurrencyTooBusy(t *testing.T) {
	c := NewConcurrency(4, 32, nil)
	far := model{100 * time.Millisecond, 1e9}
	far.crawl(&c, 500)
	c.TooBusy(c.open)
	c.TooBusy(c.open - 1) // refused at the same time
	if c.open != 16 {
		t.Errorf("%d at once after 32 were too many", c.open)
	}
	if got := far.crawl(&c, 2*widenAfter); got != 18 {
		t.Errorf("%d at once after %d listings went well", got, 2*widenAfter)
	}
	c.TooBusy(18)
	if got := far.crawl(&c, 100*widenAfter); got != 17 {
		t.Errorf("%d at once in the end, want one less than were too many", got)
	}
}
