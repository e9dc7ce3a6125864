package ssh_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"trawl/crawler"
	"trawl/crawler/sftp"
	"trawl/crawler/sourcetest"
	"trawl/index"
)

// TestCrawl lets Trawl's own crawler look at the server: it keeps the promises of a source there, and finds what is there.
func TestCrawl(t *testing.T) {
	h := serve(t)
	sourcetest.Plant(t, filepath.Join(h.dir, "planted"))
	plant(t, filepath.Join(h.dir, "tree"))
	must(t, os.Symlink("tree/plain", filepath.Join(h.dir, "link")))
	must(t, os.Symlink("/none", filepath.Join(h.dir, "dangling")))
	must(t, os.WriteFile(filepath.Join(h.dir, "latin\xe9"), []byte("x"), 0o600))
	host := func(root string) index.Host {
		source := &sftp.Source{}
		id, _, _, err := crawler.Schemes(source).Parse("sftp://" + h.addr + root)
		must(t, err)
		return index.Host{ID: id, Settings: index.Settings{User: "ann", KeyFile: h.file, Pin: gossh.FingerprintSHA256(h.known)}}
	}
	t.Run("equal", func(t *testing.T) {
		srv, err := (&sftp.Source{}).Connect(t.Context(), host("/"), nil)
		must(t, err)
		defer func() { _ = srv.Close() }()
		got, want := map[string]string{}, map[string]string{}
		_, dirs := srv.Ways()
		crawl(t, dirs[0], "/", got)
		must(t, filepath.WalkDir(h.dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || p == h.dir || d.Name() == ".trawl" {
				return err
			}
			info, err := os.Lstat(p)
			must(t, err)
			size, target := info.Size(), ""
			switch info.Mode().Type() {
			case fs.ModeDir:
				size = index.UnknownSize
			case fs.ModeSymlink:
				size = index.UnknownSize
				target, err = os.Readlink(p)
			}
			want[p[len(h.dir):]] = fmt.Sprint(info.Mode().Type(), " ", size, " ", info.ModTime().Unix(), " ", target)
			return err
		}))
		for p := range want {
			if got[p] != want[p] {
				t.Errorf("%q is %q, not %q", p, got[p], want[p])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d entries are found, of %d", len(got), len(want))
		}
	})
	t.Run("source", func(t *testing.T) {
		sourcetest.Run(t, sourcetest.Served{Source: &sftp.Source{}, Host: host("/planted")})
	})
}

// crawl lists all below a folder.
func crawl(t testing.TB, way crawler.DirWay, dir index.Path, found map[string]string) {
	t.Helper()
	var folders []index.Path
	must(t, way.List(t.Context(), dir, func(l index.Listing) error {
		for _, e := range l.Entries {
			p := dir.Join(e.Wire())
			mode, target := fs.FileMode(0), ""
			switch e.Kind {
			case index.Dir:
				mode = fs.ModeDir
				folders = append(folders, p)
			case index.Link:
				mode, target = fs.ModeSymlink, e.Target
			}
			found[string(p)] = fmt.Sprint(mode, " ", e.Size, " ", e.Unix, " ", target)
		}
		return nil
	}))
	for _, f := range folders {
		crawl(t, way, f, found)
	}
}
