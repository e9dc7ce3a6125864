package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/store"
	"trawl/index/indextest"
	"trawl/index/indextest/needs"
)

// withDictionary is an engine whose dictionary of repeated names catches up before most
// searches, and is checked before some.
type withDictionary struct{ *Engine }

func (r withDictionary) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	var err error
	switch rand.IntN(30) {
	case 0:
		err = r.dictionary.Check(ctx, func(problem string) { panic(problem) })
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
	default:
		err = r.dictionary.CatchUp(ctx)
	}
	if err != nil {
		return index.Answer{}, err
	}
	return r.Engine.Search(ctx, q)
}

// TestDictionary runs the suite on engines with a dictionary of few names a block.
func TestDictionary(t *testing.T) {
	size := 2 + rand.IntN(6)
	t.Logf("blocks of %d", size)
	indextest.Run(t, func(t *testing.T) index.Catalogue {
		return withDictionary{openTest(t, t.TempDir(), Options{BlockSize: size, Repeats: 1, Answers: -1})}
	})
}

// TestDictionaryIsDurable kills engines: it copies the files of an engine that runs, as a
// SIGKILL would leave them.
func TestDictionaryIsDurable(t *testing.T) {
	dirs := map[*Engine]string{}
	indextest.RunDurable(t, indextest.Durable{
		Open: func(t *testing.T, dir string) index.Catalogue {
			e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1, Answers: -1})
			dirs[e] = dir
			return withDictionary{e}
		},
		Close: func(t *testing.T, c index.Catalogue) {
			if err := c.(withDictionary).Close(); err != nil {
				t.Fatal(err)
			}
		},
		Kill: func(t *testing.T, c index.Catalogue) {
			e := c.(withDictionary).Engine
			release := e.dictionary.Hold() // or files that its state names would be removed
			left := copyLive(t, dirs[e])
			release()
			_ = e.Close()
			if err := os.RemoveAll(dirs[e]); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(left, dirs[e]); err != nil {
				t.Fatal(err)
			}
		},
	})
}

// TestDictionaryIsMadeAnew damages the files of a dictionary.
func TestDictionaryIsMadeAnew(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"none":     os.RemoveAll,
		"no state": func(dir string) error { return os.Remove(filepath.Join(dir, "state")) },
		"a bad state": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "state"), []byte("no state at all"), 0o600)
		},
		"no names": func(dir string) error { return eachVolume(dir, "names", os.Remove) },
		"cut names": func(dir string) error {
			return eachVolume(dir, "names", func(f string) error { return os.Truncate(f, 20) })
		},
		"cut grams": func(dir string) error {
			return eachVolume(dir, "grams0", func(f string) error { return os.Truncate(f, 3) })
		},
		"another byte": func(dir string) error {
			return eachVolume(dir, "names", func(f string) error {
				data, err := os.ReadFile(f)
				if err != nil {
					return err
				}
				data[33] ^= 1
				return os.WriteFile(f, data, 0o600)
			})
		},
		"a volume that no state names": func(dir string) error { return os.Mkdir(filepath.Join(dir, "77"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1})
			enginetest.Fill(t, e, enginetest.Host, 200)
			proves(t, e)
			want := ask(t, e, "kind:file").Total
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(dir, "dictionary")); err != nil {
				t.Fatal(err)
			}
			e = openTest(t, dir, Options{Repeats: 1})
			if got := ask(t, e, "kind:file").Total; got != want {
				t.Errorf("found %d, want %d", got, want)
			}
			proves(t, e)
			if e.dictionary.Volumes() == 0 {
				t.Error("there is no dictionary")
			}
			if got := ask(t, e, "kind:file").Total; got != want {
				t.Errorf("found %d by the dictionary, want %d", got, want)
			}
		})
	}
}

