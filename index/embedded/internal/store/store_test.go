package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/indextest/needs"
)

// openBare opens a store that nothing follows. Block size 0 is some 128.
func openBare(t testing.TB, dir string, blockSize int) *Store {
	t.Helper()
	s, err := Open(dir, cmp.Or(blockSize, 128), slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBare(t, s) })
	return s
}

// closeBare closes a store unless it is closed.
func closeBare(t testing.TB, s *Store) {
	t.Helper()
	if _, err := s.file.use(); err != nil {
		return
	}
	s.file.current.users.Done()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// beginCrawl begins a crawl.
func beginCrawl(t testing.TB, s *Store, id index.HostID, fresh bool) *crawl {
	t.Helper()
	return enginetest.Begin(t, s, id, fresh).(*crawl)
}

// check fails the test if anything is wrong with the store.
func check(t *testing.T, s *Store) {
	t.Helper()
	err := s.Check(t.Context(), func(problem string) { t.Error(problem) })
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func TestRemoveAndCompact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openBare(t, dir, 0)
	const other index.HostID = "ftp://other.example.org/"
	enginetest.Fill(t, e, enginetest.Host, 3000)
	full := fileSize(t, dir)
	enginetest.Fill(t, e, other, 10)
	before, err := e.List(t.Context(), other, "/d3", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the space is used again
		if err := e.Remove(t.Context(), enginetest.Host); err != nil {
			t.Fatal(err)
		}
		check(t, e)
		enginetest.Fill(t, e, enginetest.Host, 3000)
	}
	if again := fileSize(t, dir); again > full*2 {
		t.Errorf("the file has grown from %d to %d bytes", full, again)
	}
	if err := e.Remove(t.Context(), enginetest.Host); err != nil {
		t.Fatal(err)
	}
	v, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	last := v.Sequence()
	v.Close()

	var readers sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if _, err := e.List(t.Context(), other, "/d3", "", 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	err = e.Compact(t.Context())
	stop()
	readers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if lean := fileSize(t, dir); lean > full/2 {
		t.Errorf("compacted from %d to %d bytes", full, lean)
	}
	for range 2 {
		check(t, e)
		after, err := e.List(t.Context(), other, "/d3", "", 0)
		if err != nil || len(after.Entries) != len(before.Entries) {
			t.Fatalf("after Compact: %v %v", after, err)
		}
		closeBare(t, e)
		e = openBare(t, dir, 0)
	}
	enginetest.Fill(t, e, enginetest.Host, 10)
	if v, err = e.View(); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := v.After(last, func(id block.ID, _ []byte) error { last = uint64(id); return nil }); err != nil || last != v.Sequence() && last == 0 {
		t.Error("numbers of blocks were used again")
	}
}

func fileSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestRemoveGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openBare(t, dir, 1)
	enginetest.Fill(t, e, enginetest.Host, 200)
	ctx, cancel := context.WithCancel(t.Context())
	err := e.update(ctx, func(tx *bolt.Tx) error { // what Remove does first
		if err := tx.Bucket([]byte("hosts")).Delete([]byte(enginetest.Host)); err != nil {
			return err
		}
		return tx.Bucket([]byte("removed")).Put(hostKey(1, nil), nil)
	})
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	check(t, e)
	closeBare(t, e)
	e = openBare(t, dir, 0)
	if err := e.Sweep(t.Context()); err != nil { // as the engine does when it opens
		t.Fatal(err)
	}
	v, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for _, name := range []string{"dirs", "blocks", "removed"} {
		if k, _ := v.tree(name).Cursor().First(); k != nil {
			t.Errorf("%s still holds %q", name, k)
		}
	}
}

// fullVar makes the test binary a process whose files cannot grow.
const fullVar = "TRAWL_TEST_FULL"

func TestFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(fullVar); dir != "" {
		fillDisk(t, dir)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	e := openBare(t, dir, 0)
	enginetest.Fill(t, e, enginetest.Host, 100)
	closeBare(t, e)
	// A limit on the size of files is a full disk to who writes: a write fails.
	cmd := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", "trap '' XFSZ; ulimit -f 12288; exec \"$0\" -test.run TestFullDiskLosesNothing", self)
	cmd.SysProcAttr = needs.Tied()
	cmd.Env = append(os.Environ(), fullVar+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e = openBare(t, dir, 0)
	check(t, e)
	if _, err := e.List(t.Context(), enginetest.Host, "/d7", "", 0); err != nil {
		t.Error(err)
	}
	if _, err := e.List(t.Context(), "ftp://other.example.org/", "/d0", "", 0); err != nil {
		t.Error(err)
	}
}

// fillDisk puts until there is no more room.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	e := openBare(t, dir, 0)
	const other index.HostID = "ftp://other.example.org/"
	enginetest.Remember(t, e, other)
	c := beginCrawl(t, e, other, true)
	r := rand.New(rand.NewPCG(1, 1))
	put := 0
	var err error
	for ; put < 5000 && err == nil; put++ {
		err = c.Put(t.Context(), enginetest.RandomListing(r, index.Path(fmt.Sprintf("/d%d", put)), 5000))
	}
	if err == nil || !strings.Contains(err.Error(), "the disk is full, nothing was lost: make room") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("after %d listings: %v", put, err)
	}
	check(t, e)
	for i := range put - 1 {
		if _, err := c.Seen(t.Context(), index.Path(fmt.Sprintf("/d%d", i))); err != nil {
			t.Fatalf("listing %d of %d: %v", i, put, err)
		}
	}
}

