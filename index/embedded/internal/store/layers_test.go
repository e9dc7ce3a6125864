package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
)

// print writes what a block holds, a line an entry.
func print(b *block.Block) string {
	var out strings.Builder
	for _, d := range b.EachDir() {
		fmt.Fprintf(&out, "%s %q %s %d %t\n", d.Path, d.Shown, d.Way, d.Taken, d.Cont)
		for k := range d.Entries() {
			fmt.Fprintf(&out, "\t%+v\n", b.Entry(k))
		}
	}
	return out.String()
}

// randomPiece makes some directories, of which some are equal to those of another piece.
func randomPiece(r *rand.Rand, like *piece) *piece {
	p := &piece{}
	p.clear(1)
	for i := range 6 {
		dir := fmt.Sprintf("/d%d", i)
		if r.IntN(5) == 0 {
			continue
		}
		var known []index.Entry
		for _, d := range like.EachDir() {
			if string(d.Path) == dir {
				for e := range d.Entries() {
					known = append(known, like.Entry(e))
				}
			}
		}
		l := enginetest.RandomListing(r, index.Path(dir), 1+r.IntN(30))
		if r.IntN(4) > 0 {
			l.Entries = append(l.Entries[:min(len(l.Entries), 2)], known...)
		}
		entries, _ := sorted(&l)
		p.Open(block.Dir{Path: []byte(dir), Shown: []byte(dir + strings.Repeat("?", r.IntN(9)/8)), Way: []byte("LIST"), Taken: 1})
		for k := range entries {
			p.Add(&entries[k])
		}
	}
	return p
}

// A difference turns one piece into another, also after it was encoded.
func TestDifferenceMakesTheOther(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		base := randomPiece(r, &piece{})
		latest := randomPiece(r, base)
		var gone, kept Mask
		var patch, got piece
		if !difference(&base.Block, &latest.Block, &gone, &patch) {
			continue
		}
		if err := kept.Parse(gone.encode()); err != nil || !slices.Equal(kept.dirs, gone.dirs) || !slices.Equal(kept.Entries, gone.Entries) {
			t.Fatalf("seed %d: mask %v became %v, %v", seed, gone, kept, err)
		}
		if !kept.fits(&base.Block) {
			t.Fatalf("seed %d: mask %v does not fit", seed, kept)
		}
		overlay(&got, &base.Block, kept, &patch.Block)
		if got, want := print(&got.Block), print(&latest.Block); got != want {
			t.Fatalf("seed %d:\n%s\nwant\n%s", seed, got, want)
		}
		var halves piece
		cut := position(treeKey([]byte("/d3")), []byte("n5"))
		halves.cut(&latest.Block, nil, cut)
		halves.cut(&latest.Block, cut, nil)
		if got, want := print(&halves.Block), print(&latest.Block); got != want {
			t.Fatalf("seed %d, cut:\n%s\nwant\n%s", seed, got, want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, m := range []Mask{{}, {dirs: []int{0, 2}}, {Entries: []int{0, 1, 500}}, {dirs: []int{7}, Entries: []int{3}}} {
		f.Add(m.encode())
	}
	f.Add([]byte{0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var m, again Mask
		if m.Parse(data) != nil {
			return
		}
		for _, of := range [][]int{m.dirs, m.Entries} {
			for i := 1; i < len(of); i++ {
				if of[i-1] >= of[i] {
					t.Fatalf("%v does not rise", of)
				}
			}
		}
		if err := again.Parse(m.encode()); err != nil || !slices.Equal(m.dirs, again.dirs) || !slices.Equal(m.Entries, again.Entries) {
			t.Fatalf("%v became %v, %v", m, again, err)
		}
	})
}

// firstMask returns the first block that has a mask.
func firstMask(tx *bolt.Tx) (first block.ID) {
	eachMask(writing{tx}.tree("masks"), func(id block.ID, _ []byte) {
		if first == 0 {
			first = id
		}
	})
	return first
}

// Masks that are packed are each found, whatever comes and goes beside them.
func TestMasksArePacked(t *testing.T) {
	t.Parallel()
	e := openBare(t, t.TempDir(), 0)
	r := rand.New(rand.NewPCG(1, 0))
	want := map[block.ID]string{}
	holds := func(masks *bolt.Bucket) {
		n := 0
		eachMask(boltTree{masks}, func(id block.ID, gone []byte) {
			if n++; want[id] != string(gone) {
				t.Fatalf("mask of %d is %x, want %x", id, gone, want[id])
			}
		})
		if n != len(want) {
			t.Fatalf("%d masks, want %d", n, len(want))
		}
		for id := range block.ID(300) {
			if got := maskIn(boltTree{masks}, id); string(got) != want[id] {
				t.Fatalf("mask of %d is %x, want %x", id, got, want[id])
			}
		}
	}
	err := e.update(t.Context(), func(tx *bolt.Tx) error {
		masks := tx.Bucket([]byte("masks"))
		for range 3000 {
			id, gone := block.ID(r.IntN(300)), []byte(strings.Repeat("m", 1+r.IntN(200)))
			if want[id] = string(gone); r.IntN(2) == 0 {
				delete(want, id)
				gone = nil
			}
			if err := putMask(masks, id, gone); err != nil {
				return err
			}
		}
		holds(masks)
		return errNothing
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedLayersAreFound(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(tx *bolt.Tx) error
		want  string
	}{
		"a mask of more than there is": {func(tx *bolt.Tx) error {
			return putMask(tx.Bucket([]byte("masks")), firstMask(tx), (&Mask{Entries: []int{1e6}}).encode())
		}, "its mask is wrong"},
		"a lost mask": {func(tx *bolt.Tx) error {
			return putMask(tx.Bucket([]byte("masks")), firstMask(tx), nil)
		}, "out of order"},
		"a lost patch": {func(tx *bolt.Tx) error {
			key, _ := tx.Bucket([]byte("patches")).Cursor().First()
			return tx.Bucket([]byte("patches")).Delete(key)
		}, "belongs to no directory"},
		"a mask of nothing": {func(tx *bolt.Tx) error {
			return putMask(tx.Bucket([]byte("masks")), 1e9, []byte{0, 0})
		}, "which is gone"},
		"masks cut off": {func(tx *bolt.Tx) error {
			key, packed := tx.Bucket([]byte("masks")).Cursor().First()
			return tx.Bucket([]byte("masks")).Put(key, bytes.Clone(packed[:1]))
		}, "its mask is wrong"},
		"another count": {func(tx *bolt.Tx) error { return putPatched(tx, 1, 7) }, "and should 7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openBare(t, t.TempDir(), 0)
			enginetest.Fill(t, e, enginetest.Host, 100)
			c := beginCrawl(t, e, enginetest.Host, true)
			for i := range 100 {
				l, err := e.List(t.Context(), enginetest.Host, index.Path(fmt.Sprintf("/d%d", i)), "", 0)
				if err != nil {
					t.Fatal(err)
				}
				if len(l.Entries) > 0 {
					l.Entries[0].Unix++
				}
				if err := c.Put(t.Context(), l); err != nil {
					t.Fatal(err)
				}
			}
			check(t, e)
			if err := e.update(t.Context(), tt.spoil); err != nil {
				t.Fatal(err)
			}
			var problems []string
			if err := e.Check(t.Context(), func(p string) { problems = append(problems, p) }); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(problems, "\n"), tt.want) {
				t.Errorf("check does not report %q: %q", tt.want, problems)
			}
		})
	}
}
