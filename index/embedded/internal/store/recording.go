package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// recording is one transaction of a crawl.
type recording struct {
	crawl *crawl

	span     span  // of the listing, if it is only a part of a directory
	started  int64 // of the crawl, once this is durable
	tx       *bolt.Tx
	tally    index.Tally
	edits    []*edit
	marks    []markEdit
	trees    map[string]struct{} // of edits and marks
	seen     []uint64            // hashes, in the order of the listings
	changed  map[uint64]struct{} // those of directories in which something has changed
	all      bool                // the pending hashes of the crawl are written, too
	obsolete []index.Path        // directories whose spools are dropped
}

// markEdit is the mark that a directory is to have.
type markEdit struct {
	tree []byte
	mark mark
}

// addAll adds listings and merges them.
func (r *recording) addAll(listings []index.Listing) error {
	for i := range listings {
		if err := r.add(&listings[i]); err != nil {
			return fmt.Errorf("%s: %w", listings[i].Dir, err)
		}
	}
	return r.merge()
}

// add turns a listing into edits and marks. Listings of one directory are merged one after
// the other.
func (r *recording) add(l *index.Listing) error {
	if err := checkDir(l.Dir); err != nil {
		return err
	}
	tree := treeKey([]byte(l.Dir))
	if _, twice := r.trees[string(tree)]; twice {
		if err := r.merge(); err != nil {
			return err
		}
	}
	if r.trees == nil {
		r.trees = map[string]struct{}{}
	}
	r.trees[string(tree)] = struct{}{}
	hash := seenHash(tree)
	switch l.State {
	case index.Denied, index.Stale:
		hash |= seenUnread
		if err := r.unreadable(l, tree); err != nil {
			return err
		}
	case index.Unchanged:
		if err := r.confirm(tree); err != nil {
			return err
		}
	default:
		if l.State != index.Complete {
			hash |= seenUnread
		}
		if err := r.listed(l, tree); err != nil {
			return err
		}
	}
	if l.More {
		hash |= seenNot
	}
	r.seen = append(r.seen, hash)
	return nil
}

// listed records a listing with entries.
func (r *recording) listed(l *index.Listing, tree []byte) error {
	e, err := r.edit(l, tree)
	if err != nil {
		return err
	}
	m := mark{State: uint8(l.State), Why: l.Why}
	m.lines(l.Unparsed, l.Lost)
	if l.More {
		m.State = uint8(index.Truncated)
	}
	r.edits, r.marks = append(r.edits, e), append(r.marks, markEdit{tree, m})
	return nil
}

func (r *recording) view() *View { return &View{Store: r.crawl.store, from: writing{r.tx}} }

// edit turns a listing with entries into an edit.
func (r *recording) edit(l *index.Listing, tree []byte) (*edit, error) {
	e := &edit{
		tree: tree, span: r.span, some: l.State != index.Complete,
		head: block.Dir{Path: []byte(l.Dir), Shown: []byte(l.Display()), Way: []byte(l.Way), Taken: l.Taken.Unix()},
	}
	var err error
	e.entries, err = sorted(l)
	return e, err
}

func byWire(a, b index.Entry) int { return cmp.Compare(a.Wire(), b.Wire()) }

// sorted returns the entries by wire name, each name once: of two entries the later.
func sorted(l *index.Listing) ([]index.Entry, error) {
	entries := l.Entries
	for i := range entries {
		if err := checkName(l.Dir, entries[i].Wire()); err != nil {
			return nil, err
		}
		if name := entries[i].Name; name == "" || strings.IndexByte(name, 0) >= 0 {
			return nil, fmt.Errorf("%q is not a name", name)
		}
	}
	if !slices.IsSortedFunc(entries, byWire) {
		entries = slices.Clone(entries)
		slices.SortStableFunc(entries, byWire)
	}
	twice := func(i int) bool { return i+1 < len(entries) && entries[i].Wire() == entries[i+1].Wire() }
	for i := range entries {
		if !twice(i) {
			continue
		}
		var once []index.Entry
		for k := range entries {
			if !twice(k) {
				once = append(once, entries[k])
			}
		}
		return once, nil
	}
	return entries, nil
}

// known returns a directory as it is after the listings before: its mark, and when a crawl
// last saw it. The error is ErrNotFound if it is not known.
func (r *recording) known(tree []byte) (m mark, seen int64, err error) {
	if err := r.merge(); err != nil {
		return m, 0, err
	}
	r.trees = map[string]struct{}{string(tree): {}}
	at, err := r.view().findDir(r.crawl.no, tree)
	if err != nil {
		return m, 0, err
	}
	st, err := r.view().StatusOf(r.crawl.no, at.dir())
	if err != nil {
		return m, 0, err
	}
	m, err = markOf(writing{r.tx}, r.crawl.no, tree)
	return m, st.Seen, err
}

// confirm records that a directory is unchanged.
func (r *recording) confirm(tree []byte) error {
	m, _, err := r.known(tree)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	if m.state() == index.Stale {
		m.State, m.Seen, m.Why = uint8(index.Complete), 0, ""
	}
	r.marks = append(r.marks, markEdit{tree, m})
	return nil
}

// unreadable records that a directory could not be read: its known entries stay and are
// stale.
func (r *recording) unreadable(l *index.Listing, tree []byte) error {
	m, seen, err := r.known(tree)
	switch {
	case errors.Is(err, index.ErrNotFound), err == nil && m.state() == index.Denied:
		empty := *l
		empty.Entries, empty.State = nil, index.Complete
		e, err := r.edit(&empty, tree)
		if err != nil {
			return err
		}
		r.edits = append(r.edits, e)
		m = mark{State: uint8(l.State), Why: l.Why, Seen: l.Taken.Unix()}
		m.lines(l.Unparsed, l.Lost)
	case err != nil:
		return err
	default:
		m.State, m.Seen, m.Why = uint8(index.Stale), seen, l.Why
	}
	r.marks = append(r.marks, markEdit{tree, m})
	return nil
}

// merge writes the edits and marks that add has gathered.
func (r *recording) merge() error {
	slices.SortFunc(r.edits, func(a, b *edit) int { return bytes.Compare(a.tree, b.tree) })
	gone, err := merge(r.crawl.store, r.tx, r.crawl.no, r.edits, &r.tally, r.crawl.pause())
	if err != nil {
		return err
	}
	for tree := range r.trees {
		if gone.has([]byte(tree)) {
			return errOrder
		}
	}
	for _, e := range r.edits {
		if e.changed {
			r.changed[seenHash(e.tree)] = struct{}{}
		}
	}
	for _, hash := range gone.dirs {
		r.seen = append(r.seen, hash|seenNot)
	}
	for dir := range r.crawl.spools {
		if gone.has(treeKey([]byte(dir))) {
			r.obsolete = append(r.obsolete, dir)
		}
	}
	for _, m := range r.marks {
		changed, err := putMark(r.tx, r.crawl.no, m.tree, m.mark, &r.tally)
		if err != nil {
			return err
		}
		if changed {
			r.changed[seenHash(m.tree)] = struct{}{}
		}
	}
	r.edits, r.marks, r.trees = nil, nil, nil // to clear a large map takes long, again and again
	return nil
}
