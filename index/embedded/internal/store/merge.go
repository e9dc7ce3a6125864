package store

import (
	"bytes"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// edit is a change of one directory. Where it falls into several blocks it is
// done block by block, and blocks in which it changes nothing are left alone.
type edit struct {
	tree    []byte        // key of the directory
	head    block.Dir     // of the listing; nothing if forget
	span    span          // known entries outside of it stay
	entries []index.Entry // by wire name, each once, in the span
	some    bool          // all known entries stay, so that blocks without one of entries need not be looked at
	forget  bool          // the directory goes, and what is below it stays
	done    int           // entries before this are done
	changed bool          // it has changed something
	from    []byte        // the position that is to be done next
}

// span is a part of a directory, by wire name.
type span struct{ from, to string } // up to before to; "" is no bound

func (s span) holds(wire []byte) bool {
	return string(wire) >= s.from && (s.to == "" || string(wire) < s.to)
}

// merger does edits of one host in one transaction: it reads the stretches that
// they fall into, in tree order. What changes little gets a mask and patches
// (layers.go), the other blocks are written anew, with new numbers, and then
// neighbours that have become small are taken in.
type merger struct {
	*layers

	store *Store
	tx    *bolt.Tx
	edits []*edit  // to be done, by from
	gone  [][]byte // tree keys of subtrees to forget, in order, none below another
	from  []byte   // the position that the first of gone goes on from; nil: its own
	lost  lost
	tally *index.Tally

	old     block.Block // what a stretch holds
	young   piece       // and is to hold, unless that went to out
	out     run         // what is written anew
	next    []byte      // first position of the block after those in out; nil is none
	drop    []block.ID
	dropKey [][]byte
	patching
}

// lost tells what a merge forgot because it is a directory no more.
type lost struct {
	tops map[string]struct{} // tree keys: these and what is below them
	dirs []uint64            // hashes of those of them that were known, as seenHash
}

// has reports whether a directory is among what was forgotten.
func (l *lost) has(tree []byte) bool {
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

// merge does edits, sorted by tree key and one a directory.
func merge(s *Store, tx *bolt.Tx, no block.HostNo, edits []*edit, tally *index.Tally) (lost, error) {
	m := &merger{layers: readLayers(tx, no), store: s, tx: tx, edits: edits, tally: tally}
	m.out = run{host: no, size: s.BlockSize}
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
		if err := m.block(m.find(m.dirs, from), false); err != nil {
			return lost{}, err
		}
	}
	return m.lost, m.write()
}

// first returns the position that is to be done next, nil if all is done.
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

// block does what falls into a stretch. Its block is written anew if it changes
// much, or if force.
func (m *merger) block(s stretch, force bool) error {
	if m.out.len() > 0 && !bytes.Equal(s.key, m.next) {
		m.out.flush()
	}
	if err := m.load(s, &m.old); err != nil {
		return err
	}
	m.note()
	w := walk{merger: m, end: s.end, to: &m.out}
	anew := force || m.grows(s)
	if !anew {
		m.young.clear(m.no)
		w.to = &m.young
	}
	if force {
		w.change()
	}
	if err := w.all(); err != nil {
		return err
	}
	m.pass(s.end)
	switch {
	case anew:
	case w.changed:
		if w.changed = !m.beside(s); w.changed {
			overlay(&m.out, &m.young.Block, Mask{}, &block.Block{})
		}
	case m.out.len() > 0 && m.covered && m.dense():
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
		return m.block(m.find(m.dirs, s.end), true)
	}
	return nil
}

// grows reports whether the edits of a stretch hold so much more than it does that
// its block is written anew.
func (m *merger) grows(s stretch) bool {
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

// pass goes on with what is gone from the position after a stretch.
func (m *merger) pass(end []byte) {
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

// forget notes that a subtree goes, with its marks.
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
	prefix := hostKey(m.no, top)
	var trees [][]byte
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if isUnder(k[len(prefix)-len(top):], top) {
			trees = append(trees, bytes.Clone(k[len(prefix)-len(top):]))
		}
	}
	for _, tree := range trees {
		if _, err := putMark(m.tx, m.no, tree, mark{}, m.tally); err != nil {
			return err
		}
	}
	return nil
}

// write deletes the dropped blocks and puts the new ones in their place.
func (m *merger) write() error {
	m.out.flush()
	m.blocks.FillPercent, m.dirs.FillPercent = 1, 0.9 // the keys of the one only rise, those of the other mostly
	for _, key := range m.dropKey {
		if err := m.dirs.Delete(hostKey(m.no, key)); err != nil {
			return err
		}
	}
	if err := m.out.write(m.layers, m.dirs); err != nil {
		return err
	}
	if err := m.writePatches(); err != nil {
		return err
	}
	return dropBlocks(m.tx, m.drop)
}

// walk goes through a block and the edits that fall into its stretch.
type walk struct {
	*merger

	end     []byte // of the stretch
	at      int    // directories of old before this are done
	changed bool   // and what is done is in to
	to      sink
}

func (w *walk) all() error {
	for {
		var e *edit
		if len(w.edits) > 0 && (w.end == nil || bytes.Compare(w.edits[0].from, w.end) < 0) {
			e = w.edits[0]
		}
		var d *block.Dir
		if w.at < len(w.old.Dirs()) {
			d = &w.old.Dirs()[w.at]
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
			w.leave(d)
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

// change makes the stretch one that changes.
func (w *walk) change() {
	if w.changed {
		return
	}
	w.changed = true
	for i := range w.at {
		w.copyDir(&w.old.Dirs()[i])
	}
}

func (w *walk) copyDir(d *block.Dir) {
	w.to.Open(*d)
	w.to.Copy(&w.old, d.Start, d.End)
}

// leave keeps or drops a directory of the block that has no edit.
func (w *walk) leave(d *block.Dir) {
	switch tree := treeKey(d.Path); {
	case w.lost.has(tree):
		w.change()
		w.dropDir(d)
		w.lost.dirs = append(w.lost.dirs, seenHash(tree))
	case w.changed:
		w.copyDir(d)
	}
}

func (w *walk) dropDir(d *block.Dir) {
	if !d.Cont {
		w.tally.Directories--
	}
	for i := d.Start; i < d.End; i++ {
		w.count(w.old.Kinds()[i], w.old.Sizes()[i], -1)
	}
}

// count adds n entries to the tally.
func (w *walk) count(kind index.Kind, size, n int64) {
	if kind != index.Dir {
		w.tally.Files += n
		w.tally.Bytes += n * index.Counted(size)
	}
}

// edit does the part of an edit that falls into the stretch. d is the directory
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
		w.edits = w.edits[1:]
	case e.some:
		e.from = position(e.tree, []byte(e.entries[n].Wire()))
	default:
		e.from = w.end
	}
	return err
}

// before returns up to which entry an edit is done before a position, and whether
// that is all of it; nil is no bound.
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

// keeps reports whether a known entry stays that the listing does not name.
func (e *edit) keeps(wire []byte) bool { return e.some || !e.span.holds(wire) }

// same reports whether an edit changes nothing in a directory of the block.
func (w *walk) same(e *edit, d *block.Dir, part []index.Entry) bool {
	if !d.Cont && !e.some && !bytes.Equal(d.Shown, e.head.Shown) {
		return false
	}
	j := 0
	for i := d.Start; i < d.End; i++ {
		wire := w.old.Wire(i)
		switch {
		case j < len(part) && string(wire) == part[j].Wire():
			if !w.old.Equal(i, &part[j]) {
				return false
			}
			j++
		case j < len(part) && string(wire) > part[j].Wire(), !e.keeps(wire):
			return false
		}
	}
	return j == len(part)
}

// rewrite puts the known and the listed entries of a directory together.
func (w *walk) rewrite(e *edit, d *block.Dir, part []index.Entry) error {
	if d == nil {
		w.tally.Directories++
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
			order = strings.Compare(string(w.old.Wire(i)), part[j].Wire())
		}
		var young *index.Entry
		if order >= 0 {
			young = &part[j]
			j++
		}
		if order <= 0 {
			if err := w.settle(e, i, young); err != nil {
				return err
			}
			i++
			continue
		}
		w.count(young.Kind, young.Size, 1)
		w.to.Add(young)
	}
	return nil
}

// settle keeps known entry i, drops it, or puts the listed one of its name in
// its place; young is nil if there is none.
func (w *walk) settle(e *edit, i int, young *index.Entry) error {
	if young == nil && e.keeps(w.old.Wire(i)) || young != nil && w.old.Equal(i, young) {
		w.to.Copy(&w.old, i, i+1)
		return nil
	}
	w.count(w.old.Kinds()[i], w.old.Sizes()[i], -1)
	if young != nil {
		w.count(young.Kind, young.Size, 1)
		w.to.Add(young)
	}
	if w.old.Kinds()[i] != index.Dir || young != nil && young.Kind == index.Dir {
		return nil
	}
	return w.forget(append(append(bytes.Clone(e.tree), 0), w.old.Wire(i)...)) // what is below it
}
