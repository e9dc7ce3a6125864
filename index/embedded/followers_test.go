package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/search/query"
)

// logged collects the lines of a log.
type logged struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

// warnings returns the warnings and errors so far.
func (l *logged) warnings() (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.lines.String()) {
		if !strings.Contains(line, "level=INFO") {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logged) log() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// readWords are the words of the texts that putTexts puts: how many hold each.
var readWords = map[string]int{"herring": 6, "mackerel": 3, "sole": 1}

// putTexts puts the texts.
func putTexts(t *testing.T, e *Engine) {
	t.Helper()
	for i := range 6 {
		body := "herring"
		if i%2 == 0 {
			body += " and mackerel"
		}
		if i == 3 {
			body += " and sole"
		}
		text := index.Text{Host: enginetest.Host, Path: index.Path(fmt.Sprintf("/d%d/README", i)), Body: body, Taken: time.Unix(1, 0)}
		if err := e.PutText(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

// counts returns how many files and texts a catalogue finds. Words of which it does not know all
// texts count as -1.
func counts(t *testing.T, e *Engine) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, text := range []string{"kind:file", "ext:gz", "kind:dir d3", "abc"} {
		found[text] = ask(t, e, text).Total
	}
	v, err := e.store.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for word := range readWords {
		hits, whole, err := e.texts.Find(word, v)
		if err != nil {
			t.Fatal(err)
		}
		if found[word] = len(hits); !whole {
			found[word] = -1
		}
	}
	return found
}

// filled makes a catalogue with files and texts, and returns what it finds.
func filled(t *testing.T, dir string) map[string]int {
	t.Helper()
	e := openTest(t, dir, Options{BlockSize: 8})
	for i := range 3 {
		enginetest.Fill(t, e, enginetest.Host, 10+10*i)
		if err := e.postings.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	putTexts(t, e)
	want := counts(t, e)
	for word, n := range readWords {
		if want[word] != n {
			t.Fatalf("%s: found %d, want %d", word, want[word], n)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return want
}

// TestSoundFollowersOpenAsTheyAre opens what was closed: nothing is made anew.
func TestSoundFollowersOpenAsTheyAre(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &logged{}
	for range 3 {
		e := openTest(t, dir, Options{Log: log.log()})
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	filled(t, dir)
	for i := range 3 {
		e := openTest(t, dir, Options{Log: log.log()})
		enginetest.Fill(t, e, enginetest.Host, 20+i)
		putTexts(t, e)
		proves(t, e)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if lines := log.warnings(); len(lines) > 0 {
		t.Errorf("logged: %s", lines)
	}
}

// TestDamagedFollowers flips bits, cuts off and removes the files of closed followers: answers
// are right, and the check is content.
func TestDamagedFollowers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := filled(t, dir)
	var files []string
	for _, pattern := range []string{"postings/*", "texts/*.json", "texts/store/*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %q, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 240 {
		file := files[i%len(files)]
		t.Run(fmt.Sprintf("%d %s", i, strings.TrimPrefix(file, dir)), func(t *testing.T) {
			seed := r.Uint64()
			t.Parallel()
			broken := t.TempDir()
			if err := os.CopyFS(broken, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			what := damage(t, rand.New(rand.NewPCG(seed, 1)), filepath.Join(broken, strings.TrimPrefix(file, dir)))
			log := &logged{}
			e := openTest(t, broken, Options{BlockSize: 8, Log: log.log()})
			if got := counts(t, e); !equal(got, want) {
				t.Errorf("%s: found %v, want %v; logged: %s", what, got, want, log.warnings())
			}
			proves(t, e)
			if lines := log.warnings(); len(lines) > 1 {
				t.Errorf("%s: logged: %s", what, lines)
			}
		})
	}
}

func equal(a, b map[string]int) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// damage damages a file in one of several ways and says how.
func damage(t *testing.T, r *rand.Rand, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	switch r.IntN(8) {
	case 0:
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		return "removed"
	case 1:
		size := r.IntN(len(data))
		if err := os.Truncate(file, int64(size)); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("cut off at %d", size)
	}
	at := r.IntN(len(data))
	for data[at] == 0 && r.IntN(20) > 0 { // most bytes of root.bolt are nothing
		at = r.IntN(len(data))
	}
	data[at] ^= 1 << r.IntN(8)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("a bit flipped at %d", at)
}

// TestLostSegments removes what a power cut may forget: the names of segments. Bleve takes such
// an index for an empty one, and writes new segments over those that are left.
func TestLostSegments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := filled(t, dir)
	for _, pattern := range []string{"postings/*.zap", "texts/store/*.zap"} {
		segments, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(segments) == 0 {
			t.Fatalf("%s: %q, %v", pattern, segments, err)
		}
		for i := range segments {
			t.Run(filepath.Base(pattern)+strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				dir, broken, log := dir, t.TempDir(), &logged{}
				lost := filepath.Join(broken, strings.TrimPrefix(segments[i], dir))
				if err := errors.Join(os.CopyFS(broken, os.DirFS(dir)), os.Remove(lost)); err != nil {
					t.Fatal(err)
				}
				e := openTest(t, broken, Options{Log: log.log()})
				if got := counts(t, e); !equal(got, want) {
					t.Errorf("found %v, want %v", got, want)
				}
				proves(t, e)
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				made := 1
				if strings.HasPrefix(pattern, "texts") {
					made = min(1, len(log.warnings())) // some segments are old, and wait for their removal
				}
				if lines := log.warnings(); len(lines) != made || made == 1 && !strings.Contains(lines[0], "made anew") {
					t.Errorf("logged: %s", lines)
				}
				e = openTest(t, broken, Options{Log: log.log()})
				if got := counts(t, e); !equal(got, want) || len(log.warnings()) > 1 {
					t.Errorf("opened again: found %v, want %v; logged: %s", got, want, log.warnings())
				}
			})
		}
	}
}

// TestFaultsOnPages cuts off the segments of open followers: pages that were mapped are not
// there, as when the disk fails to give them. Answers are right, and the followers are made
// anew by themselves.
func TestFaultsOnPages(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"postings/*.zap", "texts/store/*.zap", "postings/root.bolt", "texts/store/root.bolt"} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			dir, log := t.TempDir(), &logged{}
			want := filled(t, dir)
			e := openTest(t, dir, Options{BlockSize: 8, Log: log.log()})
			if got := counts(t, e); !equal(got, want) {
				t.Fatalf("found %v, want %v", got, want)
			}
			atRest(t, filepath.Join(dir, filepath.Dir(pattern)))
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("%s: %q, %v", pattern, files, err)
			}
			for _, f := range files {
				if err := os.Truncate(f, 0); err != nil && !errors.Is(err, fs.ErrNotExist) { // old ones may be removed meanwhile
					t.Fatal(err)
				}
			}
			if got := counts(t, e); !equal(got, want) {
				t.Errorf("found %v, want %v; logged: %s", got, want, log.warnings())
			}
			enginetest.Fill(t, e, "ftp://other.example.org/", 5)
			putTexts(t, e)
			enginetest.Eventually(t, "the check is content", func() bool {
				content := true
				err := e.Check(t.Context(), func(string) { content = false })
				return err == nil && content
			})
			for word, n := range readWords {
				if got := counts(t, e)[word]; got != n {
					t.Errorf("%s: found %d, want %d", word, got, n)
				}
			}
			// Bleve seldom reads root.bolt before it writes it anew.
			if lines := log.warnings(); len(lines) == 0 && filepath.Ext(pattern) == ".zap" {
				t.Error("nothing is logged")
			}
		})
	}
}

// atRest waits until Bleve no longer writes, merges or removes the files of a folder.
func atRest(t *testing.T, dir string) {
	t.Helper()
	files := func() (stamp string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				stamp += fmt.Sprintln(e.Name(), info.Size(), info.ModTime())
			}
		}
		return stamp
	}
	before := ""
	enginetest.Eventually(t, "files at rest", func() bool {
		now := files()
		rests := now == before
		before = now
		time.Sleep(300 * time.Millisecond)
		return rests
	})
}

