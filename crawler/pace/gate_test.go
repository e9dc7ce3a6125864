package pace_test

import (
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler/pace"
)

// TestGate has a crawl and a fetch share a host of two connections: the crawl gives way.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gates pace.Gates
		crawl, visit := gates.Join("h", 2, 0, false), gates.Join("h", 2, 0, true)
		yields := 0
		crawl.OnWanted(func() { yields++ })
		for range 2 {
			if err := crawl.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := crawl.TryEnter(); ok || crawl.Wanted() {
			t.Error("a third connection, or somebody waits")
		}
		entered := make(chan error)
		go func() { entered <- visit.Enter(t.Context()) }()
		synctest.Wait()
		if yields != 1 || !crawl.Wanted() || !visit.Waiting() {
			t.Errorf("asked %d times to give way; wanted: %t", yields, crawl.Wanted())
		}
		crawl.Leave()
		if err := <-entered; err != nil || crawl.Wanted() {
			t.Error(err)
		}
		// The fetch keeps its connection until the crawl has none.
		go func() { entered <- crawl.Enter(t.Context()) }()
		synctest.Wait()
		if visit.Wanted() {
			t.Error("the crawl has one connection, and wants that of the fetch")
		}
		crawl.Leave()
		if err := <-entered; err != nil {
			t.Error(err)
		}
		crawl.Close()
		visit.Close()
		time.Sleep(time.Second)
		if other := gates.Join("h", 1, 0, false); other.Enter(t.Context()) != nil {
			t.Error("nothing was given back")
		}
		if alone := (*pace.Gates)(nil).Join("h", 1, 0, false); alone.Enter(t.Context()) != nil || alone.Wanted() {
			t.Error("a nil party is bound")
		}
	})
}

// TestWaitersSleep holds those who stop waiting to waking nobody, unless crawls were kept back by a fetch: two who
// look in vain would wake each other without end.
func TestWaitersSleep(t *testing.T) {
	var gates pace.Gates
	holder, crawl, fetch := gates.Join("h", 1, 0, true), gates.Join("h", 1, 0, false), gates.Join("h", 1, 0, true)
	if err := holder.Enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	changed, _ := crawl.TryEnter()
	woken := func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	first, second := fetch.Wait(), fetch.Wait()
	crawl.Wait()()
	first()
	if woken() {
		t.Error("a crawl, or one of two fetches, wakes the others")
	}
	if second(); !woken() {
		t.Error("crawls are not woken when no fetch waits any more")
	}
}
