package crawler_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// scheduled runs the schedule for so long.
func scheduled(t *testing.T, c *crawler.Crawler, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := c.Schedule(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(1, 50)}
		m := newMemory(t, id, "ftp://127.0.0.1/")
		set(t, m, func(h *index.Host) { h.Settings.Every = 24 * time.Hour })
		c := newCrawler(m, f, quick())
		scheduled(t, c, 36*time.Hour)
		if n := f.connects.Load(); n != 2 {
			t.Errorf("%d crawls in 36 hours, want 2: at once and after a day", n)
		}
		// A restart changes nothing; an unchanged host is left alone for longer.
		c = newCrawler(m, f, quick())
		scheduled(t, c, 20*time.Hour)
		if n := f.connects.Load(); n != 2 {
			t.Errorf("%d crawls in 56 hours, want 2: nothing changed, so the second interval is 36 hours", n)
		}
		scheduled(t, c, 40*24*time.Hour)
		if n := f.connects.Load(); n < 12 || n > 16 {
			t.Errorf("%d crawls in 42 days of an unchanged host", n)
		}
		// One that changes all the time is crawled up to four times as often.
		f.cut = func(_ string, _ index.Path, l *index.Listing) {
			for i := range l.Entries {
				l.Entries[i].Unix = time.Now().Unix()
			}
		}
		f.connects.Store(0)
		scheduled(t, c, 10*24*time.Hour)
		if n := f.connects.Load(); n < 15 || n > 41 {
			t.Errorf("%d crawls in 10 days of a restless host", n)
		}
	})
}

// A host that is down is tried later and later, shown as down since the first
// time, and what is known of it stays.
func TestScheduleDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(1, 50)}
		m := newMemory(t, id)
		set(t, m, func(h *index.Host) { h.Settings.Every = time.Hour })
		c := newCrawler(m, f, quick())
		scheduled(t, c, time.Minute)
		f.connect = func() error { return crawler.ErrDown }
		f.connects.Store(0)
		went := time.Now()
		scheduled(t, c, 14*24*time.Hour)
		h, _ := m.Host(t.Context(), id)
		if n := f.connects.Load(); n < 8 || n > 12 || int64(h.Health.Failures) != n {
			t.Errorf("tried %d times in 14 days, %d failures", n, h.Health.Failures)
		}
		if h.State() != "down" || h.Health.DownSince.Sub(went) > 2*time.Hour || h.Health.LastError == "" {
			t.Errorf("health: %+v", h.Health)
		}
		same(t, m.archive(t, id), f.tree)
		f.connect = nil
		scheduled(t, c, 8*24*time.Hour)
		if h, _ := m.Host(t.Context(), id); h.State() != "up" || h.Health.Failures != 0 {
			t.Errorf("health: %+v", h.Health)
		}
	})
}

// Outside its window a host is left alone; a crawl that is under way stops when
// it closes and goes on when it opens.
func TestScheduleWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(1, 300), connections: 1}
		m := newMemory(t, id)
		set(t, m, func(h *index.Host) {
			h.Settings.Every = 24 * time.Hour
			h.Settings.Window = "01:00-02:00"
		})
		inside := 0
		f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
			if time.Now().Local().Hour() != 1 {
				t.Errorf("listed at %s", time.Now())
			}
			inside++
			select {
			case <-time.After(59 * time.Second):
			case <-ctx.Done():
			}
			return nil, ctx.Err()
		}
		limits := quick()
		limits.Stall = time.Hour
		scheduled(t, newCrawler(m, f, limits), 8*24*time.Hour)
		h, _ := m.Host(t.Context(), id)
		if h.Health.Complete.IsZero() || inside < 300 || inside > 500 {
			t.Errorf("%d listings, %+v", inside, h.Health)
		}
		same(t, m.archive(t, id), f.tree)
	})
}

// A host that takes for ever, though each answer comes in time, keeps no other
// from being crawled, even if there is but one connection.
func TestScheduleTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const slow, other = index.HostID("ftp://127.0.0.1:1/"), index.HostID("ftp://127.0.0.1:2/")
		sources := many{slow: {tree: makeArchive(1, 50), ways: []string{"MLSD"}}, other: {tree: makeArchive(2, 50)}}
		sources[slow].list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
			time.Sleep(time.Hour)
			return nil, ctx.Err()
		}
		m := newMemory(t, slow, other)
		for _, h := range []index.HostID{slow, other} {
			err := m.Update(t.Context(), h, func(h *index.Host) error { h.Settings.Every = 24 * time.Hour; return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		limits := quick()
		limits.Connections, limits.Stall, limits.Turn = 1, 2*time.Hour, 6*time.Hour
		scheduled(t, newCrawler(m, sources, limits), 20*time.Hour)
		same(t, m.archive(t, other), sources[other].tree)
		if h, _ := m.Host(t.Context(), slow); h.Tally.Directories == 0 || !h.Health.Crawling {
			t.Errorf("the slow host is not under way: %+v, %+v", h.Tally, h.Health)
		}
	})
}

