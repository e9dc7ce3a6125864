package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

var _ index.Browser = (*Engine)(nil)

// place is where a directory, or a position in it, is.
type place struct {
	blocks *bolt.Bucket
	cursor *bolt.Cursor // of dirs, at the block
	prefix []byte       // of the host's keys
	tree   []byte
	block  block
	at     int // the directory in the block
}

// dir returns the part of the directory that is in the block.
func (p *place) dir() *blockDir { return &p.block.dirs[p.at] }

// next goes to the block in which the directory goes on.
func (p *place) next() (bool, error) {
	k, v := p.cursor.Next()
	names := append(bytes.Clone(p.prefix), position(p.tree, nil)...)
	if !bytes.HasPrefix(k, names) {
		return false, nil
	}
	return true, p.load(v)
}

// load reads a block and finds the directory in it; at is -1 if it is not.
func (p *place) load(id []byte) error {
	if err := p.block.decode(p.blocks.Get(id)); err != nil {
		return fmt.Errorf("block %d: %w", binary.BigEndian.Uint64(id), err)
	}
	p.at = -1
	for i := range p.block.dirs {
		if compareTree(p.block.dirs[i].path, p.tree) == 0 {
			p.at = i
		}
	}
	return nil
}

// findDir returns the first part of a directory, or ErrNotFound.
func (v *view) findDir(no hostNo, tree []byte) (*place, error) { return v.findEntry(no, tree, nil) }

// findEntry returns the part of a directory that holds a name or would do so.
func (v *view) findEntry(no hostNo, tree, name []byte) (*place, error) {
	p := &place{blocks: v.bucket("blocks"), cursor: v.bucket("dirs").Cursor(), prefix: hostKey(no, nil), tree: tree}
	key := hostKey(no, position(tree, name))
	k, id := p.cursor.Seek(key)
	if k == nil {
		k, id = p.cursor.Last()
	} else if !bytes.Equal(k, key) {
		k, id = p.cursor.Prev()
	}
	if !bytes.HasPrefix(k, p.prefix) {
		return nil, index.ErrNotFound
	}
	if err := p.load(id); err != nil {
		return nil, err
	}
	if p.at < 0 {
		return nil, index.ErrNotFound
	}
	return p, nil
}

// eachBlock calls do with the blocks of a host in tree order.
func (v *view) eachBlock(no hostNo, do func(id blockID, data []byte) error) (err error) {
	defer recoverDamage(&err)
	prefix := hostKey(no, nil)
	c := v.bucket("dirs").Cursor()
	for k, id := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, id = c.Next() {
		n := blockID(binary.BigEndian.Uint64(id))
		if err := do(n, v.data(n)); err != nil {
			return fmt.Errorf("block %d: %w", n, err)
		}
	}
	return nil
}

// List keeps index.Browser.
func (e *Engine) List(_ context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	v, err := e.store.view()
	if err != nil {
		return index.Listing{}, err
	}
	defer v.close()
	l, err := v.list(id, dir, after, limit)
	if err != nil {
		return index.Listing{}, fmt.Errorf("list %s: %w", id.URL(dir, index.Dir), err)
	}
	return l, nil
}

func (v *view) list(id index.HostID, dir index.Path, after string, limit int) (l index.Listing, err error) {
	defer recoverDamage(&err)
	hosts, err := v.hostTable()
	if err != nil {
		return l, err
	}
	host := hosts.byID[id]
	if host == nil {
		return l, index.ErrNoHost
	}
	tree := treeKey([]byte(dir))
	m, err := markOf(v.tx, host.No, tree)
	if err != nil {
		return l, err
	}
	l = index.Listing{Dir: dir, State: m.state(), Why: m.Why, Lost: m.Lost}
	for _, line := range m.Lines {
		l.Unparsed = append(l.Unparsed, string(line))
	}
	p, err := v.findEntry(host.No, tree, []byte(after))
	if err != nil {
		return l, err
	}
	d := p.dir()
	st, err := v.statusOf(host.No, d)
	if err != nil {
		return l, err
	}
	l.Taken, l.Way = time.Unix(st.seen, 0).UTC(), string(d.way)
	if !bytes.Equal(d.shown, d.path) {
		l.Shown = string(d.shown)
	}
	return l, p.read(&l, after, limit)
}

// read appends entries after a name to a listing, up to limit.
func (p *place) read(l *index.Listing, after string, limit int) error {
	for more := true; more; {
		for i, d := p.dir().start, p.dir(); i < d.end; i++ {
			if after != "" && string(p.block.wire(i)) <= after {
				continue
			}
			if limit > 0 && len(l.Entries) == limit {
				l.More = true
				return nil
			}
			l.Entries = append(l.Entries, p.block.entry(i))
		}
		var err error
		if more, err = p.next(); err != nil {
			return err
		}
	}
	return nil
}
