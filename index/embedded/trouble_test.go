package embedded

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/store"
	"trawl/index/indextest/needs"
	"trawl/search/query"
)

// TestFullDiskOfPostings fills the disk of the postings alone: what is put is
// found all the same, Bleve waits between its tries, and all is posted as soon as
// there is room.
func TestFullDiskOfPostings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	disk := enginetest.SmallDisk(t, filepath.Join(dir, "postings"), "200k")
	e := openTest(t, dir, Options{BlockSize: 4})
	full := func() bool { _, err := e.postings.WriteError(); return err != nil }
	hosts := 0
	for ; hosts < 50 && !full(); hosts++ {
		enginetest.Fill(t, e, index.HostID("ftp://"+strings.Repeat("x", hosts+1)+".example.org/"), 20)
		time.Sleep(250 * time.Millisecond)
	}
	_, err := e.postings.WriteError()
	if err == nil || !strings.Contains(err.Error(), "the disk is full, nothing was lost: make room") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("trouble: %v", err)
	}
	enginetest.Fill(t, e, "ftp://late.example.org/", 10)
	want := ask(t, e, "kind:file host:late").Total
	if want == 0 {
		t.Error("what was put while the disk was full is not found")
	}
	time.Sleep(time.Second)
	for worker, times := range e.postings.Failures() {
		if times > 10 {
			t.Errorf("the %s of Bleve tried %d times", worker, times)
		}
	}
	if err := needs.Mount("tmpfs", disk, "tmpfs", needs.Remount, "size=64m"); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, "it is written again", func() bool { return !full() })
	proves(t, e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, dir, Options{})
	if got := ask(t, e, "kind:file host:late").Total; got != want {
		t.Errorf("found %d, want %d", got, want)
	}
	proves(t, e)
}

// TestPostingsVanish removes their directory while they are open.
func TestPostingsVanish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{BlockSize: 4})
	enginetest.Fill(t, e, enginetest.Host, 50)
	proves(t, e)
	enginetest.Eventually(t, "they are removed", func() bool { // Bleve may write meanwhile
		return os.RemoveAll(filepath.Join(dir, "postings")) == nil
	})
	if err := enginetest.TryFill(t, e, "ftp://other.example.org/", 50); err != nil && !strings.Contains(err.Error(), "cannot be written") {
		t.Fatal(err) // the loss may be met while the crawl ends, which then says so
	}
	want := ask(t, e, "kind:file").Total
	enginetest.Eventually(t, "the postings are there again", func() bool {
		_, err := os.Stat(filepath.Join(dir, "postings", "root.bolt"))
		return !errors.Is(err, fs.ErrNotExist)
	})
	enginetest.Eventually(t, "all is well", func() bool { _, err := e.postings.WriteError(); return err == nil })
	proves(t, e)
	if got := ask(t, e, "kind:file").Total; got != want {
		t.Errorf("found %d, want %d", got, want)
	}
}

// TestDamagedBlockIsLeftOut searches the blocks that are sound.
func TestDamagedBlockIsLeftOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{BlockSize: 16, Answers: -1})
	enginetest.Fill(t, e, enginetest.Host, 100)
	want := ask(t, e, "kind:file").Total
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(dir, store.File), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		blocks := tx.Bucket([]byte("blocks"))
		id, data := blocks.Cursor().First()
		for i := range data[4:] { // each byte, until the names are spoilt
			broken := bytes.Clone(data)
			broken[4+i] ^= 0xff
			if new(block.Block).ReadNames(broken) != nil {
				return blocks.Put(bytes.Clone(id), broken)
			}
		}
		return errors.New("no damage spoils the names")
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	e = openTest(t, dir, Options{BlockSize: 16, Answers: -1})
	a := ask(t, e, "kind:file")
	if a.Exact || a.Total >= want || a.Total < want-16 {
		t.Errorf("found %d of %d, exact: %v", a.Total, want, a.Exact)
	}
	var problems []string
	if err := e.Check(t.Context(), func(p string) { problems = append(problems, p) }); err != nil {
		t.Fatal(err)
	}
	if len(problems) == 0 {
		t.Error("check is content")
	}
}

