package faults

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Disk is a directory as the disk below it may have it: what was synced, and what was done since.
// A power cut keeps any part of the latter (see Cut).
type Disk struct {
	root    string
	top     *node
	process int              // counts Begin
	open    map[[2]int]*node // by process and handle
}

// node is a file or a directory. A file that no name leads to is kept while it is open.
type node struct {
	dir     bool
	names   map[string]*node // of a directory, as the program sees it
	durable map[string]*node // of a directory, synced
	changes []nameChange     // of a directory since

	bytes  []byte       // of a file, synced
	writes []byteChange // of a file since
}

// nameChange is a creation, a removal or a renaming of a name. The disk has it or has it not.
type nameChange struct {
	from string // loses its node; "" for a creation
	to   string // gets the node; "" for a removal
	node *node
}

// byteChange is a write, or a change of the length if data is nil.
type byteChange struct {
	off  int64
	data []byte
}

// ReadDisk returns a disk that has all that is in a directory, synced. Without the directory it
// is empty.
func ReadDisk(root string) (*Disk, error) {
	d := &Disk{root: root, top: newDir(), open: map[[2]int]*node{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) && path == root {
			return nil
		}
		if err != nil || path == root {
			return err
		}
		parent, name := d.parent(path)
		n := newDir()
		if !entry.IsDir() {
			n = &node{}
			if n.bytes, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		parent.names[name], parent.durable[name] = n, n
		return nil
	})
	return d, err
}

func newDir() *node {
	return &node{dir: true, names: map[string]*node{}, durable: map[string]*node{}}
}

// find returns the node of a path as the program sees it, nil if there is none.
func (d *Disk) find(path string) *node {
	n := d.top
	for part := range strings.SplitSeq(strings.TrimPrefix(filepath.Clean(path), d.root), "/") {
		if part != "" && n != nil {
			n = n.names[part]
		}
	}
	return n
}

// parent returns the directory of a path that is not the root, and its name there.
func (d *Disk) parent(path string) (*node, string) {
	return d.find(filepath.Dir(path)), filepath.Base(path)
}

// Apply does an operation that the layer saw. Those that failed, and those that change nothing,
// are passed over.
func (d *Disk) Apply(op Op) error {
	switch {
	case op.Kind == Begin:
		d.process++
	case op.failed():
	case op.Kind == Open || op.Kind == OpenWrite || op.Kind == Create || op.Kind == Cut:
		return d.applyOpen(op)
	case op.Kind == Mkdir || op.Kind == Remove || op.Kind == Rename || op.Kind == Link:
		return d.applyName(op)
	case op.Kind == Write || op.Kind == Truncate || op.Kind == Sync:
		n := d.open[[2]int{d.process, op.Handle}]
		if n == nil {
			n = d.find(op.Path)
		}
		if n == nil {
			return fmt.Errorf("%s: the file is not known", op)
		}
		if op.Kind == Write && int64(len(op.Data)) != op.Size {
			return fmt.Errorf("%s: the journal lacks its bytes", op)
		}
		n.apply(op)
	}
	return nil
}

// apply writes to a file, or syncs a file or a directory.
func (n *node) apply(op Op) {
	switch op.Kind {
	case Write:
		n.writes = append(n.writes, byteChange{op.Off, op.Data})
	case Truncate:
		n.writes = append(n.writes, byteChange{off: op.Size})
	case Sync:
		for _, w := range n.writes {
			n.bytes = w.onto(n.bytes)
		}
		for _, c := range n.changes {
			c.onto(n.durable)
		}
		n.writes, n.changes = nil, nil
	}
}

func (d *Disk) applyOpen(op Op) error {
	n := d.find(op.Path)
	switch {
	case op.Kind == Create && op.Size&tmpfile == tmpfile:
		n = &node{}
	case op.Kind == Create:
		dir, name := d.parent(op.Path)
		if dir == nil {
			return fmt.Errorf("%s: its directory is not known", op)
		}
		n = &node{}
		dir.change(nameChange{to: name, node: n})
	case n == nil:
		return fmt.Errorf("%s: the file is not known", op)
	case op.Kind == Cut:
		n.writes = append(n.writes, byteChange{})
	}
	d.open[[2]int{d.process, op.Handle}] = n
	return nil
}

