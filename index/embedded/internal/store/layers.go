package store

import (
	"bytes"
	"fmt"
	"slices"
	"sort"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// A small change leaves a block and its postings as they are. The change is stored in two
// layers over the block:
//
//	masks    (masks.go) the entries of each block that are gone, or superseded by a patch
//	patches  HostNo, position => reference to a patch: a block of the new entries of many
//	         blocks, in tree order
//	patched  HostNo => the number of entries in its patches
//
// Patches have no masks. A directory of a patch that the block has, too, continues that one:
// its flag says so, and its shown name is the same, since otherwise all of it is in the patch.
//
// The range of a block is all positions from its first one up to that of the next block;
// the first range of a host begins with the host. The entries of a range are those of its
// block, less its mask, and those of the patches in it. When half of them have changed the
// range is rewritten as a block without mask and patches, and earlier when the host has
// many patches, since each update rewrites the patches that it falls into.

// keyRange is the part of a host's positions that a block is responsible for.
type keyRange struct {
	id  block.ID // 0 if the host has no blocks
	key []byte   // in dirs, or in patches, without the host
	end []byte   // the first position after it; nil: it is the last
}

// layers reads the ranges of a host.
type layers struct {
	no            block.HostNo
	blocks, masks tree
	dirs, patches tree
	least         []byte // the key of the first block
	layered       bool   // there may be masks and patches

	// Of the range that was loaded last:
	mask    Mask        // of its block
	over    piece       // its entries in patches
	covered bool        // there is either
	base    block.Block // its block, if covered
	patch   block.Block // the last that was read
}

// readLayers returns the layers of a host, which are valid until its transaction writes.
func readLayers(from reader, no block.HostNo) *layers {
	l := &layers{
		no: no, blocks: from.tree("blocks"), masks: from.tree("masks"),
		dirs: from.tree("dirs"), patches: from.tree("patches"),
	}
	prefix := hostKey(no, nil)
	if first, _ := l.dirs.Cursor().Seek(prefix); bytes.HasPrefix(first, prefix) {
		l.least = bytes.Clone(first[len(prefix):])
	}
	some, _ := l.masks.Cursor().First()
	l.layered = some != nil || l.find(l.patches, nil).id != 0
	return l
}

// find returns the range that a position falls into, in the bucket dirs or patches.
// Positions before the first range fall into it.
func (l *layers) find(in tree, pos []byte) keyRange {
	c := in.Cursor()
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
			return keyRange{}
		}
		c.Seek(k)
	}
	s := keyRange{id: block.ID(number(v)), key: bytes.Clone(k[len(prefix):])}
	if end, _ := c.Next(); bytes.HasPrefix(end, prefix) {
		s.end = bytes.Clone(end[len(prefix):])
	}
	return s
}