// TestTextsAreMadeAnew loses and damages the index of texts.
func TestTextsAreMadeAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, dir, old string) error{
		"lost": func(_ *testing.T, dir, _ string) error { return os.RemoveAll(dir) },
		"of before": func(_ *testing.T, dir, old string) error {
			return errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(old)))
		},
		"no form": func(_ *testing.T, dir, _ string) error { return os.Truncate(filepath.Join(dir, "index_meta.json"), 3) },
		"no segments": func(t *testing.T, dir, _ string) error {
			segments, err := filepath.Glob(filepath.Join(dir, "store", "*.zap"))
			if len(segments) == 0 {
				t.Fatal("there are no segments")
			}
			for _, s := range segments {
				err = errors.Join(err, os.Truncate(s, 3))
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, old := t.TempDir(), t.TempDir()
			e := openTest(t, dir, Options{})
			enginetest.Fill(t, e, enginetest.Host, 5)
			put := func(p index.Path, body string) {
				if err := e.PutText(t.Context(), index.Text{Host: enginetest.Host, Path: p, Body: body, Taken: time.Unix(1, 0)}); err != nil {
					t.Fatal(err)
				}
			}
			put("/d1/README", "herring and mackerel")
			if err := errors.Join(e.Close(), os.CopyFS(old, os.DirFS(filepath.Join(dir, "texts")))); err != nil {
				t.Fatal(err)
			}
			e = openTest(t, dir, Options{})
			put("/d2/README", "herring and sole")
			proves(t, e)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if err := damage(t, filepath.Join(dir, "texts"), old); err != nil {
				t.Fatal(err)
			}
			e = openTest(t, dir, Options{})
			proves(t, e)
			v, err := e.store.View()
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			for words, want := range map[string]int{"herring": 2, "mackerel": 1, "sole": 1} {
				if hits, _, err := e.texts.Find(words, v); err != nil || len(hits) != want {
					t.Errorf("%s: found %d, want %d, %v", words, len(hits), want, err)
				}
			}
		})
	}
}

// TestManyTexts asks for words that more texts hold than are looked at: the answer says
// "at least", and has the lines of those that it shows.
func TestManyTexts(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{})
	e.texts.Most = 4
	enginetest.Remember(t, e, enginetest.Host)
	c := enginetest.Begin(t, e, enginetest.Host, true)
	for i := range 5 {
		dir := index.Path("/d" + strconv.Itoa(i))
		readme := index.Entry{Name: "README", Size: int64(i)}
		err := c.Put(t.Context(), index.Listing{Dir: dir, Entries: []index.Entry{readme}, Taken: time.Unix(1, 0)})
		body := strings.Repeat("herring ", i+1) + "\nmackerel " + strconv.Itoa(i%4)
		err = errors.Join(err, e.PutText(t.Context(), index.Text{Host: enginetest.Host, Path: dir.Join("README"), Body: body, Taken: time.Unix(1, 0)}))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"text:herring": 4, `text:"mackerel 0"`: 2, `text:"mackerel 3"`: 1, "text:sole": 0} {
		tree, err := query.Parse(text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		a, err := e.Search(t.Context(), index.Query{Tree: tree, Budget: -1})
		if err != nil {
			t.Fatal(err)
		}
		places := 0
		for _, r := range a.Results {
			if places += r.Count; r.Text == nil || r.Text.Host != enginetest.Host || len(r.Text.Marks) == 0 {
				t.Errorf("%s: the text of %s: %+v", text, r.Name, r.Text)
			}
		}
		if places != want || a.Exact == (text == "text:herring") {
			t.Errorf("%s: found %d, want %d, exact %t", text, places, want, a.Exact)
		}
	}
}

// TestTruthIsMissing loses the store, but not what follows it: that is no new catalogue.
func TestTruthIsMissing(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(file string) error{
		"removed": os.Remove,
		"emptied": func(file string) error { return os.Truncate(file, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := openTest(t, dir, Options{})
			enginetest.Fill(t, e, enginetest.Host, 5)
			if err := errors.Join(e.Close(), lose(filepath.Join(dir, store.File))); err != nil {
				t.Fatal(err)
			}
			if exists, err := Exists(dir); !exists || err != nil {
				t.Errorf("exists: %t, %v", exists, err)
			}
			_, err := Open(dir, Options{})
			if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
}
