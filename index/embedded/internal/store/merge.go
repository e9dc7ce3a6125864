package store

import (
	"bytes"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// edit is a change of one directory. It is done block by block, and blocks in which it
// changes nothing stay as they are.
type edit struct {
	tree    []byte        // key of the directory
	head    block.Dir     // of the listing; zero if forget
	span    span          // known entries outside of it stay
	entries []index.Entry // by wire name, each once, in the span
	some    bool          // all known entries stay, so that blocks without one of entries need not be looked at
	forget  bool          // the directory goes, the directories below it stay
	done    int           // entries before this are done
	changed bool          // it has changed something
	from    []byte        // the position to continue from
}

// span is a part of a directory, by wire name.
type span struct{ from, to string } // up to before to; "" is no bound

func (s span) contains(wire []byte) bool {
	return string(wire) >= s.from && (s.to == "" || string(wire) < s.to)
}

// merger does edits of one host in one transaction: it reads the ranges that they fall
// into, in tree order. Blocks that change little get a mask and patches (layers.go), the
// others are rewritten with new numbers, together with neighbours that have become small.
type merger struct {
	layers *layers

	store *Store
	tx    *bolt.Tx
	edits []*edit  // to be done, by from
	gone  [][]byte // tree keys of subtrees to forget, in order, none below another
	from  []byte   // the position that the first of gone goes on from; nil: its own
	lost  forgotten
	tally *index.Tally

	old     block.Block // the entries of a range
	latest  piece       // the entries that it is to have, unless they went to out
	out     cutter      // the blocks that are rewritten
	next    []byte      // first position of the block after those in out; nil is none
	drop    []block.ID
	dropKey [][]byte

	patching patching
}

// forgotten says what a merge forgot because it is no directory any more.
type forgotten struct {
	tops map[string]struct{} // tree keys: these and all below them
	dirs []uint64            // hashes of those of them that were known, as seenHash
}

// has reports whether a directory was forgotten.
func (l *forgotten) has(tree []byte) bool {
	if len(l.tops) == 0 {
		return false
	}
	for i := 1; i <= len(tree); i++ {
		if i == len(tree) || tree[i] == 0 {
			if _, gone := l.tops[string(tree[:i])]; gone {
				return true
			}
		}
	}
	return false
}

// merge does edits, which are sorted by tree key, at most one for each directory. It calls pause after each block that it
// makes, unless that is nil.
func merge(s *Store, tx *bolt.Tx, no block.HostNo, edits []*edit, tally *index.Tally, pause func()) (forgotten, error) {
	m := &merger{layers: readLayers(writing{tx}, no), store: s, tx: tx, edits: edits, tally: tally}
	m.out = cutter{host: no, size: s.BlockSize, pause: pause}
	m.startPatching(tally)
	for _, e := range edits {
		e.from = position(e.tree, []byte(e.span.from))
		if e.some && len(e.entries) > 0 {
			e.from = position(e.tree, []byte(e.entries[0].Wire()))
		}
	}
	for {
		from := m.first()
		if from == nil {
			break
		}
		if err := m.block(m.layers.find(m.layers.dirs, from), false); err != nil {
			return forgotten{}, err
		}
	}
	return m.lost, m.write()
}

// first returns the position to continue from, nil if everything is done.
func (m *merger) first() []byte {
	var from []byte
	if len(m.edits) > 0 {
		from = m.edits[0].from
	}
	if len(m.gone) > 0 {
		if m.from == nil {
			m.from = position(m.gone[0], nil)
		}
		if from == nil || bytes.Compare(m.from, from) < 0 {
			from = m.from
		}
	}
	return from
}

// block does the edits that fall into a range. Its block is rewritten if it changes much, or
// if force.
func (m *merger) block(s keyRange, force bool) error {
	if m.out.len() > 0 && !bytes.Equal(s.key, m.next) {
		m.out.flush()
	}
	if err := m.layers.load(s, &m.old); err != nil {
		return err
	}
	m.measure()
	w := walk{m: m, end: s.end, to: &m.out}
	anew := force || m.grows(s)
	if !anew {
		m.latest.clear(m.layers.no)
		w.to = &m.latest
	}
	if force {
		w.change()
	}
	if err := w.all(); err != nil {
		return err
	}
	m.advance(s.end)
	switch {
	case anew:
	case w.changed:
		if w.changed = !m.patchBlock(s); w.changed {
			overlay(&m.out, &m.latest.Block, Mask{}, &block.Block{})
		}
	case m.out.len() > 0 && m.layers.covered && m.dense():
		w.changed = true
		overlay(&m.out, &m.old, Mask{}, &block.Block{})
	}
	if !w.changed {
		m.out.flush()
		return nil
	}
	m.next = s.end
	if s.id != 0 {
		m.drop, m.dropKey = append(m.drop, s.id), append(m.dropKey, s.key)
		m.replace(s, &piece{})
	}
	if n := m.out.len(); n > 0 && n < m.out.size/2 && s.end != nil {
		return m.block(m.layers.find(m.layers.dirs, s.end), true)
	}
	return nil
}

// grows reports whether the edits of a range have so many more entries than the range that
// its block is rewritten.
func (m *merger) grows(s keyRange) bool {
	n, most := 0, m.old.Len()+m.out.size
	for _, e := range m.edits {
		if s.end != nil && bytes.Compare(e.from, s.end) >= 0 {
			break
		}
		last, _ := e.before(s.end)
		if n += last - e.done; n > most {
			return true
		}
	}
	return s.id == 0
}

// advance moves the subtrees to forget on to the position after a range.
func (m *merger) advance(end []byte) {
	for len(m.gone) > 0 {
		top := m.gone[0]
		switch {
		case end != nil && bytes.Compare(end, top) < 0:
			return
		case end != nil && isUnder(end, top):
			m.from = end
			return
		}
		m.gone, m.from = m.gone[1:], nil
	}
}

// forget has a subtree forgotten, with its marks.
func (m *merger) forget(top []byte) error {
	if m.lost.has(top) {
		return nil
	}
	at, _ := slices.BinarySearchFunc(m.gone, top, bytes.Compare)
	if at == 0 {
		m.from = nil
	}
	m.gone = slices.Insert(m.gone, at, top)
	if m.lost.tops == nil {
		m.lost.tops = map[string]struct{}{}
	}
	m.lost.tops[string(top)] = struct{}{}

	c := m.tx.Bucket([]byte("marks")).Cursor()
	prefix := hostKey(m.layers.no, top)
	var trees [][]byte
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if isUnder(k[len(prefix)-len(top):], top) {
			trees = append(trees, bytes.Clone(k[len(prefix)-len(top):]))
		}
	}
	for _, tree := range trees {
		if _, err := putMark(m.tx, m.layers.no, tree, mark{}, m.tally); err != nil {
			return err
		}
	}
	return nil
}

