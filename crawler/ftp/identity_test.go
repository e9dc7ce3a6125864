package ftp_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestIdentify holds identities of directories to be the same at each path that leads to
// one, and to differ between directories, whatever their names.
func TestIdentify(t *testing.T) {
	root := t.TempDir()
	dirs := []index.Path{"/", "/pub", "/pub/with  two spaces", "/pub/star*", "/a [b]", "/-x", "/ünï"}
	for _, dir := range dirs {
		if err := os.MkdirAll(filepath.Join(root, string(dir)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("pub", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, addr string
		identifies bool
		follows    bool
		silence    time.Duration
	}{
		{"proftpd", ftptest.Proftpd(t, root, "ShowSymlinks off"), true, true, 0},
		{"pure-ftpd", ftptest.PureFTPd(t, root), true, false, 0},
		{"pyftpdlib", ftptest.Pyftpdlib(t, root), true, true, 0},
		{"vsftpd", ftptest.Vsftpd(t, root), false, false, 0},
		{"a liar", ftptest.StartLiar(t, ftptest.Honest).Addr, false, false, 0},
		{"one that loses what is sent ahead", ftptest.StartLiar(t, ftptest.Swallows).Addr, false, false, 300 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host := index.Host{ID: index.HostID("ftp://" + tt.addr + "/"), Settings: index.Settings{Connections: 1}}
			srv, err := (&ftp.Source{Limits: ftp.Limits{Silence: tt.silence}}).Connect(t.Context(), host, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = srv.Close() })
			idents, err := srv.(crawler.Identifier).Identify(t.Context(), append(slices.Clone(dirs), "/nowhere", "/a\nb", "/link"))
			if err != nil {
				t.Fatal(err)
			}
			self, link := idents[:len(dirs)], idents[len(idents)-1]
			if different := slices.Sorted(slices.Values(self)); tt.identifies && (different[0] == "" || len(slices.Compact(different)) < len(dirs)) {
				t.Errorf("%q of %q", self, dirs)
			}
			if idents[len(dirs)] != "" || idents[len(dirs)+1] != "" || tt.follows && link != self[1] || !tt.identifies && self[0] != "" && slices.Contains(idents[1:], self[0]) {
				t.Errorf("%q", idents)
			}
		})
	}
}
