package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
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
	id  blockID // 0 if the host has no blocks
	key []byte  // in dirs, or in patches, without the host
	end []byte  // the first position after it; nil: it is the last
}

// layers reads the stretches of a host.
type layers struct {
	no            hostNo
	blocks, masks *bolt.Bucket
	dirs, patches *bolt.Bucket
	least         []byte // the key of the first block
	layered       bool   // there may be masks and patches

	// Of the stretch that was loaded last:
	mask    mask  // of its block
	over    piece // what patches hold of it
	covered bool  // there is either
	base    block // its block, if covered
	patch   block // the last that was read
}

// readLayers returns the layers of a host, which hold until tx is written to.
func readLayers(tx *bolt.Tx, no hostNo) *layers {
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
	s := stretch{id: blockID(binary.BigEndian.Uint64(v)), key: bytes.Clone(k[len(prefix):])}
	if end, _ := c.Next(); bytes.HasPrefix(end, prefix) {
		s.end = bytes.Clone(end[len(prefix):])
	}
	return s
}

// each calls do with the stretches of a host in order, and what each holds.
func (l *layers) each(do func(s stretch, b *block) error) error {
	var b block
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
func (l *layers) load(s stretch, to *block) error {
	l.over.clear(l.no)
	l.mask, l.covered = mask{}, false
	if s.id == 0 {
		to.reset(l.no)
		return nil
	}
	data := l.blocks.Get(number(uint64(s.id)))
	if !l.layered {
		return badBlock(s.id, to.decode(data))
	}
	if err := l.mask.parse(maskIn(l.masks, s.id)); err != nil {
		return badBlock(s.id, err)
	}
	if err := l.cover(s); err != nil {
		return err
	}
	if l.covered = !l.mask.empty() || !l.over.empty(); !l.covered {
		return badBlock(s.id, to.decode(data))
	}
	if err := badBlock(s.id, l.base.decode(data)); err != nil {
		return err
	}
	if !l.mask.fits(&l.base) {
		return badBlock(s.id, errMask)
	}
	whole := piece{block: *to}
	whole.clear(l.no)
	overlay(&whole, &l.base, l.mask, &l.over.block)
	*to = whole.block
	return nil
}

func badBlock(id blockID, err error) error {
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
		if err := badBlock(p.id, l.patch.decode(l.blocks.Get(number(uint64(p.id))))); err != nil {
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
	block

	dir blockDir // that the next entries belong to
}

// sink takes entries in tree order.
type sink interface {
	open(d blockDir)
	add(e *index.Entry)
	copy(from *block, i, j int)
}

func (p *piece) clear(no hostNo) { p.reset(no) }
func (p *piece) empty() bool     { return len(p.dirs) == 0 }

// open makes d the directory that entries are appended to. One that began before
// shows only with its first entry.
func (p *piece) open(d blockDir) {
	p.dir = d
	if !d.cont {
		p.block.open(&p.dir)
	}
}

func (p *piece) add(e *index.Entry) {
	p.block.open(&p.dir)
	p.block.add(e)
}

func (p *piece) copy(from *block, i, j int) {
	if i < j {
		p.block.open(&p.dir)
		p.block.copy(from, i, j)
	}
}

// cut adds what a block holds of the positions from lo up to before hi; nil is no
// bound.
func (p *piece) cut(from *block, lo, hi []byte) {
	head := func(i int) []byte { return position(treeKey(from.dirs[i].path), nil) }
	first := sort.Search(len(from.dirs), func(i int) bool { return bytes.Compare(head(i), lo) > 0 })
	for i := max(0, first-1); i < len(from.dirs); i++ {
		at, d := head(i), from.dirs[i]
		if hi != nil && bytes.Compare(at, hi) >= 0 {
			return
		}
		start, end := d.start, d.end
		if bytes.Compare(at, lo) < 0 {
			if !bytes.HasPrefix(lo, at) {
				continue
			}
			d.cont = true
			start = from.search(&d, lo[len(at):])
		}
		if bytes.HasPrefix(hi, at) {
			end = from.search(&d, hi[len(at):])
		}
		p.open(d)
		p.copy(from, start, end)
	}
}

// overlay hands on what a block holds, less its mask, together with a patch.
func overlay(to sink, base *block, gone mask, patch *block) {
	k := 0
	for i := range base.dirs {
		d := &base.dirs[i]
		for k < len(patch.dirs) && compareTree(patch.dirs[k].path, treeKey(d.path)) < 0 {
			to.open(patch.dirs[k])
			to.copy(patch, patch.dirs[k].start, patch.dirs[k].end)
			k++
		}
		var young *blockDir
		if k < len(patch.dirs) && bytes.Equal(patch.dirs[k].path, d.path) {
			young = &patch.dirs[k]
			k++
		}
		if _, dead := slices.BinarySearch(gone.dirs, i); dead && young == nil {
			continue
		}
		overlayDir(to, base, d, gone.entries, patch, young)
	}
	for ; k < len(patch.dirs); k++ {
		to.open(patch.dirs[k])
		to.copy(patch, patch.dirs[k].start, patch.dirs[k].end)
	}
}

// overlayDir hands on a directory of a block, and what a patch holds of it; young
// is nil if that is nothing.
func overlayDir(to sink, base *block, d *blockDir, gone []int, patch *block, young *blockDir) {
	head, k, end := *d, 0, 0
	if young != nil {
		head, k, end = *young, young.start, young.end
		head.cont = d.cont
	}
	to.open(head)
	n, _ := slices.BinarySearch(gone, d.start)
	gone = gone[n:]
	for i := d.start; i < d.end; {
		if len(gone) > 0 && gone[0] == i {
			gone = gone[1:]
			i++
			continue
		}
		last := d.end // of a run of entries that stay
		if len(gone) > 0 {
			last = min(last, gone[0])
		}
		if k < end {
			from := k
			for k < end && bytes.Compare(patch.wire(k), base.wire(i)) < 0 {
				k++
			}
			to.copy(patch, from, k)
			if k < end {
				rest := blockDir{start: i, end: last}
				last = max(i+1, base.search(&rest, patch.wire(k)))
			}
		}
		to.copy(base, i, last)
		i = last
	}
	to.copy(patch, k, end)
}

// difference tells what it takes to make a stretch of a block hold what young
// does: what of the block is gone, and a patch. It is false if they cannot tell it,
// since a directory without entries is shown otherwise.
func difference(base, young *block, gone *mask, patch *piece) (ok bool) {
	ok = true
	k := 0
	more := func(d *blockDir, cont bool, i, j int) {
		head := *d
		head.cont = cont
		patch.open(head)
		patch.copy(young, i, j)
	}
	for i := range base.dirs {
		d := &base.dirs[i]
		for k < len(young.dirs) && compareTree(young.dirs[k].path, treeKey(d.path)) < 0 {
			y := &young.dirs[k]
			more(y, y.cont, y.start, y.end)
			k++
		}
		if k == len(young.dirs) || !bytes.Equal(young.dirs[k].path, d.path) {
			gone.dirs = append(gone.dirs, i)
			gone.entries = appendRange(gone.entries, d.start, d.end)
			continue
		}
		y := &young.dirs[k]
		k++
		if !bytes.Equal(y.shown, d.shown) {
			gone.entries = appendRange(gone.entries, d.start, d.end)
			more(y, true, y.start, y.end)
			ok = ok && y.start < y.end
			continue
		}
		gone.entries = differs(base, d, young, y, gone.entries, func(i, j int) { more(y, true, i, j) })
	}
	for ; k < len(young.dirs); k++ {
		y := &young.dirs[k]
		more(y, y.cont, y.start, y.end)
	}
	return ok
}

// differs appends the entries of a directory that young does not hold, and calls more
// with what only young holds.
func differs(base *block, d *blockDir, young *block, y *blockDir, gone []int, more func(i, j int)) []int {
	at := y.start
	for e := d.start; e < d.end; e++ {
		from := at
		for at < y.end && bytes.Compare(young.wire(at), base.wire(e)) < 0 {
			at++
		}
		more(from, at)
		if at < y.end && base.same(e, young, at) {
			at++
			continue
		}
		gone = append(gone, e)
		// Another one of its name comes with those before the next.
	}
	more(at, y.end)
	return gone
}

func appendRange(to []int, i, j int) []int {
	for ; i < j; i++ {
		to = append(to, i)
	}
	return to
}