// bucket returns a bucket to write to. The layers read the same one.
func (m *merger) bucket(name string) *bolt.Bucket { return m.tx.Bucket([]byte(name)) }

// write deletes the dropped blocks and puts the new ones in their place.
func (m *merger) write() error {
	m.out.flush()
	blocks, dirs := m.bucket("blocks"), m.bucket("dirs")
	blocks.FillPercent, dirs.FillPercent = 1, 0.9 // the keys of blocks only rise, those of dirs mostly
	for _, key := range m.dropKey {
		if err := dirs.Delete(hostKey(m.layers.no, key)); err != nil {
			return err
		}
	}
	if err := m.out.write(blocks, dirs); err != nil {
		return err
	}
	if err := m.writePatches(); err != nil {
		return err
	}
	return dropBlocks(m.tx, m.drop)
}

// walk goes through a range and the edits that fall into it.
type walk struct {
	m *merger

	end     []byte // of the range
	at      int    // directories of old before this are done
	changed bool   // then the entries up to here are in to
	to      sink
}

// all walks to the end of the range.
func (w *walk) all() error {
	for {
		var e *edit
		if len(w.m.edits) > 0 && (w.end == nil || bytes.Compare(w.m.edits[0].from, w.end) < 0) {
			e = w.m.edits[0]
		}
		var d *block.Dir
		if w.at < len(w.m.old.Dirs()) {
			d = &w.m.old.Dirs()[w.at]
		}
		if e == nil && d == nil {
			return nil
		}
		order := -1 // of d and e
		if d == nil {
			order = 1
		} else if e != nil {
			order = compareTree(d.Path, e.tree)
		}
		switch {
		case order < 0:
			w.keepOrDrop(d)
		case order > 0:
			d = nil
			fallthrough
		default:
			if err := w.edit(e, d); err != nil {
				return err
			}
		}
		if d != nil {
			w.at++
		}
	}
}

// change makes the range one that changes.
func (w *walk) change() {
	if w.changed {
		return
	}
	w.changed = true
	for i := range w.at {
		w.copyDir(&w.m.old.Dirs()[i])
	}
}

// copyDir passes on a directory as it is.
func (w *walk) copyDir(d *block.Dir) {
	w.to.Open(*d)
	w.to.Copy(&w.m.old, d.Start, d.End)
}

// keepOrDrop keeps or drops a directory of the block that has no edit.
func (w *walk) keepOrDrop(d *block.Dir) {
	switch tree := treeKey(d.Path); {
	case w.m.lost.has(tree):
		w.change()
		w.dropDir(d)
		w.m.lost.dirs = append(w.m.lost.dirs, seenHash(tree))
	case w.changed:
		w.copyDir(d)
	}
}

// dropDir takes a directory off the tally.
func (w *walk) dropDir(d *block.Dir) {
	if !d.Cont {
		w.m.tally.Directories--
	}
	for i := range d.Entries() {
		w.count(w.m.old.Kinds()[i], w.m.old.Sizes()[i], -1)
		w.m.store.lose(w.m.layers.no, d.Path, w.m.old.Wire(i))
	}
}

