package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// wait is a host that is silent for so long.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TestPlaces crawls honest hosts beside one that makes the crawler wait, or work
// without end, all of which have one slot: nobody keeps the others waiting.
func TestPlaces(t *testing.T) {
	for name, bad := range map[string]func(f *fake){
		"does not let in": func(f *fake) {
			f.connect = func() error { time.Sleep(time.Hour); return crawler.ErrDown }
		},
		"says nothing": func(f *fake) {
			f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
				return nil, wait(ctx, time.Hour)
			}
		},
		"is busy again and again": func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) { return nil, crawler.ErrBusy }
		},
		"is lost again and again": func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) { return nil, crawler.ErrGone }
		},
		"answers every minute": func(f *fake) {
			f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
				return nil, wait(ctx, time.Minute)
			}
		},
		"answers without end": func(f *fake) {
			f.list = func(ctx context.Context, way string, dir index.Path) ([]index.Listing, error) {
				l := index.Listing{Dir: dir, Way: way}
				for i := range 50 {
					l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprint("d", i), Kind: index.Dir, Size: int64(len(dir))})
				}
				return []index.Listing{l}, wait(ctx, time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sources := many{}
				for i := range 8 {
					f := &fake{tree: makeArchive(uint64(i), 60), connections: 4}
					if i == 0 {
						bad(f)
					}
					sources[index.HostID(fmt.Sprintf("ftp://127.0.0.1:%d/", 1+i))] = f
				}
				crawlBeside(t, sources, "ftp://127.0.0.1:1/")
			})
		})
	}
}

// crawlBeside crawls hosts with one slot, the bad one first, until the others are
// complete, which should not take long.
func crawlBeside(t *testing.T, sources many, bad index.HostID) {
	t.Helper()
	m := newMemory(t)
	limits := crawler.Limits{Hosts: 1, Memory: 4 << 20, BatchAge: 5 * time.Millisecond}
	c := newCrawler(m, sources, limits)
	ctx, stop := context.WithCancel(t.Context())
	var honest, all sync.WaitGroup
	begin := func(id index.HostID, group *sync.WaitGroup) {
		if err := m.Update(ctx, id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			s, err := c.Crawl(ctx, id, crawler.Options{})
			if id != bad && (err != nil || !s.Complete) {
				t.Errorf("%s: %+v, %v", id, s, err)
			}
		})
	}
	begin(bad, &all)
	time.Sleep(10 * time.Millisecond)
	began := time.Now()
	for id := range sources {
		if id != bad {
			begin(id, &honest)
		}
	}
	honest.Wait()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the honest hosts took %s", took)
	}
	for id, f := range sources {
		if id != bad {
			same(t, m.archive(t, id), f.tree)
		}
	}
	stop()
	all.Wait()
}

// TestConnections demands that crawls together have no more connections than they
// may, and that each has one in the end.
func TestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const connections = 6
		var open, most atomic.Int64
		sources := many{}
		var ids []index.HostID
		for i := range 10 {
			f := &fake{tree: makeArchive(uint64(i), 60), connections: 8}
			f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
				most.Store(max(most.Load(), open.Add(1)))
				defer open.Add(-1)
				return nil, wait(ctx, 100*time.Millisecond)
			}
			ids = append(ids, index.HostID(fmt.Sprintf("ftp://127.0.0.1:%d/", 1+i)))
			sources[ids[i]] = f
		}
		m := newMemory(t, ids...)
		c := newCrawler(m, sources, crawler.Limits{Connections: connections})
		var all sync.WaitGroup
		for _, id := range ids {
			all.Go(func() {
				if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete {
					t.Errorf("%s: %+v, %v", id, s, err)
				}
			})
		}
		all.Wait()
		if n := most.Load(); n != connections {
			t.Errorf("%d connections were in use, want %d", n, connections)
		}
	})
}

// TestStopInQueue stops crawls that wait for their slot.
func TestStopInQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sources := many{}
		var ids []index.HostID
		for i := range 20 {
			f := &fake{tree: makeArchive(uint64(i), 60)}
			f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
				return nil, wait(ctx, 100*time.Millisecond)
			}
			ids = append(ids, index.HostID(fmt.Sprintf("ftp://127.0.0.1:%d/", 1+i)))
			sources[ids[i]] = f
		}
		m := newMemory(t, ids...)
		c := newCrawler(m, sources, crawler.Limits{Hosts: 1})
		ctx, stop := context.WithCancelCause(t.Context())
		why := errors.New("enough for today")
		time.AfterFunc(2500*time.Millisecond, func() { stop(why) })
		var all sync.WaitGroup
		var stopped atomic.Int64
		for _, id := range ids {
			all.Go(func() {
				if _, err := c.Crawl(ctx, id, crawler.Options{}); errors.Is(err, why) {
					stopped.Add(1)
				}
			})
		}
		all.Wait()
		if n := stopped.Load(); n != int64(len(ids)) {
			t.Errorf("%d were stopped, want %d", n, len(ids))
		}
	})
}