func TestDamagedBlockIsFound(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), 0)
	enginetest.Fill(t, e, enginetest.Host, 100)
	err := e.update(t.Context(), func(tx *bolt.Tx) error {
		blocks := tx.Bucket([]byte("blocks"))
		id, data := blocks.Cursor().First()
		broken := bytes.Clone(data)
		broken[len(broken)/2] ^= 1
		if err := blocks.Put(id, broken); err != nil {
			return err
		}
		id, _ = blocks.Cursor().Last()
		return blocks.Delete(bytes.Clone(id))
	})
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	if err := e.Check(t.Context(), func(p string) { problems = append(problems, p) }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"its checksum is wrong", "it is not there", "the tally says"} {
		if !strings.Contains(strings.Join(problems, "\n"), want) {
			t.Errorf("check does not report %q: %q", want, problems)
		}
	}
}

// TestRecoverDamage proves that only panics of bbolt and reads where there is no
// file are taken for a damaged file.
func TestRecoverDamage(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), 0)
	nothing := map[string]*hostRecord{}
	for name, tt := range map[string]struct {
		do     func(tx *bolt.Tx) error
		damage bool
	}{
		"no bucket":       {func(tx *bolt.Tx) error { return tx.Bucket([]byte("none")).Put([]byte("k"), nil) }, true},
		"a fault":         {func(*bolt.Tx) error { panic(fault{}) }, true},
		"our nil pointer": {func(*bolt.Tx) error { nothing["none"].No = 1; return nil }, false},
		"our index":       {func(*bolt.Tx) error { _ = []byte(nil)[len(nothing)]; return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if r := recover(); (r == nil) != tt.damage {
					t.Errorf("panic %v, damage %t", r, tt.damage)
				}
			}()
			if err := e.update(t.Context(), tt.do); !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
	enginetest.Remember(t, e, enginetest.Host)
}

// fault is what the runtime panics with where there is no file any more.
type fault struct{}

func (fault) Addr() uintptr { return 1 << 40 }

func TestFollowing(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), 1)
	e.Followers.Follow(0)
	enginetest.Fill(t, e, enginetest.Host, 5)
	const other index.HostID = "ftp://other.example.org/"
	enginetest.Remember(t, e, other)
	c := beginCrawl(t, e, other, true)
	r := rand.New(rand.NewPCG(1, 1))
	var all []index.Listing
	for i := range 200 { // more than maxLag: the next writer waits
		all = append(all, enginetest.RandomListing(r, index.Path(fmt.Sprintf("/d%d", i)), 200))
	}
	if err := c.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.Followers.Changed(Postings):
	default:
		t.Fatal("nobody was notified of blocks")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Finish(ctx, true); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a writer did not wait: %v", err)
	}
	v, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	live := map[block.ID]bool{}
	if err := v.After(0, func(id block.ID, _ []byte) error { live[id] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	last := v.Sequence()
	v.Close()
	halt := errors.New("the disk of the postings is full")
	e.Followers.Stuck(halt)
	if err := c.Finish(t.Context(), true); !errors.Is(err, halt) {
		t.Fatalf("a writer waits for postings that are stuck: %v", err)
	}
	e.Followers.Stuck(nil)
	e.Followers.Posted(last)
	for reader := range followers {
		e.Followers.Persisted(reader, last)
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := e.Remove(t.Context(), enginetest.Host); err != nil {
		t.Fatal(err)
	}
	if v, err = e.View(); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	err = v.DroppedAfter(last, func(_ uint64, ids []block.ID) error {
		for _, id := range ids {
			delete(live, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = v.After(0, func(id block.ID, _ []byte) error {
		if !live[id] {
			t.Errorf("block %d was not reported", id)
		}
		delete(live, id)
		return nil
	})
	if err != nil || len(live) > 0 {
		t.Errorf("%d blocks went away without a report: %v", len(live), err)
	}
	k, _ := v.tree("dropped").Cursor().First()
	if binary.BigEndian.Uint64(k) <= last {
		t.Error("the log of dropped blocks is not trimmed")
	}
}

// TestSnapshots opens views of old states, ends them in any order, and goes on writing.
// Where the file has to be mapped anew as it grows nothing is shared that would be
// waited for.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]int{"mapped at once": 1, "mapped as it grows": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openBare(t, t.TempDir(), 0)
			enginetest.Remember(t, e, enginetest.Host)
			if shared == 0 {
				closeBare(t, e)
				file, err := openBolt(e.Path, 0)
				if err != nil {
					t.Fatal(err)
				}
				e.file.current = file
				t.Cleanup(func() { _ = e.Close() })
			}
			c := beginCrawl(t, e, enginetest.Host, true)
			r := rand.New(rand.NewPCG(1, 1))
			var open []*View
			for round := range 50 {
				l := enginetest.RandomListing(r, index.Path(fmt.Sprint("/d", round)), 500)
				if err := c.Put(t.Context(), l); err != nil {
					t.Fatal(err)
				}
				v, err := e.View()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := v.findDir(c.no, treeKey([]byte(l.Dir))); err != nil {
					t.Fatal(err)
				}
				open = append(open, v)
				for len(open) > 0 && (shared == 0 || r.IntN(2) == 0) {
					at := r.IntN(len(open))
					open[at].Close()
					open = slices.Delete(open, at, at+1)
				}
			}
			for _, v := range open {
				v.Close()
			}
			enginetest.Remember(t, e, "ftp://other.example.org")
			if n := e.file.current.db.Stats().OpenTxN; n != shared {
				t.Errorf("%d snapshots are open, want %d", n, shared)
			}
		})
	}
}