// tmpfile is O_TMPFILE without O_DIRECTORY.
const tmpfile = 0o20000000

func (d *Disk) applyName(op Op) error {
	if op.Path == d.root {
		return nil
	}
	dir, name := d.parent(op.Path)
	if dir == nil {
		return fmt.Errorf("%s: its directory is not known", op)
	}
	switch op.Kind {
	case Mkdir:
		dir.change(nameChange{to: name, node: newDir()})
	case Remove:
		dir.change(nameChange{from: name, node: dir.names[name]})
	case Link:
		if to, fresh := d.parent(op.To); to != nil && dir.names[name] != nil {
			to.change(nameChange{to: fresh, node: dir.names[name]})
		}
	case Rename:
		to, fresh := d.parent(op.To)
		if to != dir {
			return fmt.Errorf("%s: it moves to another directory, which this package cannot do", op)
		}
		dir.change(nameChange{from: name, to: fresh, node: dir.names[name]})
	}
	return nil
}

func (n *node) change(c nameChange) {
	c.onto(n.names)
	n.changes = append(n.changes, c)
}

func (c nameChange) onto(names map[string]*node) {
	delete(names, c.from)
	if c.to != "" {
		names[c.to] = c.node
	}
}

// onto does a write to b.
func (w byteChange) onto(b []byte) []byte {
	if w.data == nil {
		return resize(b, w.off)
	}
	end := w.off + int64(len(w.data))
	b = resize(b, max(end, int64(len(b))))
	copy(b[w.off:], w.data)
	return b
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		clear(b[size:]) // it may grow again
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// pageSize is the unit in which bytes reach the disk.
const pageSize = 4096

// Cut makes the directory to as a power cut may leave this disk:
//
//   - Names that were created, renamed or removed since their directory was synced are each
//     as before or as after, in any order. A renaming is done or not done as one.
//   - A page of a file is as any of the writes since the last sync left it. So is the length.
//
// Some cuts lose all or nothing of either.
func (d *Disk) Cut(r *rand.Rand, to string) error {
	shares := []float64{0, 0.1, 0.5, 0.9, 1}
	c := cutting{r, shares[r.IntN(len(shares))], shares[r.IntN(len(shares))]}
	return c.writeDir(d.top, to)
}

// cutting is a power cut.
type cutting struct {
	*rand.Rand
	names, bytes float64 // the share of the changes that is kept
}

func (c cutting) keeps(share float64) bool { return c.Float64() < share }

func (c cutting) writeDir(n *node, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	left := maps.Clone(n.durable)
	for _, change := range n.changes {
		if c.keeps(c.names) {
			change.onto(left)
		}
	}
	for name, child := range left {
		path := filepath.Join(to, name)
		if child.dir {
			if err := c.writeDir(child, path); err != nil {
				return err
			}
		} else if err := os.WriteFile(path, c.bytesOf(child), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// bytesOf returns what a power cut leaves of a file.
func (c cutting) bytesOf(n *node) []byte {
	versions := make([][]byte, 0, len(n.writes)+1) // after each write
	b := slices.Clone(n.bytes)
	versions = append(versions, slices.Clone(b))
	for _, w := range n.writes {
		b = w.onto(b)
		versions = append(versions, slices.Clone(b))
	}
	version := func() []byte { // a moment at which it reached the disk
		switch {
		case c.keeps(c.bytes):
			return versions[len(versions)-1]
		case c.bytes == 0:
			return versions[0]
		}
		return versions[c.IntN(len(versions))]
	}
	left := make([]byte, len(version()))
	for at := 0; at < len(left); at += pageSize {
		if page := version(); at < len(page) {
			copy(left[at:min(at+pageSize, len(left))], page[at:])
		}
	}
	return left
}
