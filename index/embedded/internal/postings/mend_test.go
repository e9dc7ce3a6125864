package postings

import (
	"errors"
	"slices"
	"testing"

	bleve "github.com/blevesearch/bleve_index_api"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// covered reports whether the postings cover all blocks of the store.
func covered(t *testing.T, s *store.Store, p *Postings) bool {
	t.Helper()
	snap, err := p.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	behind, err := s.Since(snap.Seq)
	return err == nil && behind == 0
}

// content reports whether a check finds nothing.
func content(t *testing.T, p *Postings) bool {
	t.Helper()
	problems := 0
	err := p.Check(t.Context(), func(string) { problems++ })
	return err == nil && problems == 0
}

// TestPanicsAreMended lets a worker of Bleve die: the index is opened again by itself.
func TestPanicsAreMended(t *testing.T) {
	t.Parallel()
	s, p, _ := openBoth(t, t.TempDir(), 8)
	enginetest.Fill(t, s, enginetest.Host, 20)
	if err := p.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		before := p.current
		batch := bleve.NewBatch()
		batch.SetPersistedCallback(func(error) { panic("a worker of Bleve dies") })
		if err := before.index.Batch(batch); err != nil {
			t.Fatal(err)
		}
		enginetest.Fill(t, s, enginetest.Host, 21+i)
		enginetest.Eventually(t, "another index is open", func() bool {
			p.feeding.Lock()
			defer p.feeding.Unlock()
			return p.current != nil && p.current != before
		})
		enginetest.Eventually(t, "all blocks are covered", func() bool { return covered(t, s, p) })
		enginetest.Eventually(t, "the check is content", func() bool { return content(t, p) })
	}
}

// TestHopelessPostingsStayAway breaks the index again and again: Trawl does without it, until
// it is rebuilt.
func TestHopelessPostingsStayAway(t *testing.T) {
	t.Parallel()
	s, p, _ := openBoth(t, t.TempDir(), 8)
	release := p.Hold()
	enginetest.Fill(t, s, enginetest.Host, 20)
	for p.away == nil {
		if p.current == nil {
			t.Fatal("no index was opened")
		}
		p.current.handle.Break(errors.New("it is damaged"))
		err := p.mend(t.Context())
		if err != nil && p.away == nil {
			t.Fatal(err)
		}
	}
	release()
	snap, err := p.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	ids, err := snap.Blocks(match.All{}, nil)
	if snap.Close(); err != nil || len(ids) > 0 || snap.Seq != 0 {
		t.Errorf("covers %d, %d blocks, %v", snap.Seq, len(ids), err)
	}
	enginetest.Fill(t, s, enginetest.Host, 30) // no writer waits
	if err := p.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, "the check is content", func() bool { return content(t, p) })
}

// TestCompare compares documents with blocks.
func TestCompare(t *testing.T) {
	t.Parallel()
	type ids = []block.ID
	for _, c := range []struct {
		have, want, dropped, unread ids
		sound                       bool
	}{
		{nil, nil, nil, nil, true},
		{ids{1, 2, 5}, ids{1, 2, 5}, nil, nil, true},
		{ids{1, 2}, ids{1, 2, 5}, nil, nil, false},
		{ids{2, 5}, ids{1, 2, 5}, nil, nil, false},
		{ids{1, 5}, ids{1, 2, 5}, nil, nil, false},
		{ids{1, 5}, ids{1, 2, 5}, nil, ids{2}, true},
		{ids{1, 2, 2}, ids{1, 2}, nil, nil, false},
		{ids{1, 2, 3}, ids{1, 2}, nil, nil, false},
		{ids{1, 2, 3}, ids{1, 2}, ids{3, 4}, nil, true},
		{ids{1}, nil, nil, nil, false},
	} {
		dropped := map[block.ID]bool{}
		for _, id := range c.dropped {
			dropped[id] = true
		}
		if err := compare(c.have, c.want, dropped, c.unread); (err == nil) != c.sound {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestProveDocuments proves indexes against stores that have other blocks.
func TestProveDocuments(t *testing.T) {
	t.Parallel()
	s, p, _ := openBoth(t, t.TempDir(), 8)
	enginetest.Fill(t, s, enginetest.Host, 20)
	if err := p.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	release := p.Hold()
	defer release()
	x := p.current
	if err := x.proveDocuments(s); err != nil {
		t.Errorf("a sound index: %v", err)
	}
	have, err := x.documents()
	if err != nil {
		t.Fatal(err)
	}
	batch := bleve.NewBatch()
	batch.Delete(DocID(have[3]))
	if err := x.index.Batch(batch); err != nil {
		t.Fatal(err)
	}
	if err := x.proveDocuments(s); !errors.Is(err, follow.ErrUnsound) {
		t.Errorf("a document is missing: %v", err)
	}
	x.unread = slices.Clone(have[3:4])
	if err := x.proveDocuments(s); err != nil {
		t.Errorf("a block that could not be read: %v", err)
	}
	x.seq++
	if err := x.proveDocuments(s); !errors.Is(err, follow.ErrOtherCatalogue) {
		t.Errorf("ahead of the store: %v", err)
	}
}
