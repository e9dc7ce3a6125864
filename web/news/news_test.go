package news_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/search/query"
	"trawl/web/news"
)

const host = index.HostID("ftp://h.example/")

// book returns the Book of a folder.
func book(t *testing.T, dir string, log *strings.Builder) *news.Book {
	t.Helper()
	b := news.At(dir, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// came returns arrivals of some paths; those that begin with "~" are changed.
func came(id index.HostID, begun time.Time, paths ...string) index.Arrivals {
	out := index.Arrivals{Host: id, Begun: begun}
	for _, p := range paths {
		p, changed := strings.CutPrefix(p, "~")
		out.Entries = append(out.Entries, index.Arrival{
			Path: index.Path(p), Shown: p, Changed: changed, Entry: index.Entry{Name: index.Path(p).Base(), Size: 7, Unix: 1e9, Precision: index.Minute},
		})
	}
	return out
}

// since returns the items of a host, a word each.
func since(t *testing.T, b *news.Book, id index.HostID, limit int) (out []string) {
	t.Helper()
	items, err := b.Since(t.Context(), time.Time{}, id, limit)
	if err != nil {
		t.Fatal(err)
	}
	return words(items)
}

func words(items []news.Item) (out []string) {
	for i := range items {
		if s := items[i].What.String(); items[i].Path != "" {
			out = append(out, s+" "+items[i].Shown)
		} else {
			out = append(out, fmt.Sprintf("%s %d", s, items[i].Count))
		}
	}
	return out
}

// TestAgain opens a Book again, with names of all kinds in it.
func TestAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "news")
	var log strings.Builder
	begun := time.Now()
	b := book(t, dir, &log)
	b.Add(index.Arrivals{Host: host, Whole: &index.Tally{Files: 12}})
	raw := came(host, begun, "/a b", "/line\nbreak", "~/100%", "/\x01\"<&>'\u202e\ufffe")
	raw.Entries = append(raw.Entries, index.Arrival{
		Path: "/caf\xe9", Shown: "/café", Entry: index.Entry{Name: "café", Raw: "caf\xe9", Size: index.UnknownSize, Kind: index.Link},
	})
	b.Add(raw)
	b.Add(came("ftp://other/", begun, "/other"))
	want := []string{"new /café", "new /\x01\"<&>'\u202e\ufffe", "changed /100%", "new /line\nbreak", "new /a b", "host 12"}
	if got := since(t, b, host, 0); !slices.Equal(got, want) {
		t.Errorf("before: %q", got)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := book(t, dir, &log)
	again.Add(came(host, begun, "/last"))
	if got := since(t, again, host, 0); !slices.Equal(got, append([]string{"new /last"}, want...)) {
		t.Errorf("after: %q", got)
	}
	if got := since(t, again, "", 2); !slices.Equal(got, []string{"new /last", "new /other"}) {
		t.Errorf("of all: %q", got)
	}
	items, _ := again.Since(t.Context(), time.Time{}, host, 0)
	if got := items[1].Entry; got != raw.Entries[4].Entry || items[1].Path != "/caf\xe9" {
		t.Errorf("the entry is %+v", got)
	}
	if got, _ := again.Since(t.Context(), time.Now().Add(time.Hour), "", 0); got != nil {
		t.Errorf("in an hour: %q", words(got))
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// TestPages reads a Book in pages while it grows: nothing comes twice, and nothing is missing.
func TestPages(t *testing.T) {
	var log strings.Builder
	b := book(t, t.TempDir(), &log)
	add := func(from, to int) {
		var paths []string
		for i := from; i < to; i++ {
			paths = append(paths, fmt.Sprintf("/%05d%s", i, strings.Repeat("x", 400)))
		}
		b.Add(came(host, time.Time{}, paths...))
	}
	add(0, 9000)
	newest, _, err := b.Read(t.Context(), news.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var f news.Filter
	for f.Limit = 1000; ; {
		items, more, err := b.Read(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			seen[items[i].Key()] = true
		}
		f.Before = items[len(items)-1].Position
		if !more {
			break
		}
		add(9000, 9010)
	}
	if len(seen) != 9000 {
		t.Errorf("%d items", len(seen))
	}
	after, more, err := b.Read(t.Context(), news.Filter{After: newest[0].Position})
	if len(after) != 80 || more || err != nil {
		t.Errorf("after: %d items, %v, %v", len(after), more, err)
	}
	if got := since(t, b, "ftp://nobody/", 0); got != nil {
		t.Errorf("of nobody: %q", got)
	}
}

// TestCrawl holds a crawl that brings very many files to so many lines, also when it goes on after a restart.
func TestCrawl(t *testing.T) {
	dir := t.TempDir()
	var log strings.Builder
	begun := time.Now()
	step := func(b *news.Book, n int) {
		var paths []string
		for i := range 3000 {
			paths = append(paths, fmt.Sprintf("/%d/%d", n, i))
		}
		one := came(host, begun, paths...)
		one.More = 100_000
		b.Add(one)
	}
	b := book(t, dir, &log)
	step(b, 0)
	step(b, 1)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = book(t, dir, &log)
	for n := range 18 {
		step(b, 2+n)
		b.Add(index.Arrivals{Host: "ftp://other/", Whole: &index.Tally{Files: 1}})
	}
	items, err := b.Since(t.Context(), time.Time{}, host, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kept, others int64
	mores := 0
	for i := range items {
		if items[i].What == news.More {
			others += items[i].Count
			mores++
		} else {
			kept++
		}
	}
	if kept > news.MostOfCrawl || kept < news.MostOfCrawl-3 || kept+others != 20*103_000 || mores > 4 {
		t.Errorf("%d are kept, %d others in %d items", kept, others, mores)
	}
}

// TestBounds holds the files to their size and age.
func TestBounds(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "00000001.log")
	for name, size := range map[string]int64{"00000001.log": 10, "00000002.log": 100 << 20, "00000003.log": 20 << 20, "00000004.log": 10 << 20, "notes.txt": 1} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-news.Age - time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	b := book(t, dir, &log)
	b.Add(came(host, time.Time{}, "/a"))
	if got := since(t, b, "", 0); !slices.Equal(got, []string{"new /a"}) {
		t.Errorf("%q", got)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f))
	}
	if want := []string{"00000003.log", "00000004.log", "00000005.log", "notes.txt"}; !slices.Equal(names, want) {
		t.Errorf("the files are %q, want %q", names, want)
	}
}

// TestDamaged reads files with lines that are torn, damaged or nobody's.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	var log strings.Builder
	b := book(t, dir, &log)
	b.Add(came(host, time.Time{}, "/first", "/second", "/third"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "00000001.log")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut < len(whole); cut += 5 {
		if err := os.WriteFile(file, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		b := book(t, dir, &log)
		b.Add(came(host, time.Time{}, "/after"))
		got := since(t, b, "", 0)
		if want := append([]string{"new /third", "new /second", "new /first"}[3-strings.Count(string(whole[:cut])+"\n", "\n")+1:], ""); len(got) == 0 || got[0] != "new /after" || len(got) < len(want) {
			t.Fatalf("%d bytes: %q", cut, got)
		}
		for _, s := range got {
			if s != "new /after" && s != "new /first" && s != "new /second" && s != "new /third" {
				t.Fatalf("%d bytes: %q", cut, got)
			}
		}
	}
	for at := 0; at < len(whole); at += 5 {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x04
		if err := os.WriteFile(file, append([]byte("\x00\n \n1 x +\n"), damaged...), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := since(t, book(t, dir, &log), "", 0); len(got) < 1 || len(got) > 2 {
			t.Fatalf("byte %d: %q", at, got)
		}
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// TestNoDisk says once that nothing can be written.
func TestNoDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	b := book(t, filepath.Join(file, "news"), &log)
	for range 5 {
		b.Add(came(host, time.Time{}, "/a"))
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines: %s", n, log.String())
	}
}

// TestMatching reads the items that a query finds.
func TestMatching(t *testing.T) {
	var log strings.Builder
	b := book(t, t.TempDir(), &log)
	b.Add(came(host, time.Time{}, "/pub/linux/Debian-12.iso", "/pub/debian/notes.txt", "/Café.iso"))
	b.Add(came("ftp://removed/", time.Time{}, "/debian.iso"))
	hosts := []index.Host{{ID: "ftp://a/"}, {ID: host}}
	for text, want := range map[string][]string{
		"debian":             {"new /pub/linux/Debian-12.iso"},
		"debian ext:iso":     {"new /pub/linux/Debian-12.iso"},
		"cafe":               {"new /Café.iso"},
		"-debian":            {"new /Café.iso"},
		"host:h.example iso": {"new /Café.iso", "new /pub/linux/Debian-12.iso"},
		"host:a iso":         nil,
		"dir:/pub/linux":     {"new /pub/linux/Debian-12.iso"},
		"size:>1MB":          nil,
		"debian notes":       {"new /pub/debian/notes.txt"},
	} {
		tree, err := query.Parse(text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		matches, err := news.Matching(tree, hosts, nil)
		if err != nil {
			t.Fatal(err)
		}
		items, _, err := b.Read(t.Context(), news.Filter{Match: matches})
		if got := words(items); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"text:linux", "debian places:>1"} {
		tree, err := query.Parse(text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := news.Matching(tree, hosts, nil); err == nil {
			t.Errorf("%s is judged", text)
		}
	}
}
