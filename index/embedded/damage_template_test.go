package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/enginetest/spoil"
)

// The hosts of the catalogue that is damaged: three mirrors, one whose names repeat less, and one
// whose crawl is open. Another one was removed.
const (
	mirrorHosts = 3
	uniqueHost  = index.HostID("ftp://unique.example.org/")
	openHost    = index.HostID("sftp://open.example.net:2222/")
	goneHost    = index.HostID("ftp://gone.example.org/")
)

func mirrorHost(i int) index.HostID {
	return index.HostID(fmt.Sprintf("ftp://mirror%d.example.org/", i))
}

// damagedOptions are those of the catalogue that is damaged. Nothing is merged, so that there are
// several segments and volumes.
func damagedOptions() Options {
	now := make(chan struct{})
	close(now)
	return Options{BlockSize: 8, Repeats: 1, Answers: -1, SkipMerging: now}
}

// damageTemplate makes the catalogue that is damaged, with everything that a file can hold.
func damageTemplate(t *testing.T, dir string) spoil.Template {
	t.Helper()
	out := spoil.Template{Now: filepath.Join(dir, "now"), Before: filepath.Join(dir, "before")}
	for i, session := range []func(*testing.T, *Engine){putMirrors, putUnique, changeMirror, leaveOpen} {
		if i == 3 {
			if err := os.CopyFS(out.Before, os.DirFS(out.Now)); err != nil {
				t.Fatal(err)
			}
		}
		e := openTest(t, out.Now, damagedOptions())
		session(t, e)
		proves(t, e)
		putText(t, e, mirrorHost(0), "/pub/d00/README", fmt.Sprintf("turbot is in the session %d\n", i))
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, store := range []string{"postings", "texts/store"} {
		removeUnused(t, filepath.Join(out.Now, store))
	}
	return out
}

// removeUnused removes what an index of Bleve has to remove itself, later: all states in root.bolt
// but the newest, and the segments that this one does not name. Nobody would notice damage in them.
func removeUnused(t *testing.T, dir string) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, "root.bolt"), 0o600, nil)
	must(t, err)
	named := map[string]bool{}
	must(t, db.Update(func(tx *bolt.Tx) error {
		states := tx.Bucket([]byte("s"))
		newest, _ := states.Cursor().Last()
		newest = bytes.Clone(newest)
		for old, _ := states.Cursor().First(); !bytes.Equal(old, newest); old, _ = states.Cursor().First() {
			if err := states.DeleteBucket(old); err != nil {
				return err
			}
		}
		state := states.Bucket(newest)
		return state.ForEachBucket(func(segment []byte) error {
			named[string(state.Bucket(segment).Get([]byte("p")))] = true
			return nil
		})
	}), db.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	must(t, err)
	for _, f := range files {
		if !named[filepath.Base(f)] {
			must(t, os.Remove(f))
		}
	}
}

// mirrorDirs is how many directories a mirror has.
const mirrorDirs = 16

func mirrorDir(i int) index.Path { return index.Path(fmt.Sprintf("/pub/d%02d", i)) }

// mirrorListing is a directory of a mirror. Of another version some entries differ.
func mirrorListing(i, version int) index.Listing {
	l := index.Listing{Dir: mirrorDir(i), Taken: time.Unix(1_500_000_000+int64(i), 0), Way: "MLSD"}
	for k := range 20 {
		e := index.Entry{Name: fmt.Sprintf("linux-%d.%d.tar.gz", i, k), Size: int64(i*1000*k + 7), Unix: 1e9 + int64(i*k)*86400*20, Precision: index.Second}
		switch {
		case version > 0 && k%7 == version:
			e.Name = fmt.Sprintf("linux-%d.%d-v%d.iso", i, k, version)
		case k == 10:
			e = index.Entry{Name: "README", Size: int64(100 * i), Precision: index.Day, Unix: 86400 * 365 * int64(32+i)}
		case k == 11:
			e = index.Entry{Name: "über.TXT", Raw: "\xfcber.TXT", Size: index.UnknownSize}
		case k == 12:
			e = index.Entry{Name: "latest", Kind: index.Link, Target: "linux-1.1.tar.gz", Size: index.UnknownSize}
		case k == 13:
			e = index.Entry{Name: "INDEX", Size: 77, Unix: 1e9, Precision: index.Minute}
		}
		l.Entries = append(l.Entries, e)
	}
	return l
}