// count adds n entries of a kind and size to the tally.
func (w *walk) count(kind index.Kind, size, n int64) {
	if kind != index.Dir {
		w.m.tally.Files += n
		w.m.tally.Bytes += n * index.Counted(size)
	}
}

// edit does the part of an edit that falls into the range. d is the directory
// in the block, or nil.
func (w *walk) edit(e *edit, d *block.Dir) error {
	n, last := e.before(w.end)
	part := e.entries[e.done:n]
	var err error
	switch {
	case e.forget && d != nil:
		w.change()
		w.dropDir(d)
		e.changed = true
	case e.forget:
	case d != nil && w.same(e, d, part):
		if w.changed {
			w.copyDir(d)
		}
	default:
		w.change()
		e.changed = true
		err = w.rewrite(e, d, part)
	}
	e.done = n
	switch {
	case last, e.some && n == len(e.entries), e.span.to != "" && bytes.Compare(w.end, position(e.tree, []byte(e.span.to))) >= 0:
		w.m.edits = w.m.edits[1:]
	case e.some:
		e.from = position(e.tree, []byte(e.entries[n].Wire()))
	default:
		e.from = w.end
	}
	return err
}

// before returns how many entries of an edit are before a position, and whether those are
// all; nil is no bound.
func (e *edit) before(end []byte) (n int, all bool) {
	names := position(e.tree, nil)
	if !bytes.HasPrefix(end, names) || len(end) == len(names) {
		return len(e.entries), true
	}
	bound := string(end[len(names):])
	n, _ = slices.BinarySearchFunc(e.entries, bound, func(x index.Entry, bound string) int {
		return strings.Compare(x.Wire(), bound)
	})
	return n, false
}

// retains reports whether a known entry stays that the listing does not name.
func (e *edit) retains(wire []byte) bool { return e.some || !e.span.contains(wire) }

// same reports whether an edit changes nothing in a directory of the block.
func (w *walk) same(e *edit, d *block.Dir, part []index.Entry) bool {
	if !d.Cont && !e.some && !bytes.Equal(d.Shown, e.head.Shown) {
		return false
	}
	j := 0
	for i := range d.Entries() {
		wire := w.m.old.Wire(i)
		switch {
		case j < len(part) && string(wire) == part[j].Wire():
			if !w.m.old.Equal(i, &part[j]) {
				return false
			}
			j++
		case j < len(part) && string(wire) > part[j].Wire(), !e.retains(wire):
			return false
		}
	}
	return j == len(part)
}

// rewrite merges the known and the listed entries of a directory.
func (w *walk) rewrite(e *edit, d *block.Dir, part []index.Entry) error {
	if d == nil {
		w.m.tally.Directories++
		d = &block.Dir{}
	}
	head := e.head
	head.Cont = d.Cont
	w.to.Open(head)
	i, j := d.Start, 0
	for i < d.End || j < len(part) {
		order := -1
		if i == d.End {
			order = 1
		} else if j < len(part) {
			order = strings.Compare(string(w.m.old.Wire(i)), part[j].Wire())
		}
		var latest *index.Entry
		if order >= 0 {
			latest = &part[j]
			j++
		}
		if order <= 0 {
			if err := w.settle(e, i, latest); err != nil {
				return err
			}
			i++
			continue
		}
		w.count(latest.Kind, latest.Size, 1)
		w.to.Add(latest)
		if w.m.store.came.watched {
			w.m.store.came.appear(&e.head, latest, false)
		}
	}
	return nil
}

// replaced reports that an entry is another one than known entry i, unless only the reading of the listing has changed.
func (w *walk) replaced(e *edit, i int, latest *index.Entry) {
	if !w.m.store.came.watched {
		return
	}
	if was := w.m.old.Entry(i); index.Replaced(&was, latest) {
		w.m.store.came.appear(&e.head, latest, true)
	}
}

// settle keeps known entry i, drops it, or replaces it by the listed one of its name; latest
// is nil if there is none.
func (w *walk) settle(e *edit, i int, latest *index.Entry) error {
	if latest == nil && e.retains(w.m.old.Wire(i)) || latest != nil && w.m.old.Equal(i, latest) {
		w.to.Copy(&w.m.old, i, i+1)
		return nil
	}
	w.count(w.m.old.Kinds()[i], w.m.old.Sizes()[i], -1)
	if latest != nil {
		w.count(latest.Kind, latest.Size, 1)
		w.to.Add(latest)
		w.replaced(e, i, latest)
	} else {
		w.m.store.lose(w.m.layers.no, e.head.Path, w.m.old.Wire(i))
	}
	if w.m.old.Kinds()[i] != index.Dir || latest != nil && latest.Kind == index.Dir {
		return nil
	}
	return w.m.forget(append(append(bytes.Clone(e.tree), 0), w.m.old.Wire(i)...)) // and all below it
}
