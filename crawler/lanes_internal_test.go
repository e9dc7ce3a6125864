package crawler

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

// crawl lists so many directories and returns how many lanes that ended with.
func (m model) crawl(l *lanes, tasks int) int {
	now := time.Unix(0, 0)
	for range tasks {
		rate := min(float64(l.open)/m.trip.Seconds(), m.most)
		now = now.Add(time.Duration(float64(time.Second) / rate))
		l.went(now, true)
	}
	return l.open
}

// Lanes grow with the round trip, as far as the host bears and the owner allows.
func TestLanesGrow(t *testing.T) {
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
		l := newLanes(min(4, tt.most), tt.most, func(n int) int {
			n = min(n, free)
			free -= n
			return n
		})
		if got := tt.host.crawl(&l, 2000); got != tt.want {
			t.Errorf("%s: %d lanes, want %d", tt.name, got, tt.want)
		}
	}
}

// A host that is too busy is asked for half, and for more again only slowly.
func TestLanesTooBusy(t *testing.T) {
	l := newLanes(4, 32, nil)
	far := model{100 * time.Millisecond, 1e9}
	far.crawl(&l, 500)
	l.tooBusy(l.open)
	l.tooBusy(l.open - 1) // told at the same time
	if l.open != 16 {
		t.Errorf("%d lanes after 32 were too many", l.open)
	}
	if got := far.crawl(&l, 2*widenAfter); got != 18 {
		t.Errorf("%d lanes after %d listings went well", got, 2*widenAfter)
	}
	l.tooBusy(18)
	if got := far.crawl(&l, 100*widenAfter); got != 17 {
		t.Errorf("%d lanes in the end, want one less than were too many", got)
	}
}
