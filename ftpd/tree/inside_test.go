package tree_test

import (
	"os"
	"path/filepath"
	"testing"

	"trawl/ftpd/tree"
)

// TestInside shows links that hold the path of the root on this machine: they lead where they lead there, whether the root
// was opened by its own path or by a link, and are shown as they are seen inside.
func TestInside(t *testing.T) {
	top := t.TempDir()
	dir, also := filepath.Join(top, "archive"), filepath.Join(top, "also")
	write(t, top, map[string]string{
		"archive/pub/a": "x", "also": "-> archive", "archive/own": "-> " + dir + "/pub/a", "archive/other": "-> " + also + "/pub/a",
		"archive/beside": "-> " + dir + "s/pub/a", "archive/root": "-> " + dir, "archive/far": "-> /pub/a",
	})
	for opened, want := range map[string]map[string]string{
		dir:  {"/own": "/pub/a", "/root": "/", "/far": "/pub/a", "/other": "", "/beside": ""},
		also: {"/own": "/pub/a", "/root": "/", "/far": "/pub/a", "/other": "/pub/a", "/beside": ""},
	} {
		root, err := os.OpenRoot(opened)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		v := tree.Folder(root).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
		for link, target := range want {
			_, err := v.Stat(link)
			if (err == nil) != (target != "") {
				t.Errorf("%s in %s: %v", link, opened, err)
			}
			if to, err := v.ReadLink(link); target != "" && (to != target || err != nil) {
				t.Errorf("%s in %s => %q, %v", link, opened, to, err)
			}
		}
	}
}
