package scan

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
	"trawl/search/query"
)

// parts are a store and what follows it.
type parts struct {
	store      *store.Store
	postings   *postings.Postings
	dictionary *dictionary.Dictionary
}

// openParts opens an empty store and what follows it.
func openParts(t *testing.T, blockSize int) parts {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(dir, blockSize, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	p, err := postings.Open(filepath.Join(dir, "postings"), s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := dictionary.Open(filepath.Join(dir, "dictionary"), s, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close(nil)
		if err := errors.Join(p.Close(nil), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return parts{s, p, r}
}

func TestBudgetCutsTheCounting(t *testing.T) {
	t.Parallel()
	e := openParts(t, 128)
	enginetest.Fill(t, e.store, enginetest.Host, 200)
	m, err := Open(e.store, e.postings, e.dictionary)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	plan, err := match.Compile(index.Query{Tree: query.Kind{Of: []string{"file"}}}, m.hosts, nil)
	if err != nil {
		t.Fatal(err)
	}
	lease, err := cores.NewPool(2).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	r := &run{snapshot: m, plan: plan, lease: lease, readers: &sync.Pool{New: func() any { return new(reader) }}, budget: budget{time.Now().Add(-time.Minute), time.Second}}
	choice, collectors, exact, err := r.run(t.Context())
	if err != nil || exact {
		t.Errorf("exact: %v, %v", exact, err)
	}
	if a := choice.Answer(exact, collectors...); a.Exact {
		t.Error("the answer says that it is exact")
	}
}

// visits counts the blocks that it is shown.
type visits struct{ n int }

func (c *visits) wants(int) bool { return true }

func (c *visits) visit(*work, int, candidate) error { c.n++; return nil }
func (c *visits) timeToJoin() time.Duration         { return 0 }

// TestSureBlocksAreLookedAt is late from the beginning.
func TestSureBlocksAreLookedAt(t *testing.T) {
	t.Parallel()
	e := openParts(t, 16)
	enginetest.Fill(t, e.store, enginetest.Host, 2000)
	m, err := Open(e.store, e.postings, e.dictionary)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ids, err := m.candidates(match.All{})
	if err != nil || len(ids) < 8*stride {
		t.Fatalf("%d blocks, %v", len(ids), err)
	}
	lease, err := cores.NewPool(2).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	w, seen := &work{snapshot: m, ids: ids, until: time.Now(), sure: 2*stride + 1}, &visits{}
	if err := w.run(t.Context(), lease, func() visitor { return seen }); err != nil || seen.n != 3*stride || w.complete() {
		t.Errorf("saw %d blocks of %d, complete: %v, %v", seen.n, len(ids), w.complete(), err)
	}
}

// TestShrink holds a search to its whole time while nobody waits, to less while others do, and to none more later.
func TestShrink(t *testing.T) {
	pool := cores.NewPool(1)
	lease, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	const whole = 200 * time.Millisecond
	began := time.Now()
	w := &work{until: began.Add(whole), since: began, whole: whole}
	if w.shrink(lease, time.Second); w.until != began.Add(time.Second+whole) {
		t.Errorf("alone, after it waited, it has %v", w.until.Sub(w.since))
	}
	ctx, stop := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		if other, err := pool.Acquire(ctx); err == nil {
			other.Release()
		}
	})
	for !lease.Wanted() {
		runtime.Gosched()
	}
	w.shrink(lease, 0)
	less := w.until
	if less.After(w.since.Add(whole/2)) || less.Before(w.since) {
		t.Errorf("while another waits it has %v", less.Sub(w.since))
	}
	stop()
	waiting.Wait()
	if w.shrink(lease, 0); w.until != less {
		t.Errorf("after the other has gone it has %v, not %v", w.until.Sub(w.since), less.Sub(w.since))
	}
	endless := &work{}
	if endless.shrink(lease, time.Second); !endless.until.IsZero() {
		t.Error("a search without a budget has an end")
	}
}