// each calls do with the ranges of a host in order, and the entries of each.
func (l *layers) each(do func(s keyRange, b *block.Block) error) error {
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

// load puts the entries of a range into a block.
func (l *layers) load(s keyRange, to *block.Block) error {
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

// badBlock says which block an error is about.
func badBlock(id block.ID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("block %d: %w", id, err)
}

// begin returns where a range begins, nil if with the host.
func (l *layers) begin(s keyRange) []byte {
	if bytes.Equal(s.key, l.least) {
		return nil
	}
	return s.key
}

// cover gathers the entries of a range in patches.
func (l *layers) cover(s keyRange) error {
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

// sink receives entries in tree order.
type sink interface {
	Open(d block.Dir)
	Add(e *index.Entry)
	Copy(from *block.Block, i, j int)
}

func (p *piece) clear(no block.HostNo) { p.Reset(no) }
func (p *piece) empty() bool           { return len(p.Dirs()) == 0 }

// Open makes d the directory that entries are appended to. One that continues an earlier
// block is added with its first entry only.
func (p *piece) Open(d block.Dir) {
	p.dir = d
	if !d.Cont {
		p.Block.Open(&p.dir)
	}
}

// Add appends an entry.
func (p *piece) Add(e *index.Entry) {
	p.Block.Open(&p.dir)
	p.Block.Add(e)
}

// Copy appends entries i up to before j of another block.
func (p *piece) Copy(from *block.Block, i, j int) {
	if i < j {
		p.Block.Open(&p.dir)
		p.Block.Copy(from, i, j)
	}
}

// cut adds the entries of a block from lo up to before hi; nil is no bound.
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

// overlay passes on the entries of a block, less its mask, merged with a patch.
func overlay(to sink, base *block.Block, gone Mask, patch *block.Block) {
	k := 0
	for i := range base.Dirs() {
		d := &base.Dirs()[i]
		for k < len(patch.Dirs()) && compareTree(patch.Dirs()[k].Path, treeKey(d.Path)) < 0 {
			to.Open(patch.Dirs()[k])
			to.Copy(patch, patch.Dirs()[k].Start, patch.Dirs()[k].End)
			k++
		}
		var latest *block.Dir
		if k < len(patch.Dirs()) && bytes.Equal(patch.Dirs()[k].Path, d.Path) {
			latest = &patch.Dirs()[k]
			k++
		}
		if _, dead := slices.BinarySearch(gone.dirs, i); dead && latest == nil {
			continue
		}
		overlayDir(to, base, d, gone.Entries, patch, latest)
	}
	for ; k < len(patch.Dirs()); k++ {
		to.Open(patch.Dirs()[k])
		to.Copy(patch, patch.Dirs()[k].Start, patch.Dirs()[k].End)
	}
}

// overlayDir passes on a directory of a block, merged with that of a patch; latest is nil if
// the patch has no such directory.
func overlayDir(to sink, base *block.Block, d *block.Dir, gone []int, patch *block.Block, latest *block.Dir) {
	head, k, end := *d, 0, 0
	if latest != nil {
		head, k, end = *latest, latest.Start, latest.End
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
		last := d.End // of a sequence of entries that stay
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

// difference computes the mask and the patch that turn a block into latest. It reports false
// if they cannot express it, since a directory without entries is shown otherwise.
func difference(base, latest *block.Block, gone *Mask, patch *piece) (ok bool) {
	ok = true
	k := 0
	more := func(d *block.Dir, cont bool, i, j int) {
		head := *d
		head.Cont = cont
		patch.Open(head)
		patch.Copy(latest, i, j)
	}
	for i := range base.Dirs() {
		d := &base.Dirs()[i]
		for k < len(latest.Dirs()) && compareTree(latest.Dirs()[k].Path, treeKey(d.Path)) < 0 {
			y := &latest.Dirs()[k]
			more(y, y.Cont, y.Start, y.End)
			k++
		}
		if k == len(latest.Dirs()) || !bytes.Equal(latest.Dirs()[k].Path, d.Path) {
			gone.dirs = append(gone.dirs, i)
			gone.Entries = appendRange(gone.Entries, d.Start, d.End)
			continue
		}
		y := &latest.Dirs()[k]
		k++
		if !bytes.Equal(y.Shown, d.Shown) {
			gone.Entries = appendRange(gone.Entries, d.Start, d.End)
			more(y, true, y.Start, y.End)
			ok = ok && y.Start < y.End
			continue
		}
		gone.Entries = differs(base, d, latest, y, gone.Entries, func(i, j int) { more(y, true, i, j) })
	}
	for ; k < len(latest.Dirs()); k++ {
		y := &latest.Dirs()[k]
		more(y, y.Cont, y.Start, y.End)
	}
	return ok
}

// differs appends the entries of a directory that latest does not have, and calls more with
// those that only latest has.
func differs(base *block.Block, d *block.Dir, latest *block.Block, y *block.Dir, gone []int, more func(i, j int)) []int {
	at := y.Start
	for e := range d.Entries() {
		from := at
		for at < y.End && bytes.Compare(latest.Wire(at), base.Wire(e)) < 0 {
			at++
		}
		more(from, at)
		if at < y.End && base.Same(e, latest, at) {
			at++
			continue
		}
		gone = append(gone, e)
		// A new entry of the same name goes with those before the next.
	}
	more(at, y.End)
	return gone
}

// appendRange appends the numbers i up to before j.
func appendRange(to []int, i, j int) []int {
	for ; i < j; i++ {
		to = append(to, i)
	}
	return to
}
