package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// Check proves the store: that its pages are those that were written, that blocks decode and
// are in tree order, that dirs and patches refer to each block and to nothing else, that masks
// and patches fit their blocks, and that tallies are right. It reads one view, and calls report
// with each problem. After a damaged page it does not look further.
func (s *Store) Check(ctx context.Context, report func(problem string)) error {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	sound := true
	err = v.checkPages(func(problem string) {
		sound = false
		report(fmt.Sprintf("%s: %s: restore it from a backup, or remove the whole catalogue and crawl anew", s.Path, problem))
	})
	if err != nil || !sound {
		return err
	}
	c := checker{view: v, report: report, found: map[block.ID]struct{}{}}
	return c.all(ctx)
}

// checkPages compares all pages of the view with their checksums.
func (v *View) checkPages(report func(problem string)) (err error) {
	defer Guarded(&err)()
	v.file.sums.recheck(v.shown.meta, report)
	return nil
}

type checker struct {
	view *View

	report func(problem string)
	found  map[block.ID]struct{} // blocks that dirs or patches refer to
	block  block.Block

	// Of the host that is being checked:
	no      block.HostNo
	tally   index.Tally
	patched int64  // entries in its patches
	last    []byte // the position before
	dir     []byte // the path of the directory before
}

func (c *checker) all(ctx context.Context) (err error) {
	defer Guarded(&err)()
	hosts, err := c.view.HostTable()
	if err != nil {
		return err
	}
	patched := map[block.HostNo]int64{}
	if err := c.eachOf(ctx, "dirs", hosts, func(int) {}); err != nil {
		return err
	}
	if err := c.eachOf(ctx, "patches", hosts, func(n int) { patched[c.no] += int64(n) }); err != nil {
		return err
	}
	for no, r := range hosts.byNo {
		c.start(no)
		c.ranges()
		c.sum(r)
		if n := patchedOf(c.view.from, no); n != c.patched || n != patched[no] {
			c.report(fmt.Sprintf("%s: its patches hold %d entries, %d of them in ranges, and should %d", r.Host.ID, patched[no], c.patched, n))
		}
	}
	return c.orphans()
}

// eachOf proves each block of dirs or patches by itself, and calls entries with
// how many entries it has.
func (c *checker) eachOf(ctx context.Context, name string, hosts *HostTable, entries func(n int)) error {
	cur := c.view.tree(name).Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(k) < 6 || !soundReference(v) {
			c.report(fmt.Sprintf("key %q of a block is damaged", k))
			continue
		}
		if c.start(block.HostNo(binary.BigEndian.Uint32(k))) && hosts.byNo[c.no] == nil && c.view.tree("removed").Get(hostKey(c.no, nil)) == nil {
			c.report(fmt.Sprintf("there are blocks of host %d, which is not remembered", c.no))
		}
		entries(c.check(k, v))
	}
	c.start(0)
	return nil
}

// start begins with a host and reports whether it is another one.
func (c *checker) start(no block.HostNo) (other bool) {
	if no == c.no {
		return false
	}
	*c = checker{view: c.view, report: c.report, found: c.found, block: c.block, no: no}
	return true
}

// sum compares the tally of the host that was checked.
func (c *checker) sum(r *hostRecord) {
	prefix := hostKey(c.no, nil)
	dir := dirReader{layers: readLayers(c.view.from, c.no)}
	cur := c.view.tree("marks").Cursor()
	for k, data := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, data = cur.Next() {
		m, err := parseMark(data)
		if err != nil {
			c.report(fmt.Sprintf("%s: the mark of %q: %v", r.Host.ID, pathOf(k[len(prefix):]), err))
		}
		m.count(&c.tally, 1)
		dir.tree = k[len(prefix):]
		if errors.Is(dir.enter(position(dir.tree, nil)), index.ErrNotFound) {
			c.report(fmt.Sprintf("%s: there is a mark of %q, which is not known", r.Host.ID, pathOf(k[len(prefix):])))
		}
	}
	if kept := tallyOf(c.view.from, c.no); kept != c.tally {
		c.report(fmt.Sprintf("%s: the tally says %+v and the blocks hold %+v", r.Host.ID, kept, c.tally))
	}
}

