package pages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
)

// Prove proves a file that nobody has open: that its pages are such as bbolt writes them, that
// each is reached once, and that none of them is free. It does not know which values were
// written, nor how long the last key and value of a page were. It returns in bounded time and memory whatever the file holds.
func Prove(path string) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f, err := Map(path, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	defer func() {
		if fault := recover(); fault != nil {
			err = errors.Join(fmt.Errorf("%w: %v", ErrDamaged, fault), err)
		}
	}()
	m, err := f.Meta()
	if err != nil {
		return err
	}
	return f.Prove(m, func(uint64, []byte) {})
}

// Prove proves the pages of a transaction, and calls visit with each of them, that of the
// freelist included.
func (f *File) Prove(m Meta, visit func(id uint64, page []byte)) error {
	if err := f.proveHead(&m); err != nil {
		return err
	}
	w := walk{file: f, meta: &m, seen: make([]bool, m.End), visit: visit}
	if err := w.tree(m.root, 0, nil, nil); err != nil {
		return err
	}
	return w.freelist()
}

// proveHead proves the head of the page of a meta, which the checksum of the meta leaves out and bbolt does not read.
func (f *File) proveHead(m *Meta) error {
	id := m.Tx % 2
	p := page((*f.maps.Load())[m.Offset()-headLen:])
	if p.id() != id || p.flags() != flagMeta || p.len() != 0 || p.overflow() != 0 {
		return damaged(id, "its head is not that of a meta")
	}
	return nil
}

// maxDepth bounds the height of a tree. One of 2^63 pages is not as high.
const maxDepth = 64

// walk is one walk over all pages of a transaction.
type walk struct {
	file  *File
	meta  *Meta
	seen  []bool // by page
	visit func(id uint64, page []byte)
}

// take reads a page that no other page refers to.
func (w *walk) take(id uint64) (page, error) {
	p, err := w.file.read(w.meta, id)
	if err != nil {
		return nil, err
	}
	for at := id; at <= id+uint64(p.overflow()); at++ {
		if w.seen[at] {
			return nil, damaged(at, "it is used twice")
		}
		w.seen[at] = true
	}
	w.visit(id, p)
	return p, nil
}

// tree proves a page and those below it. Their keys are in [from, to); nil does not bound them.
func (w *walk) tree(id uint64, depth int, from, to []byte) error {
	p, err := w.take(id)
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return damaged(id, "it is %d pages below its root", depth)
	}
	if err := p.prove(id, from, to); err != nil {
		return err
	}
	if p.leaf() {
		return w.buckets(id, p, depth)
	}
	for i := range p.len() {
		end := to
		if i+1 < p.len() {
			end = p.key(i + 1)
		}
		if err := w.tree(p.child(i), depth+1, p.key(i), end); err != nil {
			return err
		}
	}
	return nil
}

// buckets proves the buckets among the values of a leaf.
func (w *walk) buckets(id uint64, p page, depth int) error {
	for i := range p.len() {
		value, bucket := p.value(i)
		if !bucket {
			continue
		}
		if len(value) < bucketLen {
			return damaged(id, "bucket %q is too short", p.key(i))
		}
		if root := rootOf(value); root != 0 {
			if len(value) != bucketLen {
				return damaged(id, "bucket %q is too long", p.key(i))
			}
			if err := w.tree(root, depth+1, nil, nil); err != nil {
				return err
			}
			continue
		}
		if err := provePageOf(id, p.key(i), value[bucketLen:]); err != nil {
			return err
		}
	}
	return nil
}

// provePageOf proves the page that a small bucket holds, on the page id.
func provePageOf(id uint64, bucket []byte, p page) error {
	if len(p) < headLen || p.id() != 0 || p.overflow() != 0 || !p.leaf() {
		return damaged(id, "bucket %q has no page", bucket)
	}
	if err := p.prove(id, nil, nil); err != nil {
		return err
	}
	end := headLen
	for i := range p.len() {
		at, key, value := p.element(i)
		end = at + key + value
		if _, inner := p.value(i); inner {
			return damaged(id, "there is a bucket in the small bucket %q", bucket)
		}
	}
	if end != len(p) {
		return damaged(id, "the small bucket %q has %d bytes and uses %d", bucket, len(p), end)
	}
	return nil
}

// prove proves one branch or leaf by itself: bbolt packs keys and values without gaps. Only the
// root of a bucket, which nothing bounds from below, may be empty.
func (p page) prove(id uint64, from, to []byte) error {
	if f := p.flags(); f != flagBranch && f != flagLeaf || p.len() == 0 && (f == flagBranch || from != nil) {
		return damaged(id, "it has the flags %d and %d elements", f, p.len())
	}
	end := headLen + p.len()*elementLen
	if end > len(p) {
		return damaged(id, "it has %d elements in %d bytes", p.len(), len(p))
	}
	last := from
	for i := range p.len() {
		at, key, value := p.element(i)
		if at != end || key == 0 || key > len(p)-at || value > len(p)-at-key {
			return damaged(id, "element %d is at %d and not at %d, of %d and %d bytes", i, at, end, key, value)
		}
		if p.leaf() && binary.NativeEndian.Uint32(p[headLen+i*elementLen:])&^flagBucket != 0 {
			return damaged(id, "element %d has unknown flags", i)
		}
		k := p.key(i)
		if c := bytes.Compare(last, k); c > 0 || c == 0 && i > 0 {
			return damaged(id, "key %q is not above %q", k, last)
		}
		last, end = k, at+key+value
	}
	if to != nil && p.len() > 0 && bytes.Compare(last, to) >= 0 {
		return damaged(id, "key %q is not below %q", last, to)
	}
	return nil
}

// freelist proves that each page is in use or free, and none is both.
func (w *walk) freelist() error {
	if w.meta.Freelist == noFreelist {
		return nil
	}
	id := w.meta.Freelist
	p, err := w.take(id)
	if err != nil {
		return err
	}
	n, from := p.len(), headLen
	if n == manyFree {
		n, from = int(binary.NativeEndian.Uint64(p[headLen:])), headLen+8
	}
	if p.flags() != flagFreelist || n < 0 || n > (len(p)-from)/8 {
		return damaged(id, "it has the flags %d and %d free pages", p.flags(), n)
	}
	for i := range n {
		free := binary.NativeEndian.Uint64(p[from+8*i:])
		if free < 2 || free >= w.meta.End || w.seen[free] {
			return damaged(free, "it is free, and is used or free twice")
		}
		w.seen[free] = true
	}
	for at := uint64(2); at < w.meta.End; at++ {
		if !w.seen[at] {
			return damaged(at, "it is neither used nor free")
		}
	}
	return nil
}
