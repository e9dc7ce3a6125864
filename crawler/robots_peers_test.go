package crawler_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// A robots.txt that is a file of the host binds crawls of all of it and of a part of it;
// one that the server makes up, as ProFTPD does where there is none, neither.
func TestRobotsOfRealServers(t *testing.T) {
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, "pub/sub"), 0o755); err != nil {
				t.Fatal(err)
			}
			addr := peer.Start(t, root)
			for _, tt := range []struct {
				rules     string           // "" if there is no file
				listed    map[string]int64 // directories, by root
				unwelcome map[string]bool  // roots
			}{
				{"", map[string]int64{"/": 3, "/pub/": 2}, nil},
				{"User-agent: *\nDisallow: /\n", nil, map[string]bool{"/": true, "/pub/": true}},
				{"User-agent: *\nDisallow: /pub\n", map[string]int64{"/": 1}, map[string]bool{"/pub/": true}},
				{"User-agent: *\nDisallow: /pub/sub\n", map[string]int64{"/": 2, "/pub/": 1}, nil},
			} {
				if tt.rules != "" {
					if err := os.WriteFile(filepath.Join(root, "robots.txt"), []byte(tt.rules), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				for _, at := range []string{"/", "/pub/"} {
					host := index.HostID("ftp://" + addr + at)
					c := newCrawler(newMemory(t, host), &ftp.Source{}, crawler.Limits{Backoff: 10 * time.Millisecond})
					s, err := c.Crawl(t.Context(), host, crawler.Options{})
					if errors.Is(err, crawler.ErrUnwelcome) != tt.unwelcome[at] || s.Directories != tt.listed[at] {
						t.Errorf("%q, %s: %+v, %v", tt.rules, at, s, err)
					}
				}
			}
		})
	}
}
