package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/pages"
)

// filled makes a store with some hosts, one of which was updated, and closes it.
func filled(t *testing.T) *Store {
	t.Helper()
	e := openBare(t, t.TempDir(), 8)
	for _, host := range []index.HostID{enginetest.Host, "ftp://other.example.org/"} {
		enginetest.Fill(t, e, host, 60)
	}
	c := beginCrawl(t, e, enginetest.Host, false)
	if err := c.Put(t.Context(), enginetest.RandomListing(rand.New(rand.NewPCG(3, 3)), "/d1", 300)); err != nil {
		t.Fatal(err)
	}
	closeBare(t, e)
	return e
}

// contents reads all keys and values of a store, in order.
func contents(s *Store) (all []byte, err error) {
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	defer Guarded(&err)()
	for _, name := range buckets() {
		err := each(v.tree(name), func(key, value []byte) error {
			all = fmt.Appendf(all, "%s %x %x\n", name, key, value)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, v.After(0, func(id block.ID, _ []byte) error {
		data, err := v.Data(id)
		all = append(all, data...)
		return err
	})
}

// reopen opens the store at a path and reads all of it.
func reopen(t *testing.T, path string) ([]byte, error) {
	t.Helper()
	s, err := Open(filepath.Dir(path), 8, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return contents(s)
}

// TestEachBitIsChecked flips bits of the file: a reader gets the same as before, or an error.
func TestEachBitIsChecked(t *testing.T) {
	t.Parallel()
	e := filled(t)
	want, err := reopen(t, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(e.Path)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(e.Path + sumsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	told := 0
	for n := range 300 {
		at := r.IntN(len(sound))
		if n%2 == 0 { // where pages begin
			at = at/pageSize*pageSize + r.IntN(256)
		}
		bad := bytes.Clone(sound)
		bad[at] ^= 1 << r.IntN(8)
		if err := errors.Join(os.WriteFile(e.Path, bad, 0o600), os.WriteFile(e.Path+sumsSuffix, sums, 0o600)); err != nil {
			t.Fatal(err)
		}
		got, err := reopen(t, e.Path)
		if err != nil {
			told++
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("byte %d: %v", at, err)
			}
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("byte %d: read something else", at)
		}
	}
	if told == 0 {
		t.Error("no flip was noticed")
	}
}

// TestSumsAreTakenAnew loses, spoils and outdates the sums.
func TestSumsAreTakenAnew(t *testing.T) {
	t.Parallel()
	e := filled(t)
	want, err := reopen(t, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(e.Path + sumsSuffix)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func() error{
		"lost":    func() error { return os.Remove(e.Path + sumsSuffix) },
		"cut off": func() error { return os.Truncate(e.Path+sumsSuffix, 30) },
		"flipped": func() error {
			bad := bytes.Clone(older)
			bad[len(bad)/2] ^= 4
			return os.WriteFile(e.Path+sumsSuffix, bad, 0o600)
		},
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if got, err := reopen(t, e.Path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
		if now, err := os.ReadFile(e.Path + sumsSuffix); err != nil || !bytes.Equal(now, older) {
			t.Errorf("%s: the sums are not there again: %v", name, err)
		}
	}
	s := openBare(t, filepath.Dir(e.Path), 8)
	enginetest.Fill(t, s, "ftp://third.example.org/", 20)
	closeBare(t, s)
	if err := os.WriteFile(e.Path+sumsSuffix, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, e.Path); err != nil {
		t.Errorf("the sums of before: %v", err)
	}
}

// TestLastTransactionLost spoils the newest meta page: bbolt would go on with the transaction
// before.
func TestLastTransactionLost(t *testing.T) {
	t.Parallel()
	e := filled(t)
	f, err := pages.Map(e.Path, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Meta()
	if err = errors.Join(err, f.Close(), spoil(e.Path, m)); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, e.Path); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

// TestNothingIsWrittenOverDamage writes to a store of which a page is damaged that nobody has
// read.
func TestNothingIsWrittenOverDamage(t *testing.T) {
	t.Parallel()
	e := filled(t)
	damageBlock(t, e.Path)
	s := openBare(t, filepath.Dir(e.Path), 8)
	change := func(h *index.Host) error { h.Settings.Rate = 7; return nil }
	if err := s.Update(t.Context(), enginetest.Host, change); !errors.Is(err, ErrDamaged) {
		t.Errorf("written: %v", err)
	}
	var problems []string
	if err := s.Check(t.Context(), func(p string) { problems = append(problems, p) }); err != nil || len(problems) == 0 {
		t.Errorf("check: %v, %q", err, problems)
	}
}

// damageBlock flips a bit of a block, which neither opening nor a change of a host reads.
func damageBlock(t *testing.T, path string) {
	t.Helper()
	s := openBare(t, filepath.Dir(path), 8)
	v, err := s.View()
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	err = v.After(0, func(_ block.ID, d []byte) error { data = bytes.Clone(d); return nil })
	v.Close()
	closeBare(t, s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := pages.Map(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Meta()
	at := int64(-1)
	err = errors.Join(err, f.Prove(m, func(id uint64, page []byte) {
		if i := bytes.Index(page, data); i >= 0 {
			at = int64(id)*pageSize + int64(i)
		}
	}), f.Close())
	if err != nil || at < 0 {
		t.Fatalf("the block is at %d: %v", at, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt([]byte{data[0] ^ 1}, at)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestRetract fails a transaction after its meta page was written: nobody sees it, views of before
// stay good, and the next transaction is durable.
func TestRetract(t *testing.T) {
	t.Parallel()
	e := filled(t)
	s := openBare(t, filepath.Dir(e.Path), 8)
	want, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	file, err := s.file.use()
	if err != nil {
		t.Fatal(err)
	}
	err = file.db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("failed"), nil) })
	file.users.Done()
	if err != nil {
		t.Fatal(err)
	}
	hide := func(from, to string) { // so that the file cannot be opened
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	hide(e.Path, e.Path+".hidden")
	if err := s.file.retract(); err == nil {
		t.Fatal("taken back in a file that is not there")
	}
	hide(e.Path+".hidden", e.Path)
	if err := s.file.retract(); err != nil {
		t.Fatal(err)
	}
	if got, err := contents(s); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the failed transaction is seen: %v", err)
	}
	enginetest.Fill(t, s, "ftp://third.example.org/", 20)
	if want, err = contents(s); err != nil {
		t.Fatal(err)
	}
	closeBare(t, s)
	if got, err := reopen(t, e.Path); err != nil || !bytes.Equal(got, want) || bytes.Contains(got, fmt.Appendf(nil, "%x", "failed")) {
		t.Errorf("reopened: %v", err)
	}
}

// TestStuck lets a panic leave bbolt while bbolt holds its lock for writers: the next transaction is
// durable, views of before stay good, and Close returns.
func TestStuck(t *testing.T) {
	t.Parallel()
	e := filled(t)
	s := openBare(t, filepath.Dir(e.Path), 8)
	file, err := s.file.use()
	if err != nil {
		t.Fatal(err)
	}
	err = func() (err error) {
		defer Guarded(&err)()
		return file.inside(func() error {
			if _, err := file.db.Begin(true); err != nil {
				return err
			}
			panic(pages.ErrDamaged)
		})
	}()
	file.users.Done()
	if !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	enginetest.Fill(t, s, "ftp://third.example.org/", 20)
	want, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	closeBare(t, s)
	if got, err := reopen(t, e.Path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("reopened: %v", err)
	}
}