// TestOldDictionaryIsNoticed puts a dictionary of before in the place of the present one. The store
// has forgotten the changes since.
func TestOldDictionaryIsNoticed(t *testing.T) {
	t.Parallel()
	dir, old := t.TempDir(), filepath.Join(t.TempDir(), "old")
	o := Options{BlockSize: 4, Repeats: 1, Answers: -1}
	put := func(files int) int {
		e := openTest(t, dir, o)
		enginetest.Remember(t, e, enginetest.Host)
		c := enginetest.Begin(t, e, enginetest.Host, true)
		for i, n := range []int{files, 10} { // the second transaction forgets what the dictionary has of the first
			l := index.Listing{Dir: index.Path(fmt.Sprintf("/d%d", i)), Taken: time.Unix(1e9, 0)}
			for k := range n {
				l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("%d.iso", k), Size: int64(i)})
			}
			must(t, c.Put(t.Context(), l))
			proves(t, e)
		}
		must(t, c.Finish(t.Context(), true))
		proves(t, e)
		defer func() { must(t, e.Close()) }()
		return ask(t, e, "kind:file").Total
	}
	put(100)
	must(t, os.CopyFS(old, os.DirFS(filepath.Join(dir, "dictionary"))))
	put(97)
	want := put(90)
	must(t, os.RemoveAll(filepath.Join(dir, "dictionary")), os.CopyFS(filepath.Join(dir, "dictionary"), os.DirFS(old)))
	log := &noticed{}
	o.Log = slog.New(log)
	e := openTest(t, dir, o)
	if got := ask(t, e, "kind:file").Total; got != want {
		t.Errorf("found %d, want %d", got, want)
	}
	if lines, _ := log.all(); len(lines) != 1 || !strings.Contains(lines[0], "it is of another catalogue, or an old one") {
		t.Errorf("the log: %q", lines)
	}
	proves(t, e)
	if got := ask(t, e, "kind:file").Total; got != want || e.dictionary.Volumes() == 0 {
		t.Errorf("found %d by %d volumes, want %d", got, e.dictionary.Volumes(), want)
	}
}

// TestDictionaryWithoutBlock damages a block before the dictionary takes it in: answers are not
// exact, in this process and the next.
func TestDictionaryWithoutBlock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{BlockSize: 4, Repeats: 1, Answers: -1}
	e := openTest(t, dir, o)
	enginetest.Fill(t, e, enginetest.Host, 300)
	proves(t, e)
	want := ask(t, e, "kind:file").Total
	var spoilt []byte
	v, err := e.store.View()
	must(t, err, v.After(5, func(_ block.ID, data []byte) error {
		if spoilt == nil {
			spoilt = bytes.Clone(data)
		}
		return nil
	}))
	v.Close()
	must(t, e.Close(), os.RemoveAll(filepath.Join(dir, "dictionary")))
	name := filepath.Join(dir, store.File)
	data, err := os.ReadFile(name)
	at := bytes.Index(data, spoilt)
	if err != nil || at < 0 {
		t.Fatalf("the block is at %d: %v", at, err)
	}
	data[at+20] ^= 1
	must(t, os.WriteFile(name, data, 0o600))
	o.Log = slog.New(slog.DiscardHandler)
	for range 2 {
		e := openTest(t, dir, o)
		must(t, e.dictionary.CatchUp(t.Context()))
		if a := ask(t, e, "kind:file"); a.Exact || a.Total >= want || a.Total == 0 || e.dictionary.Volumes() == 0 {
			t.Errorf("found %d of %d, exact %t, by %d volumes", a.Total, want, a.Exact, e.dictionary.Volumes())
		}
		must(t, e.Close())
	}
}

// eachVolume calls do with the files of a name in the volumes of a dictionary.
func eachVolume(dir, name string, do func(file string) error) error {
	files, err := filepath.Glob(filepath.Join(dir, "*", name))
	for _, f := range files {
		if err == nil {
			err = do(f)
		}
	}
	return err
}

