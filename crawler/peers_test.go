package crawler_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest/needs"
)

// TestPeers crawls real servers by the way that the crawler chooses. The catalogue then
// holds what find sees, and a second crawl changes nothing.
func TestPeers(t *testing.T) {
	root := ftptest.Tree(t, 1000, 150)
	want := ftptest.Find(t, root)
	// pure-ftpd denies anonymous users names with a backslash.
	hides := map[string]index.Path{"pure-ftpd": `/back\slash/c:\x`}
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			host := index.HostID("ftp://" + peer.Start(t, root) + "/")
			m := newMemory(t, host)
			c := newCrawler(m, &ftp.Source{}, crawler.Limits{Backoff: 50 * time.Millisecond})
			for range 2 {
				s, err := c.Crawl(t.Context(), host, crawler.Options{})
				h, _ := m.Host(t.Context(), host)
				t.Logf("%q: %+v, %v", h.Known.Demoted, s, err)
				if err != nil || !s.Complete {
					t.Fatalf("%+v, %v", s, err)
				}
				got := map[index.Path]bool{hides[peer.Name]: true}
				for dir, entries := range m.archive(t, host) {
					for _, e := range entries {
						p := dir.Join(e.Wire())
						got[p] = true
						w, ok := want[p]
						if !ok || w.Kind != e.Kind || w.Kind == index.File && w.Size != e.Size {
							t.Errorf("%q: %+v, find sees %+v", p, e, w)
						}
					}
				}
				for p := range want {
					if !got[p] {
						t.Errorf("%q is not in the catalogue", p)
					}
				}
			}
		})
	}
}

// TestPublishedLists holds lists that an archive publishes to be believed when they prove
// complete, also those of find, which list a directory after its contents.
func TestPublishedLists(t *testing.T) {
	root := ftptest.Tree(t, 1000, 150)
	want := ftptest.Find(t, root)
	addr := ftptest.Vsftpd(t, root)
	for _, tt := range []struct {
		name, command string
		memory        int64
		way           string
		demoted       string // why, "" if it is not
	}{
		{"ls-lR.gz", "ls -laR . | gzip", 0, "ls-lR.gz", ""},
		{"find-ls.gz", "find . -ls | gzip", 0, "find-ls.gz", ""},
		{"INDEX", "find . -ls", 0, "INDEX", ""},
		{"INDEX", "find . -ls", min(256<<10, 100*int64(len(want))), "LIST -lR", "INDEX: it lists directories before those that they are in, and is too long to be reordered"},
	} {
		t.Run(tt.name+" by "+tt.way, func(t *testing.T) {
			needs.Program(t, "gzip", "gzip")
			list, err := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", "cd "+root+" && LC_ALL=C "+tt.command).Output()
			if err == nil {
				err = os.WriteFile(filepath.Join(root, tt.name), list, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Remove(filepath.Join(root, tt.name)) }()
			host := index.HostID("ftp://" + addr + "/")
			m := newMemory(t, host)
			c := newCrawler(m, &ftp.Source{}, crawler.Limits{Backoff: 50 * time.Millisecond, Memory: tt.memory})
			s, err := c.Crawl(t.Context(), host, crawler.Options{})
			h, _ := m.Host(t.Context(), host)
			if err != nil || !s.Complete || s.Way != tt.way || strings.Join(h.Known.Demoted, "\n") != tt.demoted {
				t.Errorf("%+v, %q, %v", s, h.Known.Demoted, err)
			}
			seen := 0
			for dir, entries := range m.archive(t, host) {
				for _, e := range entries {
					if w, ok := want[dir.Join(e.Wire())]; ok && w.Kind == e.Kind && (w.Kind != index.File || w.Size == e.Size) {
						seen++
					}
				}
			}
			if seen != len(want) {
				t.Errorf("the catalogue holds %d of %d entries", seen, len(want))
			}
		})
	}
}

// A server that lies in any way is crawled to an end, and keeps what was known.
func TestLiars(t *testing.T) {
	for _, lie := range ftptest.Lies() {
		t.Run(string(lie), func(t *testing.T) {
			t.Parallel()
			liar := ftptest.StartLiar(t, lie)
			host := index.HostID("ftp://" + liar.Addr + "/")
			m := newMemory(t, host)
			source := &ftp.Source{Limits: ftp.Limits{Silence: 300 * time.Millisecond, Watchdog: 2 * time.Second, Listing: 8 << 20, Tree: 16 << 20}}
			c := newCrawler(m, source, crawler.Limits{Backoff: 10 * time.Millisecond, Stall: 3 * time.Second, Attempts: 2, Host: crawler.HostLimits{Directories: 5000}})
			start := time.Now()
			s, err := c.Crawl(t.Context(), host, crawler.Options{})
			h, _ := m.Host(t.Context(), host)
			t.Logf("%.1f s, %q: %+v, %v", time.Since(start).Seconds(), h.Known.Demoted, s, err)
			if h.Health.Crawling {
				t.Error("the crawl did not end")
			}
		})
	}
}
