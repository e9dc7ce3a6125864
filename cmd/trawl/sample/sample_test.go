package sample

import (
	"testing"
	"testing/fstest"
)

func TestSample(t *testing.T) {
	for _, name := range Names() {
		fsys, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"archive": "pub/doc/rfc/rfc959.txt",
			"mirror":  "mirrors/rfc/rfc959.txt",
		}
		for _, n := range fsys.(tree) {
			n.size = min(n.size, 1<<16) // TestFS reads all of every file
		}
		if err := fstest.TestFS(fsys, want[name]); err != nil {
			t.Errorf("%s: %.2000v", name, err)
		}
		if len(fsys.(tree)) < 200 {
			t.Errorf("%s holds only %d names", name, len(fsys.(tree)))
		}
	}
}
