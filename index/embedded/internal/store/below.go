package store

import (
	"bytes"
	"context"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// The directories of a subtree are neighbours in tree order, so that its sum is that of the blocks
// between two positions. References to blocks have their sums, so most blocks need not be read.
// Masked entries are taken off, and patches are added:
//
//	sum = blocks, less what is masked in them, plus patches
//
// Only the first and the last block hold entries of other directories, too. They are read, as are
// blocks with masks and those whose references have no sums.

// belowBudget is how long the sum of a subtree may take. 50,000 blocks are read in that time, or
// some million references.
const belowBudget = 250 * time.Millisecond

// belowSteps is how many blocks are added between two looks at the clock.
const belowSteps = 256

// below returns the sum of all entries of a directory and of those below it. It reports false if
// there was no time for all.
func (v *View) below(ctx context.Context, no block.HostNo, tree []byte) (sum index.Sum, exact bool, err error) {
	b := belowSum{
		view: v, top: tree, from: append(bytes.Clone(tree), 0), to: append(bytes.Clone(tree), 1),
		until: time.Now().Add(belowBudget),
	}
	l := readLayers(v.from, no)
	exact, err = b.add(ctx, l, l.dirs)
	if err == nil && exact && l.layered {
		exact, err = b.add(ctx, l, l.patches)
	}
	return b.sum, exact, err
}

// belowSum adds up a subtree.
type belowSum struct {
	view     *View
	top      []byte // the tree key of its directory
	from, to []byte // its positions are from the first up to before the second
	until    time.Time

	sum   index.Sum
	block block.Block
	gone  Mask
}

// add adds the blocks of the bucket dirs or patches. It reports false if there was no time for all.
func (b *belowSum) add(ctx context.Context, l *layers, in tree) (whole bool, err error) {
	s := l.find(in, b.from)
	if s.id == 0 {
		return true, nil
	}
	prefix, c := hostKey(l.no, nil), in.Cursor()
	key, reference := c.Seek(hostKey(l.no, s.key))
	for n := 1; bytes.HasPrefix(key, prefix) && bytes.Compare(key[len(prefix):], b.to) < 0; n++ {
		if n%belowSteps == 0 && (ctx.Err() != nil || time.Now().After(b.until)) {
			return false, ctx.Err()
		}
		this, inside := reference, bytes.Compare(key[len(prefix):], b.from) >= 0
		key, reference = c.Next()
		switch {
		case len(b.top) == 0: // all of the host is in its root
			inside = true
		case !bytes.HasPrefix(key, prefix) || bytes.Compare(key[len(prefix):], b.to) > 0:
			inside = false
		}
		if err := b.addBlock(this, inside); err != nil {
			return false, badBlock(block.ID(number(this)), err)
		}
	}
	return true, nil
}

// addBlock adds the block of a reference, or what it has of the subtree if it is not all inside.
func (b *belowSum) addBlock(reference []byte, inside bool) error {
	id := block.ID(number(reference))
	gone, err := b.view.MaskOf(id)
	if err != nil {
		return err
	}
	sum, known := referenceSum(reference)
	switch {
	case inside && known && gone == nil:
		b.sum.Directories += sum.Directories
		b.sum.Files += sum.Files
		b.sum.Bytes += sum.Bytes
		return nil
	}
	if err := b.read(id, gone); err != nil {
		return err
	}
	if inside {
		b.count(0, b.block.Rows())
		return nil
	}
	if err := b.block.DecodeDirs(); err != nil {
		return err
	}
	for i := range b.block.Dirs() {
		d := &b.block.Dirs()[i]
		if d.End > b.block.Rows() {
			return block.ErrDamaged
		}
		if isUnder(treeKey(d.Path), b.top) {
			b.count(d.Start, d.End)
		}
	}
	return nil
}

// read reads the kinds and sizes of a block, and its mask.
func (b *belowSum) read(id block.ID, gone []byte) error {
	if err := b.gone.Parse(gone); err != nil {
		return err
	}
	data, err := b.view.Data(id)
	if err != nil {
		return err
	}
	return b.block.DecodeCounts(data)
}

// count adds entries i up to before j, those that are not masked.
func (b *belowSum) count(i, j int) {
	kinds, sizes := b.block.Kinds(), b.block.Sizes()
	addEntries(&b.sum, kinds[i:j], sizes[i:j], 1)
	for _, k := range b.gone.Entries {
		if k >= i && k < j {
			addEntries(&b.sum, kinds[k:k+1], sizes[k:k+1], -1)
		}
	}
}
