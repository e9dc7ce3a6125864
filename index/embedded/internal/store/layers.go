package store

import (
	"bytes"
	"fmt"
	"slices"
	"sort"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// A small change leaves a block and its postings as they are. What it changes
// stands beside the block, in two layers over it:
//
//	masks    (masks.go) what of each block is gone, or is superseded by a patch
//	patches  hostNo, position => blockID of a patch: a block (block_format.go) of the
//	         entries that are new, of many blocks, in tree order
//	patched  hostNo => the number of entries in its patches
//
// Patches have no masks. A directory
// of a patch that the block knows goes on from there: its flag tells so, and its
// shown name is the same, since otherwise all of it is in the patch.
//
// The stretch of a block is what lies between its first position and that of the
// next; that of a host's first one begins with the host. What a stretch holds is its
// block, less its mask, and the patches in it. It is written as a block anew, and
// then has neither, when half of it has changed, or less when the host has many
// patches: each update writes the patches that it falls into anew.

// stretch is the part of a host's positions that a block is responsible for.
type stretch struct {
	id  block.ID // 0 if the host has no blocks
	key []byte   // in dirs, or in patches, without the host
	end []byte   // the first position after it; nil: it is the last
}

// layers reads the stretches of a host.
type layers struct {
	no            block.HostNo
	blocks, masks *bolt.Bucket
	dirs, patches *bolt.Bucket
	least         []byte // the key of the first block
	layered       bool   // there may be masks and patches

	// Of the stretch that was loaded last:
	mask    Mask        // of its block
	over    piece       // what patches hold of it
	covered bool        // there is either
	base    block.Block // its block, if covered
	patch   block.Block // the last that was read
}

// readLayers returns the layers of a host, which hold until tx is written to.
func readLayers(tx *bolt.Tx, no block.HostNo) *layers {
	l := &layers{
		no: no, blocks: tx.Bucket([]byte("blocks")), masks: tx.Bucket([]byte("masks")),
		dirs: tx.Bucket([]byte("dirs")), patches: tx.Bucket([]byte("patches")),
	}
	prefix := hostKey(no, nil)
	if first, _ := l.dirs.Cursor().Seek(prefix); bytes.HasPrefix(first, prefix) {
		l.least = bytes.Clone(first[len(prefix):])
	}
	some, _ := l.masks.Cursor().First()
	l.layered = some != nil || l.find(l.patches, nil).id != 0
	return l
}

// find returns the stretch that a position falls into, of dirs or of patches.
// Positions before the first fall into that.
func (l *layers) find(of *bolt.Bucket, pos []byte) stretch {
	c := of.Cursor()
	prefix := hostKey(l.no, nil)
	key := hostKey(l.no, pos)
	k, v := c.Seek(key)
	if !bytes.Equal(k, key) {
		p, pv := c.Prev()
		if k == nil {
			p, pv = c.Last()
		}
		if bytes.HasPrefix(p, prefix) {
			k, v = p, pv
		}
		if !bytes.HasPrefix(k, prefix) {
			return stretch{}
		}
		c.Seek(k)
	}
	s := stretch{id: block.ID(number(v)), key: bytes.Clone(k[len(prefix):])}
	if end, _ := c.Next(); bytes.HasPrefix(end, prefix) {
		s.end = bytes.Clone(end[len(prefix):])
	}
	return s
}

// each calls do with the stretches of a host in order, and what each holds.
func (l *layers) each(do func(s stretch, b *block.Block) error) error {
	var b block.Block
	for s := l.find(l.dirs, nil); s.id != 0; s = l.find(l.dirs, s.end) {
		if err := l.load(s, &b); err != nil {
			return err
		}
		if err := do(s, &b); err != nil || s.end == nil {
			return err
		}
	}
	return nil
}

// load puts what a stretch holds into a block.
func (l *layers) load(s stretch, to *block.Block) error {
	l.over.clear(l.no)
	l.mask, l.covered = Mask{}, false
	if s.id == 0 {
		to.Reset(l.no)
		return nil
	}
	data := l.blocks.Get(Number(uint64(s.id)))
	if !l.layered {
		return badBlock(s.id, to.Decode(data))
	}
	if err := l.mask.Parse(maskIn(l.masks, s.id)); err != nil {
		return badBlock(s.id, err)
	}
	if err := l.cover(s); err != nil {
		return err
	}
	if l.covered = !l.mask.empty() || !l.over.empty(); !l.covered {
		return badBlock(s.id, to.Decode(data))
	}
	if err := badBlock(s.id, l.base.Decode(data)); err != nil {
		return err
	}
	if !l.mask.fits(&l.base) {
		return badBlock(s.id, errMask)
	}
	whole := piece{Block: *to}
	whole.clear(l.no)
	overlay(&whole, &l.base, l.mask, &l.over.Block)
	*to = whole.Block
	return nil
}

func badBlock(id block.ID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("block %d: %w", id, err)
}

// begin returns where the stretch of a block begins, nil if with the host.
func (l *layers) begin(s stretch) []byte {
	if bytes.Equal(s.key, l.least) {
		return nil
	}
	return s.key
}

// cover gathers what patches hold of the stretch of a block.
func (l *layers) cover(s stretch) error {
	from := l.begin(s)
	for p := l.find(l.patches, from); p.id != 0; p = l.find(l.patches, p.end) {
		if s.end != nil && bytes.Compare(p.key, s.end) >= 0 {
			return nil
		}
		if err := badBlock(p.id, l.patch.Decode(l.blocks.Get(Number(uint64(p.id))))); err != nil {
			return err
		}
		l.over.cut(&l.patch, from, s.end)
		if p.end == nil {
			return nil
		}
	}
	return nil
}

// piece gathers entries in tree order, in one block of any size.
type piece struct {
	block.Block

	dir block.Dir // that the next entries belong to
}

// sink takes entries in tree order.
type sink interface {
	Open(d block.Dir)
	Add(e *index.Entry)
	Copy(from *block.Block, i, j int)
}

func (p *piece) clear(no block.HostNo) { p.Reset(no) }
func (p *piece) empty() bool           { return len(p.Dirs()) == 0 }

// Open makes d the directory that entries are appended to. One that began before
// shows only with its first entry.
func (p *piece) Open(d block.Dir) {
	p.dir = d
	if !d.Cont {
		p.Block.Open(&p.dir)
	}
}

func (p *piece) Add(e *index.Entry) {
	p.Block.Open(&p.dir)
	p.Block.Add(e)
}

func (p *piece) Copy(from *block.Block, i, j int) {
	if i < j {
		p.Block.Open(&p.dir)
		p.Block.Copy(from, i, j)
	}
}

// cut adds what a block holds of the positions from lo up to before hi; nil is no
// bound.
func (p *piece) cut(from *block.Block, lo, hi []byte) {
	head := func(i int) []byte { return position(treeKey(from.Dirs()[i].Path), nil) }
	first := sort.Search(len(from.Dirs()), func(i int) bool { return bytes.Compare(head(i), lo) > 0 })
	for i := max(0, first-1); i < len(from.Dirs()); i++ {
		at, d := head(i), from.Dirs()[i]
		if hi != nil && bytes.Compare(at, hi) >= 0 {
			return
		}
		start, end := d.Start, d.End
		if bytes.Compare(at, lo) < 0 {
			if !bytes.HasPrefix(lo, at) {
				continue
			}
			d.Cont = true
			start = from.Search(&d, lo[len(at):])
		}
		if bytes.HasPrefix(hi, at) {
			end = from.Search(&d, hi[len(at):])
		}
		p.Open(d)
		p.Copy(from, start, end)
	}
}

// overlay hands on what a block holds, less its mask, together with a patch.
func overlay(to sink, base *block.Block, gone Mask, patch *block.Block) {
	k := 0
	for i := range base.Dirs() {
		d := &base.Dirs()[i]
		for k < len(patch.Dirs()) && compareTree(patch.Dirs()[k].Path, treeKey(d.Path)) < 0 {
			to.Open(patch.Dirs()[k])
			to.Copy(patch, patch.Dirs()[k].Start, patch.Dirs()[k].End)
			k++
		}
		var young *block.Dir
		if k < len(patch.Dirs()) && bytes.Equal(patch.Dirs()[k].Path, d.Path) {
			young = &patch.Dirs()[k]
			k++
		}
		if _, dead := slices.BinarySearch(gone.dirs, i); dead && young == nil {
			continue
		}
		overlayDir(to, base, d, gone.Entries, patch, young)
	}
	for ; k < len(patch.Dirs()); k++ {
		to.Open(patch.Dirs()[k])
		to.Copy(patch, patch.Dirs()[k].Start, patch.Dirs()[k].End)
	}
}

// overlayDir hands on a directory of a block, and what a patch holds of it; young
// is nil if that is nothing.
func overlayDir(to sink, base *block.Block, d *block.Dir, gone []int, patch *block.Block, young *block.Dir) {
	head, k, end := *d, 0, 0
	if young != nil {
		head, k, end = *young, young.Start, young.End
		head.Cont = d.Cont
	}
	to.Open(head)
	n, _ := slices.BinarySearch(gone, d.Start)
	gone = gone[n:]
	for i := d.Start; i < d.End; {
		if len(gone) > 0 && gone[0] == i {
			gone = gone[1:]
			i++
			continue
		}
		last := d.End // of a run of entries that stay
		if len(gone) > 0 {
			last = min(last, gone[0])
		}
		if k < end {
			from := k
			for k < end && bytes.Compare(patch.Wire(k), base.Wire(i)) < 0 {
				k++
			}
			to.Copy(patch, from, k)
			if k < end {
				rest := block.Dir{Start: i, End: last}
				last = max(i+1, base.Search(&rest, patch.Wire(k)))
			}
		}
		to.Copy(base, i, last)
		i = last
	}
	to.Copy(patch, k, end)
}

// difference tells what it takes to make a stretch of a block hold what young
// does: what of the block is gone, and a patch. It is false if they cannot tell it,
// since a directory without entries is shown otherwise.
func difference(base, young *block.Block, gone *Mask, patch *piece) (ok bool) {
	ok = true
	k := 0
	more := func(d *block.Dir, cont bool, i, j int) {
		head := *d
		head.Cont = cont
		patch.Open(head)
		patch.Copy(young, i, j)
	}
	for i := range base.Dirs() {
		d := &base.Dirs()[i]
		for k < len(young.Dirs()) && compareTree(young.Dirs()[k].Path, treeKey(d.Path)) < 0 {
			y := &young.Dirs()[k]
			more(y, y.Cont, y.Start, y.End)
			k++
		}
		if k == len(young.Dirs()) || !bytes.Equal(young.Dirs()[k].Path, d.Path) {
			gone.dirs = append(gone.dirs, i)
			gone.Entries = appendRange(gone.Entries, d.Start, d.End)
			continue
		}
		y := &young.Dirs()[k]
		k++
		if !bytes.Equal(y.Shown, d.Shown) {
			gone.Entries = appendRange(gone.Entries, d.Start, d.End)
			more(y, true, y.Start, y.End)
			ok = ok && y.Start < y.End
			continue
		}
		gone.Entries = differs(base, d, young, y, gone.Entries, func(i, j int) { more(y, true, i, j) })
	}
	for ; k < len(young.Dirs()); k++ {
		y := &young.Dirs()[k]
		more(y, y.Cont, y.Start, y.End)
	}
	return ok
}

// differs appends the entries of a directory that young does not hold, and calls more
// with what only young holds.
func differs(base *block.Block, d *block.Dir, young *block.Block, y *block.Dir, gone []int, more func(i, j int)) []int {
	at := y.Start
	for e := d.Start; e < d.End; e++ {
		from := at
		for at < y.End && bytes.Compare(young.Wire(at), base.Wire(e)) < 0 {
			at++
		}
		more(from, at)
		if at < y.End && base.Same(e, young, at) {
			at++
			continue
		}
		gone = append(gone, e)
		// Another one of its name comes with those before the next.
	}
	more(at, y.End)
	return gone
}

func appendRange(to []int, i, j int) []int {
	for ; i < j; i++ {
		to = append(to, i)
	}
	return to
}
