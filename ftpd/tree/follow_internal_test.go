package tree

import (
	"io/fs"
	"syscall"
	"testing"
	"testing/fstest"
)

// replaced is a store whose link became a file after it was looked at.
type replaced struct{ void }

func (replaced) lstat(string) (fs.FileInfo, error) {
	return fs.Lstat(fstest.MapFS{"a": {Data: []byte("b"), Mode: fs.ModeSymlink}}, "a")
}

func (replaced) readLink(string) (string, error) { return "", syscall.EINVAL }

// TestReplacedLink: what is no link any more is followed no further.
func TestReplacedLink(t *testing.T) {
	v := &View{store: &Store{base: replaced{}}, rules: newRuleset(Rules{"/": ReadOnly})}
	if target, err := v.target("/a", true, true); target != "" || err != nil {
		t.Errorf("%q, %v", target, err)
	}
}
