package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/store"
	"trawl/index/indextest/needs"
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
	if dir := os.Getenv(damagedVar); dir != "" {
		if err := runDamaged(dir, os.Getenv(casesVar)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
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
	if err := e.Update(ctx, enginetest.Host, func(*index.Host) error { return nil }); err != nil {
		return err
	}
	c, err := e.Begin(ctx, enginetest.Host, false)
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
	enginetest.Remember(t, e, enginetest.Host) // a slow child may be killed before it has
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	next := 0
	for range 5 {
		var out, complaints bytes.Buffer
		cmd := exec.CommandContext(t.Context(), self)
		cmd.SysProcAttr = needs.Tied()
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
		proves(t, e)
		c := enginetest.Begin(t, e, enginetest.Host, false)
		for n := max(0, next-killDirs); n < next; n++ {
			l, err := c.Seen(t.Context(), killListing(n).Dir)
			if err != nil {
				t.Fatalf("round %d of %d: %v", n, next, err)
			}
			// The kill may have come between Put and the line that reports it.
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

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, dir string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, store.File), data, 0o600); err != nil {
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
			if err := os.Truncate(filepath.Join(dir, store.File), 5*(16<<10)); err != nil {
				t.Fatal(err)
			}
		}, "the file is damaged: restore it"},
		"zeros": {func(t *testing.T, dir string) {
			data, err := os.ReadFile(filepath.Join(dir, store.File))
			if err != nil {
				t.Fatal(err)
			}
			clear(data[2*(16<<10):])
			write(t, dir, data)
		}, "the file is damaged: restore it"},
		"another version": {func(t *testing.T, dir string) {
			db, err := bolt.Open(filepath.Join(dir, store.File), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{9})
			})
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}, "it was made by a newer Trawl (its format is 9, this one knows up to 1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := openTest(t, dir, Options{})
			enginetest.Fill(t, e, enginetest.Host, 300)
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
