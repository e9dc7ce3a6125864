package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/internal/needs"
)

// childVar makes the test binary a process that puts until it is killed.
const childVar = "TRAWL_TEST_PUT_INTO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" {
		if err := putForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// killDirs is how many directories putForever goes round.
const killDirs = 40

// killListing is the listing that putForever puts in round n. Most of a directory
// stays from one of its rounds to the next, and now and then nothing does.
func killListing(n int) index.Listing {
	dir, version := n%killDirs, n/killDirs
	r := rand.New(rand.NewPCG(uint64(dir), uint64(version/10)))
	l := index.Listing{Dir: index.Path(fmt.Sprintf("/d%d", dir)), Taken: time.Unix(1e9, 0), Way: "LIST"}
	for i := range r.IntN(400) {
		if (7*i+version)%97 != 0 {
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("%03d", i), Size: int64((i + version) / 50)})
		}
	}
	return l
}

// putForever puts and prints the number of each round that has been put.
func putForever(dir string) error {
	ctx := context.Background()
	e, err := Open(dir, Options{BlockSize: 16})
	if err != nil {
		return err
	}
	if err := e.Update(ctx, testHost, func(*index.Host) error { return nil }); err != nil {
		return err
	}
	c, err := e.Begin(ctx, testHost, false)
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv(childVar + "_FROM"))
	if err != nil {
		return err
	}
	for n := from; ; n++ {
		if err := c.Put(ctx, killListing(n)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

func TestKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	e := openTest(t, dir, Options{})
	remember(t, e, testHost) // a slow child may be killed before it has
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	next := 0
	for range 5 {
		var out, complaints bytes.Buffer
		cmd := exec.CommandContext(t.Context(), self)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		cmd.Env = append(os.Environ(), childVar+"="+dir, childVar+"_FROM="+strconv.Itoa(next))
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(300+rand.IntN(300)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if complaints.Len() > 0 {
			t.Fatal(complaints.String())
		}
		done := strings.Fields(out.String())
		next += len(done)

		e := openTest(t, dir, Options{BlockSize: 16})
		check(t, e)
		proves(t, e)
		c := begin(t, e, testHost, false)
		for n := max(0, next-killDirs); n < next; n++ {
			l, err := c.Seen(t.Context(), killListing(n).Dir)
			if err != nil {
				t.Fatalf("round %d of %d: %v", n, next, err)
			}
			// The kill may have come between Put and the line that tells of it.
			later := killListing(n + killDirs)
			if want := killListing(n); !slices.Equal(l.Entries, want.Entries) && (n != next-killDirs || !slices.Equal(l.Entries, later.Entries)) {
				t.Fatalf("round %d of %d: %s has %d entries, want %d:\n%v\nwant\n%v", n, next, l.Dir, len(l.Entries), len(want.Entries), l.Entries, want.Entries)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if next == 0 {
		t.Fatal("the child has put nothing")
	}
	t.Logf("%d rounds", next)
}

// check fails the test if anything is wrong with the store.
func check(t *testing.T, e *Engine) {
	t.Helper()
	err := e.store.check(t.Context(), func(problem string) { t.Error(problem) })
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// fillHost gives a host n directories.
func fillHost(t testing.TB, e *Engine, id index.HostID, n int) {
	t.Helper()
	remember(t, e, id)
	c := begin(t, e, id, true)
	r := rand.New(rand.NewPCG(1, 1))
	var all []index.Listing
	for i := range n {
		all = append(all, randomListing(r, index.Path(fmt.Sprintf("/d%d", i)), 200))
	}
	if err := c.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}

func TestRemoveAndCompact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{})
	const other index.HostID = "ftp://other.example.org/"
	fillHost(t, e, testHost, 3000)
	full := fileSize(t, dir)
	fillHost(t, e, other, 10)
	before, err := e.List(t.Context(), other, "/d3", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // the space is used again
		if err := e.Remove(t.Context(), testHost); err != nil {
			t.Fatal(err)
		}
		check(t, e)
		fillHost(t, e, testHost, 3000)
	}
	if again := fileSize(t, dir); again > full*2 {
		t.Errorf("the file has grown from %d to %d bytes", full, again)
	}
	if err := e.Remove(t.Context(), testHost); err != nil {
		t.Fatal(err)
	}
	v, err := e.store.view()
	if err != nil {
		t.Fatal(err)
	}
	last := v.sequence()
	v.close()

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
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		e = openTest(t, dir, Options{})
	}
	fillHost(t, e, testHost, 10)
	if v, err = e.store.view(); err != nil {
		t.Fatal(err)
	}
	defer v.close()
	if err := v.after(last, func(id blockID, _ []byte) error { last = uint64(id); return nil }); err != nil || last != v.sequence() && last == 0 {
		t.Error("numbers of blocks were used again")
	}
}

func fileSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, dbFile))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestRemoveGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{BlockSize: 1})
	fillHost(t, e, testHost, 200)
	ctx, cancel := context.WithCancel(t.Context())
	err := e.store.update(ctx, func(tx *bolt.Tx) error { // what Remove does first
		if err := tx.Bucket([]byte("hosts")).Delete([]byte(testHost)); err != nil {
			return err
		}
		return tx.Bucket([]byte("removed")).Put(hostKey(1, nil), nil)
	})
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	check(t, e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, dir, Options{})
	e.working.Wait()
	v, err := e.store.view()
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	for _, name := range []string{"dirs", "blocks", "removed"} {
		if k, _ := v.bucket(name).Cursor().First(); k != nil {
			t.Errorf("%s still holds %q", name, k)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, dir string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, dbFile), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"held":       {func(t *testing.T, dir string) { openTest(t, dir, Options{}) }, "in use by another process, process " + strconv.Itoa(os.Getpid()) + ": stop it"},
		"not a file": {func(t *testing.T, dir string) { write(t, dir, bytes.Repeat([]byte("garbage "), 1e4)) }, "the file is damaged: restore it"},
		"cut off": {func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, dbFile), 5*pageSize); err != nil {
				t.Fatal(err)
			}
		}, "the file is damaged: restore it"},
		"zeros": {func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, dbFile))
			if err != nil {
				t.Fatal(err)
			}
			clear(data[2*pageSize:])
			write(t, dir, data)
		}, "the file is damaged: restore it"},
		"another version": {func(t *testing.T, dir string) {
			e := openTest(t, dir, Options{})
			err := e.store.update(t.Context(), func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{9})
			})
			if err = errors.Join(err, e.Close()); err != nil {
				t.Fatal(err)
			}
		}, "it has format [9] and this trawl knows 5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := openTest(t, dir, Options{})
			fillHost(t, e, testHost, 300)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, dir)
			_, err := Open(dir, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, want one line with %q", err, tt.want)
			}
			if held := strings.HasPrefix(name, "held"); held != errors.Is(err, ErrHeld) {
				t.Errorf("ErrHeld: %v", !held)
			}
		})
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
	e := openBare(t, dir, Options{})
	fillHost(t, e, testHost, 100)
	closeBare(t, e)
	// A limit on the size of files is a full disk to who writes: a write fails.
	cmd := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", "trap '' XFSZ; ulimit -f 12288; exec \"$0\" -test.run TestFullDiskLosesNothing", self)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), fullVar+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e = openBare(t, dir, Options{})
	check(t, e)
	if _, err := e.List(t.Context(), testHost, "/d7", "", 0); err != nil {
		t.Error(err)
	}
	if _, err := e.List(t.Context(), "ftp://other.example.org/", "/d0", "", 0); err != nil {
		t.Error(err)
	}
}