// TestCheckReadsSegments damages segments of open followers where no search looks.
func TestCheckReadsSegments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filled(t, dir)
	e := openTest(t, dir, Options{})
	for name, pattern := range map[string]string{"the postings": "postings/*.zap", "the index of texts": "texts/store/*.zap"} {
		enginetest.Eventually(t, "a problem of "+name, func() bool { // Bleve may put a segment in the place of others meanwhile
			segments, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(segments) == 0 {
				t.Fatalf("%s: %q, %v", pattern, segments, err)
			}
			for _, s := range segments { // some may be old and out of use
				spoilChecksum(t, s)
			}
			found := false
			if err := e.Check(t.Context(), func(p string) { found = found || strings.HasPrefix(p, name) }); err != nil {
				t.Fatal(err)
			}
			return found
		})
	}
}

// spoilChecksum changes the last byte of a file, unless it is one that is only being written.
func spoilChecksum(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		_, err = f.ReadAt(last, info.Size()-1)
		last[0]++ // again and again it does not become what it was
		_, failed := f.WriteAt(last, info.Size()-1)
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestTextsOnAFullDisk puts READMEs until the disk is full, and more. zapx panicked: a segment
// that could not be written was closed, and searched all the same. What was put is found,
// while the disk is full and after.
func TestTextsOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, room := range []int{100, 200, 300} {
		t.Run(fmt.Sprintf("%d KiB", room), func(t *testing.T) {
			t.Parallel()
			disk := enginetest.SmallDisk(t, filepath.Join(t.TempDir(), "data"), "4m")
			e := openTest(t, disk, Options{})
			enginetest.Fill(t, e, enginetest.Host, 5)
			ballast := filepath.Join(disk, "ballast")
			fill(t, ballast, room<<10)
			put := putReadmes(t, e, 60)
			if len(put) == 60 || len(put) == 0 {
				t.Fatalf("%d texts were put", len(put))
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			enginetest.Eventually(t, "all is well", func() bool {
				return e.texts.CatchUp(t.Context()) == nil && e.postings.CatchUp(t.Context()) == nil
			})
			for _, word := range put {
				if n, whole := textsOf(t, e, word); n != 1 || !whole {
					t.Errorf("%s: found %d, whole: %t", word, n, whole)
				}
			}
			proves(t, e)
		})
	}
}

// putReadmes puts n READMEs of 27 kB each and returns the word that only it has of each that is
// durable. It asks for all of them after each.
func putReadmes(t *testing.T, e *Engine, n int) (words []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 100))
	for i := range n {
		var body strings.Builder
		for body.Len() < 27<<10 {
			fmt.Fprintf(&body, "w%x ", r.IntN(100_000))
		}
		word := fmt.Sprintf("unique%d", i)
		path := index.Path(fmt.Sprintf("/d%d/README", i))
		err := e.PutText(t.Context(), index.Text{Host: enginetest.Host, Path: path, Body: body.String() + word, Taken: time.Unix(1, 0)})
		if err == nil {
			words = append(words, word)
		}
		for _, word := range words {
			if n, whole := textsOf(t, e, word); n != 1 && whole {
				t.Fatalf("%s is not found after %d texts", word, i)
			}
		}
	}
	return words
}

