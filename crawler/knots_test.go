package crawler_test

import (
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

// crawlKnot crawls a host twice by one way, or those that it chooses, and returns the
// directories that are listed, or cut: those with a "!".
func crawlKnot(t *testing.T, addr string, ways ...string) []string {
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
		t.Logf("%q: %d directories, %d cut, %.2f s", s.Way, s.Directories, s.Truncated, time.Since(start).Seconds())
		if err != nil || !s.Complete || time.Since(start) > 10*time.Second {
			t.Errorf("%+v, %v", s, err)
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
		default:
			t.Errorf("%s: %s %q, %v", dir, l.State, l.Why, err)
		}
	}
	return dirs
}

// A server whose directories lead to each other, and hold other files each time, is
// crawled to a quick end by what it tells of them.
func TestKnot(t *testing.T) {
	for _, tt := range []struct {
		way  string
		want []string
	}{
		{"MLSD", []string{
			"/", "/pub", "/pub/deep", "/pub/pub!", "/pub/up!",
			"/sub", "/sub/other", "/sub/other/deep", "/sub/other/pub!", "/sub/other/up!",
		}},
		// EPLF does not tell what the root is known by: it is found out below.
		{"LIST", []string{
			"/", "/pub", "/pub/deep", "/pub/pub!", "/pub/up", "/pub/up/pub!", "/pub/up/sub", "/pub/up/sub/other!",
			"/sub", "/sub/other", "/sub/other/deep", "/sub/other/pub!",
			"/sub/other/up", "/sub/other/up/pub!", "/sub/other/up/sub!",
		}},
	} {
		t.Run(tt.way, func(t *testing.T) {
			if got := crawlKnot(t, ftptest.StartLiar(t, ftptest.Knot).Addr, tt.way); !slices.Equal(got, tt.want) {
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
	pyftpdlib := ftptest.Pyftpdlib(t, root)
	for _, tt := range []struct {
		name, addr string
		ways       []string
		want       []string
	}{
		{"pyftpdlib", pyftpdlib, nil, plain},
		{"pyftpdlib by MLSD", pyftpdlib, []string{"MLSD"}, followed},
		{"proftpd that hides links, by MLSD", ftptest.Proftpd(t, root, "ShowSymlinks off"), []string{"MLSD"}, followed},
		{"proftpd", ftptest.Proftpd(t, root), []string{"MLSD"}, plain},
		{"pure-ftpd", ftptest.PureFTPd(t, root), []string{"MLSD"}, plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := crawlKnot(t, tt.addr, tt.ways...); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
