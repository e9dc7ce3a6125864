package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
)

// rolling is an engine with a roll, which has caught up before some searches.
type rolling struct{ *Engine }

func (r rolling) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	var err error
	switch rand.IntN(30) {
	case 0:
		err = r.roll.check(ctx, func(problem string) { panic(problem) })
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
	default:
		err = r.roll.catchUp(ctx)
	}
	if err != nil {
		return index.Answer{}, err
	}
	return r.Engine.Search(ctx, q)
}

// TestRoll runs the suite on engines that keep a roll of few names.
func TestRoll(t *testing.T) {
	size := 2 + rand.IntN(6)
	t.Logf("blocks of %d", size)
	indextest.Run(t, func(t *testing.T) index.Catalogue {
		return rolling{openTest(t, t.TempDir(), Options{BlockSize: size, Repeats: 1, Answers: -1})}
	})
}

// TestRollIsDurable takes the files as they are for what a SIGKILL leaves.
func TestRollIsDurable(t *testing.T) {
	dirs := map[*Engine]string{}
	indextest.RunDurable(t, indextest.Durable{
		Open: func(t *testing.T, dir string) index.Catalogue {
			e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1, Answers: -1})
			dirs[e] = dir
			return rolling{e}
		},
		Close: func(t *testing.T, c index.Catalogue) {
			if err := c.(rolling).Close(); err != nil {
				t.Fatal(err)
			}
		},
		Kill: func(t *testing.T, c index.Catalogue) {
			e := c.(rolling).Engine
			e.roll.feeding.Lock() // or volumes would go that the state names
			left := copyLive(t, dirs[e])
			e.roll.feeding.Unlock()
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

// TestRollIsMadeAnew damages the files of a roll.
func TestRollIsMadeAnew(t *testing.T) {
	for name, damage := range map[string]func(dir string) error{
		"none":     os.RemoveAll,
		"no state": func(dir string) error { return os.Remove(filepath.Join(dir, stateFile)) },
		"a bad state": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, stateFile), []byte("no state at all"), 0o600)
		},
		"no names": func(dir string) error { return eachVolume(dir, namesFile, os.Remove) },
		"cut names": func(dir string) error {
			return eachVolume(dir, namesFile, func(f string) error { return os.Truncate(f, 20) })
		},
		"cut grams": func(dir string) error {
			return eachVolume(dir, "grams0", func(f string) error { return os.Truncate(f, 3) })
		},
		"another byte": func(dir string) error {
			return eachVolume(dir, namesFile, func(f string) error {
				data, err := os.ReadFile(f)
				if err != nil {
					return err
				}
				data[blockHead+20] ^= 1
				return os.WriteFile(f, data, 0o600)
			})
		},
		"a volume of nobody": func(dir string) error { return os.Mkdir(filepath.Join(dir, "77"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1})
			fillHost(t, e, testHost, 200)
			proves(t, e)
			want := ask(t, e, "kind:file").Total
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(dir, "roll")); err != nil {
				t.Fatal(err)
			}
			e = openTest(t, dir, Options{Repeats: 1})
			if got := ask(t, e, "kind:file").Total; got != want {
				t.Errorf("found %d, want %d", got, want)
			}
			proves(t, e)
			if len(e.roll.state.parts) == 0 {
				t.Error("there is no roll")
			}
			if got := ask(t, e, "kind:file").Total; got != want {
				t.Errorf("found %d on the roll, want %d", got, want)
			}
		})
	}
}

// eachVolume does something with the files of a name in the volumes of a roll.
func eachVolume(dir, name string, do func(file string) error) error {
	files, err := filepath.Glob(filepath.Join(dir, "*", name))
	for _, f := range files {
		if err == nil {
			err = do(f)
		}
	}
	return err
}

// TestRollWorth keeps a roll while enough mirrors hold the same names.
func TestRollWorth(t *testing.T) {
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
		return len(e.roll.state.parts) > 0
	}
	fill := func(id index.HostID) {
		t.Helper()
		remember(t, e, id)
		c := begin(t, e, id, true)
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
			t.Errorf("a roll of %d mirrors: %v, want %v", i+1, got, want)
		}
	}
	for i, want := range []bool{true, true, true, false} {
		if err := e.Remove(t.Context(), mirror(i)); err != nil {
			t.Fatal(err)
		}
		if got := kept(); got != want && i != 2 { // at two on what is merged
			t.Errorf("a roll of %d mirrors: %v, want %v", 4-i, got, want)
		}
	}
}

