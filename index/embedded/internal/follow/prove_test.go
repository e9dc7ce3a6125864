package follow

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestNumber reads the numbers of states and segments as Bleve writes them.
func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key  string
		want uint64
		ok   bool
	}{
		{"\x88", 0, true},
		{"\x89", 1, true},
		{"\xf5", 109, true},
		{"\xf6\x6e", 110, true},
		{"\xf6\xff", 255, true},
		{"\xf7\x01\x00", 256, true},
		{"\xfd\x80\x00\x00\x00\x00\x00\x00\x01", 1<<63 + 1, true},
		{"", 0, false},
		{"\x87", 0, false},
		{"m", 0, false},
		{"\xf6", 0, false},
		{"\xf6\x6d", 0, false},
		{"\xf6\x00", 0, false},
		{"\xf7\x00\xff", 0, false},
		{"\x89\x89", 0, false},
		{"\xfe\x01\x02\x03\x04\x05\x06\x07\x08\x09", 0, false},
	} {
		if n, ok := number([]byte(c.key)); ok != c.ok || ok && n != c.want {
			t.Errorf("%x: %d, %t", c.key, n, ok)
		}
	}
}

// TestProveNothing proves directories that hold no index, or less than one.
func TestProveNothing(t *testing.T) {
	t.Parallel()
	none, empty, orphans, states, cut := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	if err := errors.Join(
		os.Remove(none),
		os.WriteFile(filepath.Join(orphans, "000000000001.zap"), nil, 0o600),
		os.WriteFile(filepath.Join(cut, rootFile), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(states, rootFile), 0o600, nil)
	if err == nil {
		err = db.Update(func(tx *bolt.Tx) error {
			_, err := tx.CreateBucket([]byte("s"))
			return err
		})
	}
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	for dir, sound := range map[string]bool{none: true, empty: true, states: true, orphans: false, cut: false} {
		if internal, err := Prove(dir, "trawl", 1); len(internal) > 0 || (err == nil) != sound {
			t.Errorf("%s: %q, %v", dir, internal, err)
		}
	}
}
