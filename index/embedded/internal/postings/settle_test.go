package postings

import (
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/store"
)

// openBoth opens a store and its postings. stop closes both, and may be called again.
func openBoth(t *testing.T, dir string, blockSize int) (s *store.Store, p *Postings, stop func()) {
	t.Helper()
	s, err := store.Open(dir, blockSize, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	if p, err = Open(filepath.Join(dir, "postings"), s); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := errors.Join(p.Close(nil), s.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return s, p, stop
}

// TestCompactedPostings removes a host: compacting frees the space of its postings.
func TestCompactedPostings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, p, _ := openBoth(t, dir, 128)
	enginetest.Fill(t, s, enginetest.Host, 300)
	alone := func() int64 {
		t.Helper()
		p.current.settle(nil)
		return enginetest.DiskUse(t, p.dir)
	}
	compact := func() error { return errors.Join(s.Compact(t.Context()), p.Compact(t.Context())) }
	if err := compact(); err != nil {
		t.Fatal(err)
	}
	before := alone()
	const other index.HostID = "ftp://other.example.org/"
	enginetest.Fill(t, s, other, 3000)
	if err := errors.Join(s.Remove(t.Context(), other), compact()); err != nil {
		t.Fatal(err)
	}
	if after := alone(); after > before*3/2 {
		t.Errorf("postings of %d bytes became %d", before, after)
	}
	problem := func(problem string) { t.Error(problem) }
	if err := errors.Join(s.Check(t.Context(), problem), p.Check(t.Context(), problem)); err != nil {
		t.Fatal(err)
	}
}

// TestSettledPostingsHoldNothingOld compares the files with the segments in use.
func TestSettledPostingsHoldNothingOld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, p, stop := openBoth(t, dir, 1)
	for i := range 5 {
		enginetest.Fill(t, s, enginetest.Host, 50+i)
		if err := p.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	_, p, _ = openBoth(t, dir, 128)
	files, err := filepath.Glob(filepath.Join(dir, "postings", "*.zap"))
	if n := p.current.index.StatsMap()["TotFileSegmentsAtRoot"]; err != nil || uint64(len(files)) != n {
		t.Errorf("%d files for %v segments, %v", len(files), n, err)
	}
}