// A crawl that ends while the schedule reads the catalogue is not due again.
func TestScheduleSlowCatalogue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const fast, slow = index.HostID("ftp://127.0.0.1:1/"), index.HostID("ftp://127.0.0.1:2/")
		sources := many{fast: {tree: makeArchive(1, 5)}, slow: {tree: makeArchive(2, 5)}}
		sources[slow].connect = func() error { time.Sleep(500 * time.Millisecond); return nil }
		m := newMemory(t, fast, slow)
		for _, h := range []index.HostID{fast, slow} {
			err := m.Update(t.Context(), h, func(h *index.Host) error { h.Settings.Every = time.Hour; return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		scheduled(t, newCrawler(dawdling{m}, sources, quick()), time.Minute)
		if n := sources[slow].connects.Load(); n != 1 {
			t.Errorf("the slow host was crawled %d times in a minute", n)
		}
	})
}

// dawdling is a catalogue that takes a second to list the hosts.
type dawdling struct{ *memory }

func (d dawdling) Hosts(ctx context.Context) ([]index.Host, error) {
	hosts, err := d.memory.Hosts(ctx)
	time.Sleep(time.Second)
	return hosts, err
}

// Hosts that say nothing keep no other from being crawled when it is due.
func TestScheduleSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sources := many{}
		var ids []index.HostID
		for i := range 20 {
			f := &fake{tree: makeArchive(uint64(i), 50)}
			ids = append(ids, index.HostID(fmt.Sprintf("ftp://127.0.0.1:%d/", 1+i)))
			sources[ids[i]] = f
			if i > 0 {
				f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
					return nil, wait(ctx, 24*time.Hour)
				}
			}
		}
		m := newMemory(t, ids...)
		for _, h := range ids {
			err := m.Update(t.Context(), h, func(h *index.Host) error { h.Settings.Every = time.Hour; return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		limits := quick()
		limits.Hosts, limits.Stall, limits.FullEvery = 1, 12*time.Hour, 1
		scheduled(t, newCrawler(m, sources, limits), 10*time.Hour)
		if n := sources[ids[0]].connects.Load(); n < 4 {
			t.Errorf("the honest host was crawled %d times in 10 hours", n)
		}
		same(t, m.archive(t, ids[0]), sources[ids[0]].tree)
	})
}

// TestQueue looks at what is to be crawled: the hosts that are due next.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, id, "ftp://127.0.0.1/")
		set(t, m, func(h *index.Host) { h.Settings.Every = 24 * time.Hour })
		c := newCrawler(m, &fake{tree: makeArchive(1, 50)}, quick())
		if q := c.Queue(); !q.Seen.IsZero() || len(c.Running()) > 0 {
			t.Errorf("before the schedule runs there is %+v", q)
		}
		scheduled(t, c, time.Hour)
		q := c.Queue()
		if q.Hosts != 1 || len(q.Due) != 0 || len(q.Next) != 1 || q.Next[0].Host != id {
			t.Fatalf("got %+v", q)
		}
		if wait := time.Until(q.Next[0].At); wait < 22*time.Hour || wait > 24*time.Hour {
			t.Errorf("it is due in %s", wait)
		}
	})
}

// TestObserve counts crawls and errors as they happen.
func TestObserve(t *testing.T) {
	m := newMemory(t, id, "ftp://127.0.0.1/")
	var ended, failed []string
	c := crawler.New(crawler.Config{Catalogue: m, Observe: crawler.Observer{
		Ended:  func(s crawler.Summary, err error) { ended = append(ended, fmt.Sprint(s.Host, " ", err != nil)) },
		Failed: func(cause index.Cause) { failed = append(failed, string(cause)) },
	}})
	if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err == nil {
		t.Error("a host that no source reaches is crawled")
	}
	if got, want := fmt.Sprint(ended, failed), "["+id+" true] [other]"; got != string(want) {
		t.Errorf("observed %s, want %s", got, want)
	}
}
