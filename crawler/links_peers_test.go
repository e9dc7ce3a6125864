package crawler_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// crawlLinks crawls a host twice by one way, or those that it chooses, and returns the
// directories that are listed, or cut: those with a "!", or closed: those with a "?".
func crawlLinks(t *testing.T, addr string, ways ...string) []string {
	t.Helper()
	host := index.HostID("ftp://" + addr + "/")
	m := newMemory(t, host)
	if err := m.Update(t.Context(), host, func(h *index.Host) error { h.Settings.Ways = ways; return nil }); err != nil {
		t.Fatal(err)
	}
	c := newCrawler(m, &ftp.Source{}, crawler.Limits{Backoff: 10 * time.Millisecond})
	for range 2 {
		start := time.Now()
		s, err := c.Crawl(t.Context(), host, crawler.Options{})
		known := m.archive(t, host)
		t.Logf("%q: %d directories, %d cut, %.2f s", s.Way, s.Directories, s.Truncated, time.Since(start).Seconds())
		if err != nil || !s.Complete || s.Directories != int64(len(known)) || time.Since(start) > 10*time.Second {
			t.Errorf("%d directories are known, %+v, %v", len(known), s, err)
		}
	}
	var dirs []string
	for _, dir := range slices.Sorted(maps.Keys(m.archive(t, host))) {
		l, err := m.List(t.Context(), host, dir, "", 0)
		switch {
		case err == nil && l.State == index.Complete:
			dirs = append(dirs, string(dir))
		case err == nil && l.State == index.Truncated && len(l.Entries) == 0 && strings.HasPrefix(l.Why, "a loop: "):
			dirs = append(dirs, string(dir)+"!")
		case err == nil && l.State == index.Denied && len(l.Entries) == 0:
			dirs = append(dirs, string(dir)+"?")
		default:
			t.Errorf("%s: %s %q, %v", dir, l.State, l.Why, err)
		}
	}
	return dirs
}

