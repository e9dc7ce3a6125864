package wholefile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWrite replaces a file, through a link too, and leaves nothing beside it.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct{ path, text string }{{file, "one"}, {link, "two"}, {file, ""}} {
		if err := Write(at.path, []byte(at.text)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(file)
		if got, read := os.ReadFile(file); string(got) != at.text || read != nil || err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %q, %v, %v, %v; want %q", at.path, got, read, info, err, at.text)
		}
	}
	if to, err := os.Readlink(link); to != "file" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if err := Write(dir, []byte("a folder stays")); err == nil {
		t.Error("a folder was replaced")
	}
	if err := Write(filepath.Join(dir, "none", "file"), nil); err == nil {
		t.Error("a folder was made")
	}
	if left, err := os.ReadDir(dir); len(left) != 2 || err != nil {
		t.Errorf("left are %v, %v", left, err)
	}
}