// TestDictionaryWhereNamesRepeat adds and removes mirrors: there is a dictionary while enough
// of them hold the same names.
func TestDictionaryWhereNamesRepeat(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{})
	const files = 30_000
	mirror := func(i int) index.HostID { return index.HostID(fmt.Sprintf("ftp://mirror%d.example.org/", i)) }
	kept := func() bool {
		t.Helper()
		proves(t, e)
		if got := ask(t, e, "kind:file").Total; got != files {
			t.Errorf("found %d files, want %d", got, files)
		}
		return e.dictionary.Volumes() > 0
	}
	fill := func(id index.HostID) {
		t.Helper()
		enginetest.Remember(t, e, id)
		c := enginetest.Begin(t, e, id, true)
		l := index.Listing{Dir: "/", Taken: time.Unix(1e9, 0)}
		for i := range files {
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("%d.iso", i), Size: int64(i)})
		}
		if err := errors.Join(c.Put(t.Context(), l), c.Finish(t.Context(), true)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []bool{false, false, true, true, true} {
		fill(mirror(i))
		if got := kept(); got != want && i != 2 { // at three it depends on the sample
			t.Errorf("a dictionary of %d mirrors: %v, want %v", i+1, got, want)
		}
	}
	for i, want := range []bool{true, true, true, false} {
		if err := e.Remove(t.Context(), mirror(i)); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != want && i != 2 { // at two on what is merged
			t.Errorf("a dictionary of %d mirrors: %v, want %v", 4-i, got, want)
		}
	}
}

// TestFullDiskOfDictionary fills the disk of the dictionary alone: searches go on without the
// names that do not fit.
func TestFullDiskOfDictionary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	disk := enginetest.SmallDisk(t, filepath.Join(dir, "dictionary"), "40k")
	e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1})
	var err error
	hosts := 0
	for ; hosts < 50 && err == nil; hosts++ {
		enginetest.Fill(t, e, index.HostID("ftp://"+strings.Repeat("x", hosts+1)+".example.org/"), 100)
		err = e.dictionary.CatchUp(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "the disk is full, nothing was lost: make room") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("the error of a full disk: %v", err)
	}
	enginetest.Fill(t, e, "ftp://late.example.org/", 1000)
	if ask(t, e, "kind:file host:late").Total == 0 {
		t.Error("what was put while the disk was full is not found")
	}
	all := ask(t, e, "kind:file").Total
	if err := needs.Mount("tmpfs", disk, "", needs.Remount, "size=40m"); err != nil {
		t.Fatal(err)
	}
	proves(t, e)
	if got := ask(t, e, "kind:file").Total; got != all {
		t.Errorf("%d files are found when there is room again, want %d", got, all)
	}
	left, err := filepath.Glob(filepath.Join(disk, "[0-9]*"))
	if err != nil || len(left) != e.dictionary.Volumes() {
		t.Errorf("%d volumes are left of %d, %v", len(left), e.dictionary.Volumes(), err)
	}
}

// TestDictionaryWhileWriting searches while a directory changes back and forth, and the
// dictionary follows: each answer is that of one state of the directory.
func TestDictionaryWhileWriting(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Repeats: 1, Answers: -1})
	enginetest.Remember(t, e, enginetest.Host)
	c := enginetest.Begin(t, e, enginetest.Host, true)
	put := func(files, step int) error {
		l := index.Listing{Dir: "/", Taken: time.Unix(1e9, 0)}
		for i := range files {
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("%d.iso", i*step), Size: 1})
		}
		return c.Put(t.Context(), l)
	}
	totals := map[int]int{40: 1, 41: 1, 70: 3}
	for files, step := range totals {
		if err := put(files, step); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for ctx.Err() == nil {
			for files, step := range totals {
				if err := put(files, step); err != nil {
					t.Error(err)
				}
			}
		}
	})
	busy.Go(func() {
		for ctx.Err() == nil {
			if err := e.dictionary.CatchUp(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if a := ask(t, e, "iso"); totals[a.Total] == 0 || !a.Exact {
			t.Errorf("found %d, exact %v", a.Total, a.Exact)
		}
	}
	stop()
	busy.Wait()
	proves(t, e)
}
