package tree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trawl/ftpd/tree"
)

// TestPatchTogether replaces parts of one file at once: none is lost, and readers never see a part of a piece.
func TestPatchTogether(t *testing.T) {
	const pieces, length = 8, 1000
	s, dir := folder(t)
	write(t, dir, map[string]string{"f": strings.Repeat("-", pieces*length)})
	v := s.View(tree.Options{User: "ann", Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 100_000, Files: 10}})
	var all sync.WaitGroup
	for i := range pieces {
		all.Go(func() {
			for _, letter := range []string{"x", string(rune('a' + i))} {
				up, err := v.Put("/f", tree.Put{Offset: int64(i * length), Patch: true, Size: length})
				if err == nil {
					_, err = up.Write([]byte(strings.Repeat(letter, length)))
				}
				if err == nil {
					err = up.Commit()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	want := ""
	for i := range pieces {
		want += strings.Repeat(string(rune('a'+i)), length)
	}
	if got := content(t, dir, "f"); got != want {
		t.Errorf("the file has %d bytes", len(got))
	}
	left, err := os.ReadDir(filepath.Join(dir, ".trawl"))
	if err != nil || len(left) > 0 {
		t.Errorf("left aside: %v, %v", left, err)
	}
}

// TestPatchRights shows who may replace a part of a file: who may replace the whole.
func TestPatchRights(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"f": "0123", "link": "-> f"})
	for rights, want := range map[tree.Rights]error{
		tree.Write | tree.Read: nil, tree.Write: fs.ErrExist, tree.Read: fs.ErrPermission, tree.Append | tree.Read: fs.ErrPermission,
	} {
		up, err := s.View(tree.Options{User: "ann", Rules: tree.Rules{"/": rights}}).Put("/f", tree.Put{Offset: 1, Patch: true})
		if !errors.Is(err, want) {
			t.Errorf("%v: %v", rights, err)
		}
		if err != nil {
			continue
		}
		_, err = up.Write([]byte("x"))
		if err := errors.Join(err, up.Keep()); err != nil || content(t, dir, "f") != "0123" {
			t.Errorf("a piece that is given up: %v, %q", err, content(t, dir, "f"))
		}
	}
	if err := os.Chmod(filepath.Join(dir, "f"), 0o640); err != nil {
		t.Fatal(err)
	}
	up, err := owner(s).Put("/link", tree.Put{Offset: 2, Patch: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = up.Write([]byte("xyz"))
	at, _ := os.Stat(filepath.Join(dir, "f"))
	if err := errors.Join(err, up.Commit()); err != nil || content(t, dir, "f") != "01xyz" || at.Mode().Perm() != 0o640 {
		t.Errorf("%v, %q, %v", err, content(t, dir, "f"), at.Mode())
	}
}