// fill makes a file that leaves only so much room on its disk.
func fill(t *testing.T, file string, leave int) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for piece := make([]byte, 4096); err == nil; {
		var n int
		n, err = f.Write(piece)
		size += int64(n)
	}
	if err := errors.Join(f.Truncate(max(0, size-int64(leave))), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// textsOf returns how many texts hold a word, and whether it knows all.
func textsOf(t *testing.T, e *Engine, word string) (n int, whole bool) {
	t.Helper()
	v, err := e.store.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	hits, whole, err := e.texts.Find(word, v)
	if err != nil {
		t.Fatal(err)
	}
	return len(hits), whole
}

// TestCataloguesOpenOnAFullDisk damages the followers of a catalogue whose disk is full.
func TestCataloguesOpenOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := enginetest.SmallDisk(t, filepath.Join(t.TempDir(), "data"), "8m")
	want := filled(t, disk)
	for _, file := range []string{"postings/root.bolt", "texts/index_meta.json"} {
		if err := os.Truncate(filepath.Join(disk, file), 1); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast, 0)
	log := &logged{}
	e := openTest(t, disk, Options{Log: log.log()})
	for word, n := range counts(t, e) {
		if n != want[word] && n != -1 {
			t.Errorf("%s: found %d, want %d", word, n, want[word])
		}
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	enginetest.Eventually(t, "all is well", func() bool {
		_, err := e.postings.WriteError()
		return err == nil && e.postings.CatchUp(t.Context()) == nil && e.texts.CatchUp(t.Context()) == nil
	})
	if got := counts(t, e); !equal(got, want) {
		t.Errorf("found %v, want %v; logged: %s", got, want, log.warnings())
	}
	proves(t, e)
}

// TestNewsAreRead asks for words while the index of texts is held up: the answer is exact.
func TestNewsAreRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filled(t, dir)
	e := openTest(t, dir, Options{})
	defer e.texts.Hold()()
	put := func(path index.Path, body string) {
		t.Helper()
		text := index.Text{Host: enginetest.Host, Path: path, Body: body, Taken: time.Unix(1, 0)}
		if err := e.store.Texts.Put(t.Context(), text); err != nil { // without the index
			t.Fatal(err)
		}
	}
	put("/d9/README", "sole and plaice")
	put("/d0/README", "nothing of the kind")
	for word, want := range map[string]int{"herring": 5, "mackerel": 2, "sole": 2, "plaice": 1} {
		if n, whole := textsOf(t, e, word); n != want || !whole {
			t.Errorf("%s: found %d, want %d, whole: %t", word, n, want, whole)
		}
	}
	for i := range 300 {
		put(index.Path(fmt.Sprintf("/e%d/README", i)), "plaice")
	}
	if n, whole := textsOf(t, e, "plaice"); whole {
		t.Errorf("found %d and says that these are all", n)
	}
	tree, err := query.Parse("text:plaice", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if a, err := e.Search(t.Context(), index.Query{Tree: tree}); err != nil || a.Exact {
		t.Errorf("exact: %t, %v", a.Exact, err)
	}
}
