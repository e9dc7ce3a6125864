package ftpd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestUniqueOfLinks shows the unique fact of links in MLSD: that of the file to which they lead, if there is one.
func TestUniqueOfLinks(t *testing.T) {
	dir, c := writableServer(t, map[string]string{"file": "x", "dir/x": ""})
	for link, target := range map[string]string{"to": "file", "far": "to", "dirs": "/dir", "gone": "none"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	c.want("OPTS MLST type;unique;", "200 ")
	got, _ := c.fetch("MLSD")
	ident := map[string]string{}
	for _, m := range regexp.MustCompile(`unique=(\S+); (\S+)`).FindAllStringSubmatch(got, -1) {
		ident[m[2]] = m[1]
	}
	same := [][2]string{{"to", "file"}, {"far", "file"}, {"dirs", "dir"}}
	for _, pair := range same {
		if ident[pair[0]] != ident[pair[1]] || ident[pair[0]] == "" {
			t.Errorf("%s and %s differ: %s", pair[0], pair[1], got)
		}
	}
	if ident["gone"] == "" || ident["gone"] == ident["file"] || ident["file"] == ident["dir"] {
		t.Error(got)
	}
}
