package pages

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

// Bucket is a bucket of one transaction, to be read. Its methods panic with an error that is
// ErrDamaged where the Guard refuses a page or a page is not what its place demands.
type Bucket struct {
	file *File
	meta *Meta
	root uint64
	only page // the page of a bucket that is inside a value

	sequence uint64
}

// Root returns the bucket of all buckets.
func (f *File) Root(m *Meta) Bucket {
	return Bucket{file: f, meta: m, root: m.root, sequence: m.sequence}
}

// Bucket returns the bucket of a name in b.
func (b *Bucket) Bucket(name []byte) (inner Bucket, ok bool) {
	value, bucket := b.find(name)
	if !bucket {
		return Bucket{}, false
	}
	inner = Bucket{file: b.file, meta: b.meta, root: rootOf(value), sequence: binary.NativeEndian.Uint64(value[8:])}
	if inner.root == 0 {
		inner.only = page(value[bucketLen:])
	}
	return inner, true
}

// Missing returns the panic value for a file without a bucket that it must have.
func Missing(name string) error { return fmt.Errorf("%w: there is no bucket %s", ErrDamaged, name) }

// rootOf returns the root of the bucket in a value, 0 if its page is in the value.
func rootOf(value []byte) uint64 { return binary.NativeEndian.Uint64(value) }

// Sequence returns the bucket's sequence.
func (b *Bucket) Sequence() uint64 { return b.sequence }

// Get returns the value of a key, or nil. It is valid until the transaction ends.
func (b *Bucket) Get(key []byte) []byte {
	value, _ := b.find(key)
	return value
}

// find returns the value of a key, or nil, and whether it is a bucket.
func (b *Bucket) find(key []byte) (value []byte, bucket bool) {
	p := b.rootPage()
	for !p.leaf() {
		p = b.page(p.child(p.childFor(key)))
	}
	i := p.search(key)
	if i == p.len() || !bytes.Equal(p.key(i), key) {
		return nil, false
	}
	return p.value(i)
}

// rootPage returns the first page of the bucket's tree.
func (b *Bucket) rootPage() page {
	if b.root == 0 {
		return b.only
	}
	return b.page(b.root)
}

// page returns a page of the bucket.
func (b *Bucket) page(id uint64) page {
	p, err := b.file.page(b.meta, id)
	if err != nil {
		panic(err)
	}
	if f := p.flags(); f != flagBranch && f != flagLeaf {
		panic(damaged(id, "it is no page of a bucket"))
	}
	return p
}

// search returns the first element whose key is not below key.
func (p page) search(key []byte) int {
	return sort.Search(p.len(), func(i int) bool { return bytes.Compare(p.key(i), key) >= 0 })
}

// childFor returns the element of a branch below which a key is.
func (p page) childFor(key []byte) int {
	i := sort.Search(p.len(), func(i int) bool { return bytes.Compare(p.key(i), key) > 0 })
	return max(0, i-1)
}
