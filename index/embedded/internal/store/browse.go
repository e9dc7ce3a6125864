package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

var _ index.Browser = (*Store)(nil)

// dirReader reads a directory, range by range.
type dirReader struct {
	layers *layers

	tree  []byte
	block block.Block // the entries of the range
	at    int         // the directory in the block
	here  keyRange    // the range that was read
}

// dir returns the part of the directory that is in the block.
func (r *dirReader) dir() *block.Dir { return &r.block.Dirs()[r.at] }

// next goes to the next range of the directory. It reports false if there is none.
func (r *dirReader) next() (bool, error) {
	names := position(r.tree, nil)
	if !bytes.HasPrefix(r.here.end, names) {
		return false, nil
	}
	return true, r.enter(r.here.end)
}

// enter reads the range that a position falls into, unless it is read already, and finds
// the directory in it, or returns ErrNotFound.
func (r *dirReader) enter(pos []byte) error {
	if to := r.layers.find(r.layers.dirs, pos); r.here.id == 0 || to.id != r.here.id {
		if err := r.layers.load(to, &r.block); err != nil {
			r.here = keyRange{}
			return err
		}
		r.here = to
	}
	for i := range r.block.Dirs() {
		if compareTree(r.block.Dirs()[i].Path, r.tree) == 0 {
			r.at = i
			return nil
		}
	}
	return index.ErrNotFound
}

// findDir returns the first part of a directory, or ErrNotFound.
func (v *View) findDir(no block.HostNo, tree []byte) (*dirReader, error) {
	return v.findEntry(no, tree, nil)
}

// findEntry returns the part of a directory that a name belongs to, listed or not.
func (v *View) findEntry(no block.HostNo, tree, name []byte) (*dirReader, error) {
	r := &dirReader{layers: readLayers(v.from, no), tree: tree}
	if err := r.enter(position(tree, name)); err != nil {
		return nil, err
	}
	return r, nil
}

// eachRange calls do with the entries of each range of a host, in tree order. The block is
// valid until do returns.
func (v *View) eachRange(no block.HostNo, do func(*block.Block) error) (err error) {
	defer Guarded(&err)()
	return readLayers(v.from, no).each(func(_ keyRange, b *block.Block) error { return do(b) })
}

// List keeps index.Browser.
func (s *Store) List(_ context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	v, err := s.View()
	if err != nil {
		return index.Listing{}, err
	}
	defer v.Close()
	l, err := v.list(id, dir, after, limit)
	if err != nil {
		return index.Listing{}, fmt.Errorf("list %s: %w", id.Join(dir), err)
	}
	return l, nil
}

func (v *View) list(id index.HostID, dir index.Path, after string, limit int) (l index.Listing, err error) {
	defer Guarded(&err)()
	hosts, err := v.HostTable()
	if err != nil {
		return l, err
	}
	host := hosts.byID[id]
	if host == nil {
		return l, index.ErrNoHost
	}
	tree := treeKey([]byte(dir))
	m, err := markOf(v.from, host.No, tree)
	if err != nil {
		return l, err
	}
	l = index.Listing{Dir: dir, State: m.state(), Why: m.Why, Lost: m.Lost, Corrected: m.Corrected}
	for _, line := range m.Lines {
		l.Unparsed = append(l.Unparsed, string(line))
	}
	p, err := v.findEntry(host.No, tree, []byte(after))
	if err != nil {
		return l, err
	}
	d := p.dir()
	st, err := v.StatusOf(host.No, d)
	if err != nil {
		return l, err
	}
	l.Taken, l.Way = time.Unix(st.Seen, 0).UTC(), string(d.Way)
	if !bytes.Equal(d.Shown, d.Path) {
		l.Shown = string(d.Shown)
	}
	return l, p.read(&l, after, limit)
}

// read appends entries after a name to a listing, up to limit.
func (r *dirReader) read(l *index.Listing, after string, limit int) error {
	for more := true; more; {
		for i := range r.dir().Entries() {
			if after != "" && string(r.block.Wire(i)) <= after {
				continue
			}
			if limit > 0 && len(l.Entries) == limit {
				l.More = true
				return nil
			}
			l.Entries = append(l.Entries, r.block.Entry(i))
		}
		var err error
		if more, err = r.next(); err != nil {
			return err
		}
	}
	return nil
}