// fillDisk puts until there is no more room.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	e := openBare(t, dir, Options{})
	const other index.HostID = "ftp://other.example.org/"
	remember(t, e, other)
	c := begin(t, e, other, true)
	r := rand.New(rand.NewPCG(1, 1))
	put := 0
	var err error
	for ; put < 5000 && err == nil; put++ {
		err = c.Put(t.Context(), randomListing(r, index.Path(fmt.Sprintf("/d%d", put)), 5000))
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
	e := openBare(t, t.TempDir(), Options{})
	fillHost(t, e, testHost, 100)
	err := e.store.update(t.Context(), func(tx *bolt.Tx) error {
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
	if err := e.store.check(t.Context(), func(p string) { problems = append(problems, p) }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"its checksum is wrong", "it is not there", "the tally says"} {
		if !strings.Contains(strings.Join(problems, "\n"), want) {
			t.Errorf("check does not tell %q: %q", want, problems)
		}
	}
}

// TestRecoverDamage proves that only panics of bbolt and reads where there is no
// file are taken for a damaged file.
func TestRecoverDamage(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), Options{})
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
			if err := e.store.update(t.Context(), tt.do); !errors.Is(err, errDamaged) {
				t.Errorf("got %v", err)
			}
		})
	}
	remember(t, e, testHost)
}

// fault is what the runtime panics with where there is no file any more.
type fault struct{}

func (fault) Addr() uintptr { return 1 << 40 }

func TestFollowing(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), Options{BlockSize: 1})
	e.store.follow(0)
	fillHost(t, e, testHost, 5)
	const other index.HostID = "ftp://other.example.org/"
	remember(t, e, other)
	c := begin(t, e, other, true)
	r := rand.New(rand.NewPCG(1, 1))
	var all []index.Listing
	for i := range 200 { // more than maxLag: the next writer waits
		all = append(all, randomListing(r, index.Path(fmt.Sprintf("/d%d", i)), 200))
	}
	if err := c.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.store.changed(ofPostings):
	default:
		t.Fatal("nobody was told of blocks")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Finish(ctx, true); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("a writer did not wait: %v", err)
	}
	v, err := e.store.view()
	if err != nil {
		t.Fatal(err)
	}
	live := map[blockID]bool{}
	if err := v.after(0, func(id blockID, _ []byte) error { live[id] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	last := v.sequence()
	v.close()
	halt := errors.New("the disk of the postings is full")
	e.store.stuck(halt)
	if err := c.Finish(t.Context(), true); !errors.Is(err, halt) {
		t.Fatalf("a writer waits for postings that are stuck: %v", err)
	}
	e.store.stuck(nil)
	e.store.posted(last)
	for reader := range readers {
		e.store.persisted(reader, last)
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := e.Remove(t.Context(), testHost); err != nil {
		t.Fatal(err)
	}
	if v, err = e.store.view(); err != nil {
		t.Fatal(err)
	}
	defer v.close()
	err = v.droppedAfter(last, func(_ uint64, ids []blockID) error {
		for _, id := range ids {
			delete(live, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = v.after(0, func(id blockID, _ []byte) error {
		if !live[id] {
			t.Errorf("block %d was not told of", id)
		}
		delete(live, id)
		return nil
	})
	if err != nil || len(live) > 0 {
		t.Errorf("%d blocks went away without a word: %v", len(live), err)
	}
	k, _ := v.bucket("dropped").Cursor().First()
	if binary.BigEndian.Uint64(k) <= last {
		t.Error("the log of dropped blocks is not trimmed")
	}
}