// check proves one block or patch by itself, which a reference leads to, and returns how many
// entries it has.
func (c *checker) check(key, reference []byte) int {
	id := block.ID(number(reference))
	c.found[id] = struct{}{}
	complain := func(format string, args ...any) {
		c.report(fmt.Sprintf("block %d of host %d: ", id, c.no) + fmt.Sprintf(format, args...))
	}
	data, err := c.view.Data(id)
	if err != nil {
		complain("%v", err)
		return 0
	}
	if data == nil {
		complain("it is not there")
		return 0
	}
	if err := c.block.Decode(data); err != nil {
		complain("%v", err)
		return 0
	}
	if c.block.Host() != c.no {
		complain("it says that it is of host %d", c.block.Host())
	}
	if first := firstPosition(&c.block); !bytes.Equal(key[4:], first) {
		complain("it begins at %q and is stored under %q", first, key[4:])
	}
	if sum, kept := referenceSum(reference); kept && sum != sumOfEntries(&c.block) {
		complain("it holds %+v and is referred to as %+v", sumOfEntries(&c.block), sum)
	}
	c.steps(&c.block, complain)
	return c.block.Len()
}

// steps proves that positions rise.
func (c *checker) steps(b *block.Block, complain func(string, ...any)) {
	step := func(pos []byte) {
		if c.last != nil && bytes.Compare(c.last, pos) >= 0 {
			complain("%q is out of order", pos)
		}
		c.last = pos
	}
	for _, d := range b.EachDir() {
		if err := checkDir(index.Path(d.Path)); err != nil {
			complain("%v", err)
		}
		tree := treeKey(d.Path)
		if !d.Cont {
			step(position(tree, nil))
		}
		for k := range d.Entries() {
			step(position(tree, b.Wire(k)))
		}
	}
}

// ranges proves the entries that blocks, masks and patches hold together, and counts them.
// Blocks that cannot be read were reported before.
func (c *checker) ranges() {
	complain := func(format string, args ...any) {
		c.report(fmt.Sprintf("a range of host %d: ", c.no) + fmt.Sprintf(format, args...))
	}
	l := readLayers(c.view.from, c.no)
	for s := l.find(l.dirs, nil); s.id != 0; s = l.find(l.dirs, s.end) {
		switch err := l.load(s, &c.block); {
		case errors.Is(err, errMask):
			complain("%v", err)
		case err == nil:
			c.steps(&c.block, complain)
			c.count(complain)
			c.patched += int64(l.over.Len())
			c.patches(l, complain)
		}
		if s.end == nil {
			return
		}
	}
}

// count counts the entries of a range.
func (c *checker) count(complain func(string, ...any)) {
	for i, d := range c.block.EachDir() {
		if i == 0 && d.Cont != bytes.Equal(d.Path, c.dir) || i > 0 && d.Cont {
			complain("%q goes on where it should not, or does not where it should", d.Path)
		}
		if !d.Cont {
			c.tally.Directories++
		}
		for k := range d.Entries() {
			if c.block.Kinds()[k] != index.Dir {
				c.tally.Files++
				c.tally.Bytes += index.Counted(c.block.Sizes()[k])
			}
		}
		c.dir = bytes.Clone(d.Path)
	}
}

// patches proves that the directories of patches continue those of the block.
func (c *checker) patches(l *layers, complain func(string, ...any)) {
	for _, d := range l.over.EachDir() {
		known := false
		for k, old := range l.base.EachDir() {
			_, gone := slices.BinarySearch(l.mask.dirs, k)
			known = known || !gone && bytes.Equal(old.Path, d.Path)
		}
		if known != d.Cont {
			complain("%q in a patch goes on where it should not, or does not where it should", d.Path)
		}
	}
}

// orphans reports blocks that dirs does not refer to.
func (c *checker) orphans() error {
	last := c.view.Sequence()
	err := c.view.After(0, func(id block.ID, _ []byte) error {
		if _, found := c.found[id]; !found {
			c.report(fmt.Sprintf("block %d belongs to no directory", id))
		}
		if uint64(id) > last {
			c.report(fmt.Sprintf("block %d is above the last number, %d", id, last))
		}
		return nil
	})
	if err != nil {
		return err
	}
	eachMask(c.view.tree("masks"), func(id block.ID, _ []byte) {
		if c.gone(id) {
			c.report(fmt.Sprintf("there is a mask of block %d, which is gone", id))
		}
	})
	return c.view.DroppedAfter(0, func(seq uint64, ids []block.ID) error {
		for _, id := range ids {
			if !c.gone(id) {
				c.report(fmt.Sprintf("block %d is there, but transaction %d dropped it", id, seq))
			}
		}
		return nil
	})
}

// gone reports whether there is no such block. One on a page that cannot be read may be there;
// the page was reported.
func (c *checker) gone(id block.ID) bool {
	data, err := c.view.Data(id)
	return err == nil && data == nil
}
