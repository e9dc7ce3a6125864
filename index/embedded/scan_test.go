package embedded

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/match"
	"trawl/search/query"
)

// partsOf are a store and what follows it.
type partsOf struct {
	store    *store
	postings *postings
	roll     *roll
}

// openParts opens an empty store and what follows it.
func openParts(t *testing.T, blockSize int) partsOf {
	t.Helper()
	dir := t.TempDir()
	s, err := openStore(dir, blockSize, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPostings(filepath.Join(dir, "postings"), s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := openRoll(filepath.Join(dir, "roll"), s, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.close(nil)
		if err := errors.Join(p.close(nil), s.close()); err != nil {
			t.Error(err)
		}
	})
	return partsOf{s, p, r}
}

func TestBudgetCutsTheCounting(t *testing.T) {
	t.Parallel()
	e := openParts(t, 128)
	enginetest.Fill(t, e.store, enginetest.Host, 200)
	m, err := takeMoment(e.store, e.postings, e.roll)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	plan, err := match.Compile(index.Query{Tree: query.Kind{Of: []string{"file"}}}, m.hosts)
	if err != nil {
		t.Fatal(err)
	}
	shift, err := newCores(2).begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shift.end()
	v := &verifying{moment: m, plan: plan, shift: shift, rooms: &sync.Pool{New: func() any { return new(scan) }}, start: time.Now().Add(-time.Minute), budget: time.Second}
	choice, collectors, exact, err := v.run(t.Context())
	if err != nil || exact {
		t.Errorf("exact: %v, %v", exact, err)
	}
	if a := choice.Answer(exact, collectors...); a.Exact {
		t.Error("the answer says that it is exact")
	}
}

// counting counts the blocks that it is shown.
type counting struct{ n int }

func (c *counting) wants(int) bool { return true }

func (c *counting) look(*work, int, candidate) error { c.n++; return nil }
func (c *counting) toJoin() time.Duration            { return 0 }

// TestSureBlocksAreLookedAt is late from the beginning.
func TestSureBlocksAreLookedAt(t *testing.T) {
	t.Parallel()
	e := openParts(t, 16)
	enginetest.Fill(t, e.store, enginetest.Host, 2000)
	m, err := takeMoment(e.store, e.postings, e.roll)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	ids, err := m.candidates(match.All{})
	if err != nil || len(ids) < 8*stride {
		t.Fatalf("%d blocks, %v", len(ids), err)
	}
	shift, err := newCores(2).begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shift.end()
	w, seen := &work{moment: m, ids: ids, until: time.Now(), sure: 2*stride + 1}, &counting{}
	if err := w.run(t.Context(), shift, func() looker { return seen }); err != nil || seen.n != 3*stride || w.complete() {
		t.Errorf("saw %d blocks of %d, complete: %v, %v", seen.n, len(ids), w.complete(), err)
	}
}
