package crawler_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/embedded"
)

// TestBesideLiars crawls honest hosts and all liars at once: the honest ones are
// complete in the real catalogue, memory stays bounded, and no goroutine is left.
func TestBesideLiars(t *testing.T) {
	before := goleak.IgnoreCurrent()
	const honest, most = 24, 400 << 20 // bytes, of which the liars, in this process too, take a good part
	lies := ftptest.Lies()
	for range honest {
		lies = append(lies, ftptest.Honest)
	}
	var ids []index.HostID
	var liars []*ftptest.Liar
	for i, lie := range lies {
		liar, err := ftptest.NewLiar(t.Context(), lie, 2500)
		if err != nil {
			t.Fatal(err)
		}
		liars = append(liars, liar)
		ids = append(ids, index.HostID("ftp://"+liar.Addr+"/"))
		lies[i] = lie
	}
	e, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := e.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	source := &ftp.Source{Limits: ftp.Limits{Silence: time.Second, Watchdog: 3 * time.Second, Listing: 4 << 20, Tree: 4 << 20}}
	c := newCrawler(e, source, crawler.Limits{
		Backoff: 10 * time.Millisecond, Stall: 2 * time.Second, Attempts: 1, Host: crawler.HostLimits{Directories: 2000}, Memory: 16 << 20, Flow: 8 << 20,
	})
	peak := heapPeak(func() {
		var all sync.WaitGroup
		for i, id := range ids {
			all.Go(func() {
				s, err := c.Crawl(t.Context(), id, crawler.Options{})
				if lies[i] == ftptest.Honest && !s.Complete { // the machine may be too busy for limits that are so short
					s, err = c.Crawl(t.Context(), id, crawler.Options{})
				}
				if lies[i] == ftptest.Honest && (err != nil || !s.Complete || s.Files != ftptest.LiarDirs*ftptest.LiarFiles) {
					t.Errorf("an honest host: %+v, %v", s, err)
				}
			})
		}
		all.Wait()
	})
	t.Logf("%d MiB", peak>>20)
	if peak > most {
		t.Errorf("the heap grew to %d MiB, want less than %d", peak>>20, most>>20)
	}
	for _, liar := range liars {
		liar.Close()
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// heapPeak returns the most memory that the heap takes while do runs, as seen at
// times.
func heapPeak(do func()) (peak uint64) {
	done := make(chan struct{})
	var eye sync.WaitGroup
	eye.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	do()
	close(done)
	eye.Wait()
	return peak
}
