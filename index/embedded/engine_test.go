package embedded

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/indextest"
	"trawl/index/match"
)

// copyLive copies a directory in which files come and go.
func copyLive(t *testing.T, dir string) string {
	t.Helper()
	for {
		left := t.TempDir()
		err := os.CopyFS(left, os.DirFS(dir))
		if err == nil {
			return left
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// TestEngine has blocks so small that a few entries fill several.
func TestEngine(t *testing.T) {
	size := 4 + rand.IntN(13)
	t.Logf("blocks of %d", size)
	indextest.Run(t, func(t *testing.T) index.Catalogue {
		return openTest(t, t.TempDir(), Options{BlockSize: size})
	})
}

// TestEngineIsDurable takes the files as they are for what a SIGKILL leaves: the
// postings may have been about to be written.
func TestEngineIsDurable(t *testing.T) {
	dirs := map[index.Catalogue]string{}
	indextest.RunDurable(t, indextest.Durable{
		Open: func(t *testing.T, dir string) index.Catalogue {
			e := openTest(t, dir, Options{BlockSize: 4})
			dirs[e] = dir
			return e
		},
		Close: func(t *testing.T, c index.Catalogue) {
			if err := c.(*Engine).Close(); err != nil {
				t.Fatal(err)
			}
		},
		Kill: func(t *testing.T, c index.Catalogue) {
			left := copyLive(t, dirs[c])
			_ = c.(*Engine).Close()
			if err := os.RemoveAll(dirs[c]); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(left, dirs[c]); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestPostingsAreMadeAnew(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, dir string){
		"missing": func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		},
		"no root": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "root.bolt"), []byte("no"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"no segments": func(t *testing.T, dir string) {
			segments, err := filepath.Glob(filepath.Join(dir, "*.zap"))
			if err != nil || len(segments) == 0 {
				t.Fatal("there are no segments")
			}
			for _, s := range segments {
				if err := os.Truncate(s, 3); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := openTest(t, dir, Options{BlockSize: 4})
			enginetest.Fill(t, e, enginetest.Host, 50)
			proves(t, e)
			want := ask(t, e, "kind:file").Total
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(dir, "postings"))
			e = openTest(t, dir, Options{})
			if got := ask(t, e, "kind:file").Total; got != want {
				t.Errorf("found %d, want %d", got, want)
			}
			proves(t, e)
		})
	}
}

// TestRebuild holds answers while postings are made anew against those before,
// and that removed hosts leave no postings.
func TestRebuild(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	enginetest.Fill(t, e, enginetest.Host, 200)
	other := index.HostID("ftp://other.example.org/")
	enginetest.Fill(t, e, other, 50)
	want := ask(t, e, "kind:file").Total
	rebuilt := make(chan error)
	go func() { rebuilt <- e.Rebuild(t.Context()) }()
	for done := false; !done; {
		select {
		case err := <-rebuilt:
			if err != nil {
				t.Fatal(err)
			}
			done = true
		case <-time.After(time.Millisecond):
		}
		if got := ask(t, e, "kind:file").Total; got != want {
			t.Fatalf("found %d, want %d", got, want)
		}
	}
	proves(t, e)
	if err := e.Remove(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	proves(t, e)
	posted, err := e.postings.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer posted.Close()
	no, err := posted.Blocks(match.Host{Ordinals: []int{0}}, []block.HostNo{2})
	if err != nil || len(no) > 0 {
		t.Errorf("postings of %d blocks of the removed host, %v", len(no), err)
	}
}

// proves fails the test with all that Check reports, which posts everything
// first.
func proves(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Check(t.Context(), func(problem string) { t.Error(problem) }); err != nil {
		t.Fatal(err)
	}
}
