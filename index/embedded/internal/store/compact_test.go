package store

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// crawlShuffled crawls a host with n directories of some 100 entries that come in no order, 50 at
// a time, so that much of the file is free before Finish. It calls last before Finish.
func crawlShuffled(t *testing.T, s *Store, id index.HostID, n int, last func()) {
	t.Helper()
	enginetest.Remember(t, s, id)
	c := enginetest.Begin(t, s, id, true)
	r := rand.New(rand.NewPCG(1, 1))
	for nos := range slices.Chunk(r.Perm(n), 50) {
		var some []index.Listing
		for _, no := range nos {
			some = append(some, enginetest.RandomListing(r, index.Path(fmt.Sprintf("/d%04d", no)), 200))
		}
		if err := c.Put(t.Context(), some...); err != nil {
			t.Fatal(err)
		}
	}
	last()
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}

// mustSpace returns how much of the file is used and free.
func mustSpace(t *testing.T, s *Store) (used, free int64) {
	t.Helper()
	used, free, err := s.space()
	if err != nil {
		t.Fatal(err)
	}
	return used, free
}

// current returns the file that is in place.
func current(t *testing.T, s *Store) *boltFile {
	t.Helper()
	file, err := s.file.use()
	if err != nil {
		t.Fatal(err)
	}
	file.users.Done()
	return file
}

// TestFinishReclaims looks at who gives back space: a crawl that wrote the whole file, and not one
// that changed little of it, however much is free.
func TestFinishReclaims(t *testing.T) {
	t.Parallel()
	s := openBare(t, t.TempDir(), 0)
	crawlShuffled(t, s, enginetest.Host, 600, func() {
		if used, free := mustSpace(t, s); free < used/2 {
			t.Errorf("%d bytes are used and %d free: the directories came in an order", used, free)
		}
	})
	if used, free := mustSpace(t, s); free*muchFree > used {
		t.Errorf("%d bytes are used and %d free after a crawl that wrote all of it", used, free)
	}
	check(t, s)

	const other index.HostID = "ftp://other.example.org/"
	enginetest.Fill(t, s, other, 600)
	if err := s.Remove(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	before := current(t, s)
	if used, free := mustSpace(t, s); free < used/2 {
		t.Errorf("%d bytes are used and %d free after a host was removed", used, free)
	}
	enginetest.Fill(t, s, other, 3)
	if current(t, s) != before {
		t.Error("a small crawl has copied the file")
	}
	check(t, s)
}

// TestReclaimOnAFullDisk leaves no room for the copy: the crawl has ended all the same, the catalogue
// is as it was, and the log has one line.
func TestReclaimOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := enginetest.SmallDisk(t, filepath.Join(t.TempDir(), "disk"), "16m")
	var log bytes.Buffer
	s, err := Open(dir, 128, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBare(t, s) })
	before := current(t, s)
	crawlShuffled(t, s, enginetest.Host, 600, func() {
		ballast := make([]byte, 64<<10)
		f, err := os.Create(filepath.Join(dir, "ballast"))
		for n := int64(0); err == nil; n += int64(len(ballast)) {
			if _, err = f.Write(ballast); err != nil {
				err = os.Truncate(f.Name(), n-512<<10) // room for Finish itself
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	})
	if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, "level=WARN") || !strings.Contains(line, "the disk is full, nothing was lost: make room") {
		t.Errorf("the log: %s", line)
	}
	if current(t, s) != before {
		t.Error("another file is in place")
	}
	if left, err := os.Stat(s.file.leftover()); err == nil {
		t.Errorf("%d bytes are left of the copy", left.Size())
	}
	check(t, s)
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Error(err)
	}
	check(t, s)
}

// TestCompactUnderAView has a reader that does not come to its end: Compact and the next writer do
// not wait for it, and it goes on to read what it read before.
func TestCompactUnderAView(t *testing.T) {
	t.Parallel()
	s := openBare(t, t.TempDir(), 0)
	enginetest.Fill(t, s, enginetest.Host, 100)
	v, err := s.View()
	if err != nil {
		t.Fatal(err)
	}
	last, entries := v.Sequence(), v.Entries()
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	enginetest.Fill(t, s, "ftp://other.example.org/", 100)
	if v.Sequence() != last || v.Entries() != entries {
		t.Errorf("the view holds %d entries up to block %d, not %d up to %d any more", v.Entries(), v.Sequence(), entries, last)
	}
	v.Close()
	check(t, s)
}

// TestWriteNeedsTheName takes the directory away: what is written to a file whose name is not known
// to be on the disk does not count as durable.
func TestWriteNeedsTheName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := openBare(t, dir, 0)
	remember := func() error {
		return s.Update(t.Context(), enginetest.Host, func(*index.Host) error { return nil })
	}
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := remember(); err == nil || !strings.Contains(err.Error(), "sync the directory of ") {
		t.Errorf("the error: %v", err)
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	if err := remember(); err != nil {
		t.Error(err)
	}
}
