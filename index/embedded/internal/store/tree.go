package store

import (
	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/pages"
)

// tree is a bucket to read from. A view reads it from pages whose checksums it proves; a
// transaction that writes reads what it has written.
type tree interface {
	Get(key []byte) []byte
	Cursor() cursor
	Sequence() uint64
}

// cursor goes through the keys of a tree. The key is nil where there are no more.
type cursor interface {
	First() (key, value []byte)
	Last() (key, value []byte)
	Seek(at []byte) (key, value []byte)
	Next() (key, value []byte)
	Prev() (key, value []byte)
}

// reader has the trees of one transaction.
type reader interface{ tree(name string) tree }

// writing reads from a transaction that writes.
type writing struct{ tx *bolt.Tx }

func (w writing) tree(name string) tree { return boltTree{w.tx.Bucket([]byte(name))} }

// boltTree is a bucket of bbolt.
type boltTree struct{ *bolt.Bucket }

func (t boltTree) Cursor() cursor { return t.Bucket.Cursor() }

// proven reads from a transaction that is over.
type proven struct {
	file *pages.File
	meta *pages.Meta
}

func (p proven) tree(name string) tree {
	root := p.file.Root(p.meta)
	b, ok := root.Bucket([]byte(name))
	if !ok {
		panic(pages.Missing(name))
	}
	return provenTree{&b}
}

// provenTree is a bucket of proven.
type provenTree struct{ *pages.Bucket }

func (t provenTree) Cursor() cursor { return t.Bucket.Cursor() }

// each calls do with the keys of a tree, in order. An error of do ends it and is returned.
func each(t tree, do func(key, value []byte) error) error {
	c := t.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := do(k, v); err != nil {
			return err
		}
	}
	return nil
}
