package store

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// Correct keeps index.Recorder. It is an edit of one entry, as a crawl makes it, and a mark that
// says so.
func (s *Store) Correct(ctx context.Context, id index.HostID, p index.Path, now *index.Entry) error {
	err := s.update(ctx, func(tx *bolt.Tx) error { return s.correct(tx, id, p, now) })
	if err != nil {
		return fmt.Errorf("correct %s: %w", id.Join(p), err)
	}
	return nil
}

func (s *Store) correct(tx *bolt.Tx, id index.HostID, p index.Path, now *index.Entry) error {
	host, err := hostOf(writing{tx}, id)
	if err != nil {
		return err
	}
	v := &View{Store: s, from: writing{tx}}
	at, err := v.find(host.No, p)
	switch {
	case err != nil:
		return err
	case s.crawling.has(id): // a crawl that acquires the host now has not begun before this is durable
		return index.ErrBusy
	case at.entry.Kind == index.Dir || now != nil && now.Kind == index.Dir:
		return fmt.Errorf("%w as a file: it is a directory", index.ErrNotFound)
	}
	tree := treeKey([]byte(p.Dir()))
	name := at.entry.Wire()
	e := &edit{tree: tree, head: at.head, span: span{name, name + "\x00"}}
	if now != nil {
		is := *now
		is.Name, is.Raw, is.Size = at.entry.Name, at.entry.Raw, max(now.Size, index.UnknownSize)
		if is == at.entry {
			return nil
		}
		e.entries = []index.Entry{is}
	}
	m, err := markOf(writing{tx}, host.No, tree)
	if err != nil {
		return err
	}
	m.Corrected = true
	s.watch(id, 0, !host.Host.Health.Complete.IsZero())
	tally := tallyOf(writing{tx}, host.No)
	if _, err := merge(s, tx, host.No, []*edit{e}, &tally, nil); err != nil {
		return err
	}
	if _, err := putMark(tx, host.No, tree, m, &tally); err != nil {
		return err
	}
	return putTally(tx, host.No, tally)
}

// foundEntry is an entry with the directory that it is in.
type foundEntry struct {
	entry index.Entry
	head  block.Dir // a copy
}

// find returns the entry of a path, or ErrNotFound. It reads the range that the entry is in, and no
// other.
func (v *View) find(no block.HostNo, p index.Path) (f foundEntry, err error) {
	if p == "/" {
		return f, index.ErrNotFound
	}
	name := []byte(p.Base())
	r, err := v.findEntry(no, treeKey([]byte(p.Dir())), name)
	if err != nil {
		return f, err
	}
	d := r.dir()
	i := r.block.Search(d, name)
	if i == d.End || !bytes.Equal(r.block.Wire(i), name) {
		return f, index.ErrNotFound
	}
	f = foundEntry{r.block.Entry(i), *d}
	f.head.Path, f.head.Shown, f.head.Way = bytes.Clone(d.Path), bytes.Clone(d.Shown), bytes.Clone(d.Way)
	return f, nil
}