// must ends the test with the first of some errors.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// putText puts a text of a mirror.
func putText(t *testing.T, e *Engine, host index.HostID, p index.Path, body string) {
	t.Helper()
	must(t, e.PutText(t.Context(), index.Text{Host: host, Path: p, Size: int64(len(body)), Body: body, Time: time.Unix(1e9, 0), Taken: time.Unix(1_600_000_000, 0)}))
}

func putMirrors(t *testing.T, e *Engine) {
	root := index.Listing{Dir: "/pub", Taken: time.Unix(1_500_000_000, 0), Way: "LIST"}
	for i := range mirrorDirs {
		root.Entries = append(root.Entries, index.Entry{Name: mirrorDir(i).Base(), Kind: index.Dir, Size: index.UnknownSize})
	}
	for m := range mirrorHosts {
		enginetest.Remember(t, e, mirrorHost(m))
		c := enginetest.Begin(t, e, mirrorHost(m), true)
		must(t, c.Put(t.Context(), root))
		for i := range mirrorDirs {
			must(t, c.Put(t.Context(), mirrorListing(i, 0)))
		}
		must(t, c.Finish(t.Context(), true))
		putText(t, e, mirrorHost(m), "/pub/d01/INDEX", "linux-1.1.tar.gz  the herring of kernels\nlinux-1.2.tar.gz  the mackerel\n")
		putText(t, e, mirrorHost(m), "/pub/d02/README", fmt.Sprintf("herring and sole are in the mirror %d\n", m))
	}
}

func putUnique(t *testing.T, e *Engine) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, host := range []index.HostID{uniqueHost, goneHost} {
		enginetest.Remember(t, e, host)
		c := enginetest.Begin(t, e, host, true)
		for i := range uniqueDirs {
			dir := index.Path(fmt.Sprintf("/srv/%c/%d", 'a'+i%5, i))
			must(t, c.Put(t.Context(), enginetest.RandomListing(r, dir, 50)))
			must(t, c.Put(t.Context(), enginetest.RandomState(r, enginetest.RandomListing(r, dir, 50))))
		}
		denied := index.Listing{Dir: "/srv/denied", State: index.Denied, Why: "550 no", Taken: time.Unix(1e9, 0)}
		must(t, c.Put(t.Context(), denied), c.Finish(t.Context(), true))
	}
	must(t, e.Remove(t.Context(), goneHost))
}

// changeMirror changes some directories of a mirror, which leaves masks and patches.
func changeMirror(t *testing.T, e *Engine) {
	c := enginetest.Begin(t, e, mirrorHost(1), true)
	for i := range 10 {
		must(t, c.Put(t.Context(), mirrorListing((3*i)%mirrorDirs, 1)))
	}
	must(t, c.Finish(t.Context(), false))
	putText(t, e, mirrorHost(1), "/pub/d03/INDEX", "linux-3.1-v1.iso  the image with herring and plaice\n")
}

// leaveOpen changes what there is once more, and leaves a crawl open.
func leaveOpen(t *testing.T, e *Engine) {
	c := enginetest.Begin(t, e, mirrorHost(2), true)
	for i := range 6 {
		must(t, c.Put(t.Context(), mirrorListing((5*i)%mirrorDirs, 2)))
	}
	must(t, c.Finish(t.Context(), false))
	must(t, e.Update(t.Context(), mirrorHost(0), func(h *index.Host) error {
		h.Health.DownSince, h.Settings.Connections = time.Unix(1_700_000_000, 0), 2
		return nil
	}))
	putText(t, e, mirrorHost(2), "/pub/d02/README", "cod is in the mirror 2\n")
	putText(t, e, mirrorHost(2), "/pub/d04/README", "herring, too\n")
	enginetest.Remember(t, e, openHost)
	c = enginetest.Begin(t, e, openHost, true)
	for i := range openDirs {
		l := mirrorListing(i, 3)
		must(t, c.Put(t.Context(), l))
	}
	must(t, c.Close())
}

// uniqueDirs is how many directories the host has whose names repeat less.
const uniqueDirs = 15

// openDirs is how many directories the open crawl has put.
const openDirs = 4
