package embedded

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/store"
)

// spoilFirst changes a byte in the middle of the first value of a bucket of a closed catalogue.
func spoilFirst(t *testing.T, dir, bucket string) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, store.File), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		key, data := b.Cursor().First()
		broken := bytes.Clone(data)
		broken[len(broken)/2] ^= 0xff
		return b.Put(bytes.Clone(key), broken)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestUnreadBlocksAreAsked spoils a block before the postings see it: answers say that they lack
// something, in this process and the next, and after a rebuild.
func TestUnreadBlocksAreAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := filled(t, dir)
	spoilFirst(t, dir, "blocks")
	if err := os.RemoveAll(filepath.Join(dir, "postings")); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		log := &logged{}
		e := openTest(t, dir, Options{BlockSize: 8, Log: log.log()})
		if i == 2 {
			if err := e.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.postings.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := ask(t, e, "kind:file"); a.Exact || a.Total > want["kind:file"] {
			t.Errorf("%d: found %d of %d, exact: %t", i, a.Total, want["kind:file"], a.Exact)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		for _, line := range log.warnings() {
			if i > 0 && strings.Contains(line, "made anew") {
				t.Errorf("logged: %s", line)
			}
		}
	}
}

// TestUnreadTextsAreAsked spoils a text before the index sees it: so does it for words.
func TestUnreadTextsAreAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filled(t, dir)
	spoilFirst(t, dir, "texts")
	if err := os.RemoveAll(filepath.Join(dir, "texts")); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		e := openTest(t, dir, Options{})
		if i == 2 {
			if err := e.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.texts.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, whole := textsOf(t, e, "herring"); n != readWords["herring"]-1 || whole {
			t.Errorf("%d: found %d, whole: %t", i, n, whole)
		}
		if i == 2 {
			putTexts(t, e)
			if n, whole := textsOf(t, e, "herring"); n != readWords["herring"] || !whole {
				t.Errorf("put again: found %d, whole: %t", n, whole)
			}
			proves(t, e)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
