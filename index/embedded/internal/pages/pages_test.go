package pages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// sample makes a file with many keys, small and large values, buckets in buckets, and free
// pages.
func sample(t testing.TB, seed uint64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sample")
	db, err := bolt.Open(name, 0o600, &bolt.Options{PageSize: 4096, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for range 12 {
		err := db.Update(func(tx *bolt.Tx) error {
			for _, name := range []string{"many", "few", "none", "large"} {
				if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
					return err
				}
			}
			many := tx.Bucket([]byte("many"))
			for range 900 {
				if err := many.Put(fmt.Appendf(nil, "%d", r.IntN(4000)), bytes.Repeat([]byte{'v'}, r.IntN(40))); err != nil {
					return err
				}
			}
			for range 300 {
				if err := many.Delete(fmt.Appendf(nil, "%d", r.IntN(4000))); err != nil {
					return err
				}
			}
			inner, err := tx.Bucket([]byte("few")).CreateBucketIfNotExists(fmt.Appendf(nil, "inner%d", r.IntN(5)))
			if err != nil {
				return err
			}
			if err := inner.SetSequence(inner.Sequence() + 7); err != nil {
				return err
			}
			return errors.Join(inner.Put([]byte("a"), []byte("b")),
				tx.Bucket([]byte("large")).Put(fmt.Appendf(nil, "%d", r.IntN(9)), bytes.Repeat([]byte{'L'}, r.IntN(30000))))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestReadsAsBolt reads each key of each bucket, and keys that are not there.
func TestReadsAsBolt(t *testing.T) {
	t.Parallel()
	name := sample(t, 1)
	db, err := bolt.Open(name, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	f, err := Map(name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m, err := f.Meta()
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bolt.Tx) error {
		if m.Tx != uint64(tx.ID()) || m.Torn {
			t.Errorf("transaction %d, torn %v, want %d", m.Tx, m.Torn, tx.ID())
		}
		root := f.Root(&m)
		return tx.ForEach(func(name []byte, want *bolt.Bucket) error {
			got, ok := root.Bucket(name)
			if !ok {
				t.Errorf("bucket %s is not there", name)
			}
			same(t, want, &got)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, want *bolt.Bucket, got *Bucket) {
	t.Helper()
	if want.Sequence() != got.Sequence() {
		t.Errorf("sequence %d, want %d", got.Sequence(), want.Sequence())
	}
	a, b := want.Cursor(), got.Cursor()
	n := 0
	for k, v := a.First(); ; k, v = a.Next() {
		var k2, v2 []byte
		if n++; n == 1 {
			k2, v2 = b.First()
		} else {
			k2, v2 = b.Next()
		}
		if !bytes.Equal(k, k2) || v != nil && !bytes.Equal(v, v2) {
			t.Fatalf("%q %q, want %q %q", k2, v2, k, v)
		}
		if k == nil {
			break
		}
		if v == nil {
			inner, ok := got.Bucket(k)
			if !ok {
				t.Fatalf("bucket %q is not there", k)
			}
			same(t, want.Bucket(k), &inner)
		} else if !bytes.Equal(got.Get(k), v) {
			t.Fatalf("%q: %q, want %q", k, got.Get(k), v)
		}
	}
	for _, key := range []string{"", "0", "12x", "zz", "39999", "a", "2000"} {
		k, _ := a.Seek([]byte(key))
		k2, _ := b.Seek([]byte(key))
		if !bytes.Equal(k, k2) {
			t.Errorf("seek %q: %q, want %q", key, k2, k)
		}
		for k != nil {
			k, _ = a.Prev()
			if k2, _ = b.Prev(); !bytes.Equal(k, k2) {
				t.Fatalf("before %q: %q, want %q", key, k2, k)
			}
		}
		k, _ = a.Last()
		if k2, _ = b.Last(); !bytes.Equal(k, k2) {
			t.Errorf("last: %q, want %q", k2, k)
		}
		if v := want.Get([]byte(key)); want.Bucket([]byte(key)) == nil && !bytes.Equal(v, got.Get([]byte(key))) {
			t.Errorf("get %q: %q", key, got.Get([]byte(key)))
		}
	}
}

// TestProve proves sound files, and refuses each flipped bit of what holds a page together.
func TestProve(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		name := sample(t, seed)
		if err := Prove(name); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := readMeta(data)
		if err != nil {
			t.Fatal(err)
		}
		for at := range headLen {
			data[m.Offset()-headLen+int64(at)] ^= 1
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Prove(name); !errors.Is(err, ErrDamaged) {
				t.Errorf("byte %d of the head of the meta: %v", at, err)
			}
			data[m.Offset()-headLen+int64(at)] ^= 1
		}
		r := rand.New(rand.NewPCG(seed, 2))
		for range 400 {
			id := 2 + r.Uint64N(m.End-2)
			p := page(data[id*4096:])
			if p.id() != id || p.flags() != flagBranch && p.flags() != flagLeaf || !used(t, data, &m, id) {
				continue
			}
			at := id*4096 + r.Uint64N(headLen+elementLen*uint64(p.len()))
			if at-id*4096 >= headLen+elementLen*(uint64(p.len())-1) {
				continue // nothing follows the last element, so its lengths may be right
			}
			bit := byte(1) << r.IntN(8)
			if element := at - id*4096 - headLen; at-id*4096 >= headLen && p.leaf() && element%elementLen == 0 && bit == 1 {
				if value, bucket := p.value(int(element / elementLen)); bucket && rootOf(value) == 0 {
					continue // a small bucket may be a value
				}
			}
			data[at] ^= bit
			if p.leaf() && p.len() == 0 {
				data[at] ^= bit
				continue // a bucket may be empty
			}
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Prove(name); !errors.Is(err, ErrDamaged) {
				t.Errorf("page %d, byte %d, bit %d: %v", id, at-id*4096, bit, err)
			}
			data[at] ^= bit
		}
	}
}

// used reports whether a page is in the tree.
func used(t *testing.T, data []byte, m *Meta, id uint64) (found bool) {
	t.Helper()
	f := &File{}
	f.maps.Store(&data)
	err := f.Prove(*m, func(at uint64, _ []byte) { found = found || at == id })
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// FuzzProve proves and reads what no bbolt has written: it must return.
func FuzzProve(f *testing.F) {
	name := sample(f, 1)
	data, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	for n := range 40 {
		f.Add(uint16(n*97), uint64(n)*0x9e3779b97f4a7c15)
	}
	f.Fuzz(func(t *testing.T, at uint16, with uint64) {
		bad := bytes.Clone(data)
		pages := len(bad) / 4096
		from := int(at)%pages*4096 + int(with%64)*8
		binary.NativeEndian.PutUint64(bad[from:], with)
		name := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Prove(name); err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
}