// TestCycles crawls servers whose directories lead to each other and hold other files each
// time: the crawl ends soon by the identities that the server gives them.
func TestCycles(t *testing.T) {
	for _, tt := range []struct {
		lie  ftptest.Lie
		way  string
		want []string
	}{
		{ftptest.Cycle, "MLSD", []string{
			"/", "/pub", "/pub/deep", "/pub/pub!", "/pub/up!",
			"/sub", "/sub/other", "/sub/other/deep", "/sub/other/pub!", "/sub/other/up!",
		}},
		// EPLF does not identify the root: the crawl finds it out below.
		{ftptest.Cycle, "LIST", []string{
			"/", "/pub", "/pub/deep", "/pub/pub!", "/pub/up", "/pub/up/pub!", "/pub/up/sub", "/pub/up/sub/other!",
			"/sub", "/sub/other", "/sub/other/deep", "/sub/other/pub!",
			"/sub/other/up", "/sub/other/up/pub!", "/sub/other/up/sub!",
		}},
		// It does not identify directories.
		{ftptest.Loop, "STAT", []string{"/", "/pub", "/pub/pub", "/pub/pub/pub", "/pub/pub/pub/pub!"}},
		{ftptest.Loop, "LIST", []string{"/", "/pub", "/pub/pub", "/pub/pub/pub", "/pub/pub/pub/pub!"}},
	} {
		t.Run(string(tt.lie)+" "+tt.way, func(t *testing.T) {
			if got := crawlLinks(t, ftptest.StartLiar(t, tt.lie).Addr, tt.way); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// Servers that show links to directories as directories are crawled to an end: each
// place that a link makes is there, and what leads up is cut. Those that show links
// as links have none of it.
func TestFollowedLinks(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"pub/deep/er", "other", "more"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pub/readme", "pub/index"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"self": ".", "mirror": "pub", "pub/deep/up": "../../pub", "pub/gone": "nowhere", "other/round": "round"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	plain := []string{"/", "/more", "/other", "/pub", "/pub/deep", "/pub/deep/er"}
	followed := slices.Concat(plain, []string{
		"/self!", "/pub/deep/up!", "/mirror", "/mirror/deep", "/mirror/deep/er", "/mirror/deep/up!",
	})
	slices.Sort(followed)
	pyftpdlib, hides := ftptest.Pyftpdlib(t, root), ftptest.Proftpd(t, root, "ShowSymlinks off")
	for _, tt := range []struct {
		name, addr string
		ways       []string
		want       []string
	}{
		{"pyftpdlib", pyftpdlib, nil, plain},
		{"pyftpdlib by MLSD", pyftpdlib, []string{"MLSD"}, followed},
		{"proftpd that hides links, by MLSD", hides, []string{"MLSD"}, followed},
		{"proftpd that hides links, whose LIST leaves out those to where they are", hides, nil, followed},
		{"proftpd", ftptest.Proftpd(t, root), []string{"MLSD"}, plain},
		{"pure-ftpd", ftptest.PureFTPd(t, root), []string{"MLSD"}, plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := crawlLinks(t, tt.addr, tt.ways...); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// loopTree makes a tree with links to directories, one of which leads up to a directory
// with so many files, and with directories that hold the same and are no loops.
func loopTree(t *testing.T, files int) (root string) {
	t.Helper()
	root = t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"pub/deep/er", "twins/1/sub", "twins/2/sub", "nest/sub/sub", "same/same/same"} {
		must(os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	for i := range files {
		must(os.WriteFile(filepath.Join(root, "pub", fmt.Sprint("f", i)), []byte("hello"), 0o644))
	}
	for _, name := range []string{"a", "b"} {
		must(os.WriteFile(filepath.Join(root, "nest", name), nil, 0o644))
		for _, dir := range []string{"nest/sub", "twins/1", "twins/2"} {
			must(os.Link(filepath.Join(root, "nest", name), filepath.Join(root, dir, name)))
		}
	}
	must(os.Symlink("pub", filepath.Join(root, "mirror")))
	must(os.Symlink("../../pub", filepath.Join(root, "pub/deep/up")))
	when := time.Now().Add(-48 * time.Hour)
	for _, dir := range []string{"same/same/same", "same/same", "same", "nest/sub/sub", "nest/sub", "twins/1/sub", "twins/1", "twins/2/sub", "twins/2"} {
		must(os.Chtimes(filepath.Join(root, dir), when, when))
	}
	return root
}

// Where links to directories look like directories, loops are cut by each way, whatever
// is in them, if the server says which directory is which; what only looks like a loop
// is not. Where it does not say, the lines of "." and ".." do.
func TestLoopsByLink(t *testing.T) {
	want := []string{
		"/", "/mirror", "/mirror/deep", "/mirror/deep/er", "/mirror/deep/up!",
		"/nest", "/nest/sub", "/nest/sub/sub", "/pub", "/pub/deep", "/pub/deep/er", "/pub/deep/up!",
		"/same", "/same/same", "/same/same/same", "/twins", "/twins/1", "/twins/1/sub", "/twins/2", "/twins/2/sub",
	}
	for _, files := range []int{0, 1, 2, 5} {
		root := loopTree(t, files)
		says := ftptest.Proftpd(t, root, "ShowSymlinks off")
		silent := ftptest.Proftpd(t, root, "ShowSymlinks off", "FactsAdvertise off")
		for _, ways := range [][]string{nil, {"LIST -lR", "LIST"}, {"STAT"}, {"LIST"}, {"MLSD"}} {
			t.Run(fmt.Sprintf("%d files by %q", files, ways), func(t *testing.T) {
				t.Parallel()
				if got := crawlLinks(t, says, ways...); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				if slices.Contains(ways, "MLSD") {
					return
				}
				if got := crawlLinks(t, silent, ways...); !slices.Equal(got, want) {
					t.Errorf("without MLST: %q, want %q", got, want)
				}
			})
		}
	}
}