// TestFullDiskOfRoll fills the disk of the roll alone: searches go on without what does
// not fit.
func TestFullDiskOfRoll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	disk := smallDisk(t, filepath.Join(dir, "roll"), "40k")
	e := openTest(t, dir, Options{BlockSize: 4, Repeats: 1})
	var err error
	hosts := 0
	for ; hosts < 50 && err == nil; hosts++ {
		fillHost(t, e, index.HostID("ftp://"+strings.Repeat("x", hosts+1)+".example.org/"), 100)
		err = e.roll.catchUp(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "the disk is full, nothing was lost: make room") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("trouble: %v", err)
	}
	fillHost(t, e, "ftp://late.example.org/", 1000)
	if ask(t, e, "kind:file host:late").Total == 0 {
		t.Error("what was put while the disk was full is not found")
	}
	all := ask(t, e, "kind:file").Total
	if err := syscall.Mount("tmpfs", disk, "", syscall.MS_REMOUNT, "size=40m"); err != nil {
		t.Fatal(err)
	}
	proves(t, e)
	if got := ask(t, e, "kind:file").Total; got != all {
		t.Errorf("%d files are found when there is room again, want %d", got, all)
	}
	left, err := filepath.Glob(filepath.Join(disk, "[0-9]*"))
	if err != nil || len(left) != len(e.roll.state.parts) {
		t.Errorf("%d volumes are left of %d, %v", len(left), len(e.roll.state.parts), err)
	}
}

func TestToMerge(t *testing.T) {
	volumes := func(names ...int) (parts []part) {
		for _, n := range names {
			parts = append(parts, part{volume: &volume{names: n, blocks: make([]blockID, 100)}})
		}
		return parts
	}
	dead := volumes(1000, 10)
	for i := range 30 {
		dead[0].dead = dead[0].dead.with(i, 100)
	}
	for _, c := range []struct {
		parts []part
		more  bool
		want  []int
	}{
		{nil, false, nil},
		{volumes(10), false, nil},
		{volumes(1000, 10), false, nil},
		{volumes(1000, 400), false, []int{1, 0}},
		{volumes(1000, 10, 5), false, []int{2, 1}},
		{volumes(1000, 100, 90, 80), false, []int{3, 2, 1}},
		{volumes(1000, 300, 90, 80), false, []int{3, 2, 1, 0}},
		{volumes(1000, 400), true, nil},
		{volumes(9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12, 13), true, []int{8, 7, 6, 5, 4, 3, 2, 1}},
		{dead, false, []int{1, 0}},
	} {
		if got := toMerge(c.parts, c.more); !slices.Equal(got, c.want) {
			t.Errorf("toMerge(%v, %v) = %v, want %v", c.parts, c.more, got, c.want)
		}
	}
}

// TestRosters reads back what appendRoster writes.
func TestRosters(t *testing.T) {
	t.Parallel()
	all := [][]mention{{{0, false}}, {{7, false}, {7, false}, {1 << 20, false}}, {}, {{3, true}}, {{1, true}, {2, false}, {900, true}}}
	var p []byte
	for _, mentions := range all {
		p = appendRoster(p, mentions)
	}
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {1, 4}, {3}} {
		r := rosters{reader: reader{rest: p}, blocks: 1<<20 + 1}
		for _, i := range order {
			got, err := r.of(i, nil)
			if err != nil || !slices.Equal(got, all[i]) {
				t.Errorf("of(%d) = %v, %v, want %v", i, got, err, all[i])
			}
		}
		if _, err := r.of(5, nil); err == nil {
			t.Error("there are mentions behind the last name")
		}
		r = rosters{reader: reader{rest: p}, blocks: 7}
		if _, err := r.of(1, nil); err == nil {
			t.Error("there are mentions of blocks that the volume does not have")
		}
	}
}

func TestSettleMentions(t *testing.T) {
	t.Parallel()
	yes, no := mention{1, false}, mention{1, true}
	other := mention{2, false}
	for _, c := range []struct{ of, want []mention }{
		{nil, nil},
		{[]mention{yes, other}, []mention{yes, other}},
		{[]mention{yes, no, other}, []mention{other}},
		{[]mention{no, yes, no}, []mention{no}},
		{[]mention{yes, yes, no}, []mention{yes}},
		{[]mention{yes, yes}, []mention{yes, yes}},
	} {
		if got := settleMentions(slices.Clone(c.of)); !slices.Equal(got, c.want) {
			t.Errorf("settleMentions(%v) = %v, want %v", c.of, got, c.want)
		}
	}
}

// TestRollWhileWriting searches while a directory changes to and fro, and the roll
// follows: each answer is of a moment.
func TestRollWhileWriting(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Repeats: 1, Answers: -1})
	remember(t, e, testHost)
	c := begin(t, e, testHost, true)
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
			if err := e.roll.catchUp(ctx); err != nil && ctx.Err() == nil {
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
