package tree_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trawl/ftpd/tree"
)

// snapshot returns all files of a folder with their content, without the folder for asides, which must be empty.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(p)
			all[name] = "-> " + target
			return err
		}
		b, err := os.ReadFile(p)
		all[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCombine joins parts under all rights. Where that fails, nothing has changed and nothing lies aside.
func TestCombine(t *testing.T) {
	const all = tree.All
	many := make([]string, tree.MaxParts+1)
	for i := range many {
		many[i] = fmt.Sprint("/many", i)
	}
	for _, test := range []struct {
		name   string
		rules  tree.Rules
		target string
		parts  []string
		err    error
		want   map[string]string // what is there in the end of what it concerns; "-" is nothing
	}{
		{"a new file", tree.Rules{"/": all}, "/new", []string{"/p1", "/p2"}, nil, map[string]string{"new": "onetwo", "p1": "-", "p2": "-"}},
		{"in their order", tree.Rules{"/": all}, "/new", []string{"/p2", "/sub/p3", "/p1"}, nil, map[string]string{"new": "twothreeone", "sub/p3": "-", "p1": "-", "p2": "-"}},
		{"to what is there", tree.Rules{"/": all}, "/old", []string{"/p1"}, nil, map[string]string{"old": "old.one", "p1": "-"}},
		{"an empty part", tree.Rules{"/": all}, "/new", []string{"/empty"}, nil, map[string]string{"new": "", "empty": "-"}},
		{"through a folder that is a link", tree.Rules{"/": all}, "/link/new", []string{"/link/p3"}, nil, map[string]string{"sub/new": "three", "sub/p3": "-"}},
		{"the rights that it takes", tree.Rules{"/": tree.Write, "/sub": tree.Read | tree.Delete}, "/new", []string{"/sub/p3"}, nil, map[string]string{"new": "three", "sub/p3": "-"}},
		{"append to what is there", tree.Rules{"/": tree.Append, "/sub": tree.Read | tree.Delete}, "/old", []string{"/sub/p3"}, nil, map[string]string{"old": "old.three", "sub/p3": "-"}},
		{"into a drop box", tree.Rules{"/": all, "/sub": tree.Write}, "/sub/new", []string{"/p1"}, nil, map[string]string{"sub/new": "one", "p1": "-"}},

		{"no part", tree.Rules{"/": all}, "/new", nil, tree.ErrParts, nil},
		{"too many", tree.Rules{"/": all}, "/new", many, tree.ErrParts, nil},
		{"a part twice", tree.Rules{"/": all}, "/new", []string{"/p1", "/p2", "/p1"}, tree.ErrParts, nil},
		{"a part by another name", tree.Rules{"/": all}, "/new", []string{"/p1", "/hard"}, tree.ErrParts, nil},
		{"itself", tree.Rules{"/": all}, "/old", []string{"/old"}, tree.ErrParts, nil},
		{"itself by another name", tree.Rules{"/": all}, "/hard", []string{"/p2", "/p1"}, tree.ErrParts, nil},
		{"itself by a folder that is a link", tree.Rules{"/": all}, "/sub/p3", []string{"/link/p3"}, tree.ErrParts, nil},
		{"itself by a link", tree.Rules{"/": all}, "/to.old", []string{"/p1", "/old"}, tree.ErrParts, nil},
		{"one is missing", tree.Rules{"/": all}, "/old", []string{"/p1", "/none"}, fs.ErrNotExist, nil},
		{"a link", tree.Rules{"/": all}, "/new", []string{"/p1", "/to.old"}, tree.ErrNoFile, nil},
		{"a folder", tree.Rules{"/": all}, "/new", []string{"/p1", "/sub"}, tree.ErrNoFile, nil},
		{"the root", tree.Rules{"/": all}, "/new", []string{"/"}, fs.ErrPermission, nil},
		{"into a folder", tree.Rules{"/": all}, "/sub", []string{"/p1"}, tree.ErrNoFile, nil},
		{"into nothing", tree.Rules{"/": all}, "/none/new", []string{"/p1"}, fs.ErrNotExist, nil},
		{"out of the root", tree.Rules{"/": all}, "/out/new", []string{"/p1"}, fs.ErrNotExist, nil},
		{"from outside", tree.Rules{"/": all}, "/new", []string{"/out/passwd"}, fs.ErrNotExist, nil},
		{"an aside", tree.Rules{"/": all}, "/.trawl/x", []string{"/p1"}, fs.ErrNotExist, nil},
		{"dots", tree.Rules{"/": all}, "/sub/../new", []string{"/p1"}, tree.ErrName, nil},
		{"a NUL", tree.Rules{"/": all}, "/new", []string{"/p1\x00"}, tree.ErrName, nil},
		{"a name that is too long", tree.Rules{"/": all}, "/" + strings.Repeat("n", 300), []string{"/p1"}, tree.ErrName, nil},

		{"nothing allowed", tree.Rules{"/": tree.ReadOnly}, "/new", []string{"/p1"}, fs.ErrPermission, nil},
		{"no delete", tree.Rules{"/": all &^ tree.Delete}, "/new", []string{"/p1"}, fs.ErrPermission, nil},
		{"no read", tree.Rules{"/": all &^ tree.Read}, "/new", []string{"/p1"}, fs.ErrPermission, nil},
		{"no write", tree.Rules{"/": all &^ tree.Write}, "/new", []string{"/p1"}, fs.ErrPermission, nil},
		{"no append", tree.Rules{"/": all &^ tree.Append}, "/old", []string{"/p1"}, fs.ErrPermission, nil},
		{"out of a drop box", tree.Rules{"/": all, "/sub": tree.Write | tree.Delete}, "/new", []string{"/sub/p3"}, fs.ErrPermission, nil},
		{"what is not in a drop box", tree.Rules{"/": all, "/sub": tree.Write | tree.Delete}, "/new", []string{"/sub/none"}, fs.ErrPermission, nil},
		{"over what is in a drop box", tree.Rules{"/": all, "/sub": tree.Write}, "/sub/p3", []string{"/p1"}, fs.ErrPermission, nil},
		{"out of a folder that is closed", tree.Rules{"/": all, "/sub": 0}, "/new", []string{"/sub/p3"}, fs.ErrNotExist, nil},
		{"by a link into a folder that is closed", tree.Rules{"/": all, "/sub": 0}, "/link/new", []string{"/p1"}, fs.ErrNotExist, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, dir := folder(t)
			write(t, dir, map[string]string{"p1": "one", "p2": "two", "sub/p3": "three", "old": "old.", "empty": ""})
			for name, target := range map[string]string{"link": "sub", "to.old": "old", "out": "/etc"} {
				if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Link(filepath.Join(dir, "p1"), filepath.Join(dir, "hard")); err != nil {
				t.Fatal(err)
			}
			want := snapshot(t, dir)
			for name, text := range test.want {
				if want[name] = text; text == "-" {
					delete(want, name)
				}
			}
			quota := &tree.Quota{Bytes: 100, Files: 100}
			v := s.View(tree.Options{User: "u", Rules: test.rules, Quota: quota})
			if err := v.Mkdir("/x"); err == nil { // so that the store is counted
				_ = v.Rmdir("/x")
			}
			_, err := v.Combine(t.Context(), test.target, test.parts)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("%v, want %v", err, test.err)
			}
			if got := snapshot(t, dir); !maps.Equal(got, want) {
				t.Errorf("there is %q, want %q", got, want)
			}
			used := s.Used()
			if fresh := counted(t, dir); used != (tree.Quota{}) && used != fresh {
				t.Errorf("%+v counts as used, and is %+v", used, fresh)
			}
			if bytes, files := s.Reserved(); bytes != 0 || files != 0 {
				t.Errorf("%d bytes and %d files are still reserved", bytes, files)
			}
			if _, err := owner(s).Combine(t.Context(), "/again", []string{"/empty", "/p2"}); err != nil && test.err != nil {
				t.Errorf("something is still claimed: %v", err)
			}
		})
	}
}

// counted returns what a store of its own counts in a folder.
func counted(t testing.TB, dir string) tree.Quota {
	t.Helper()
	s := tree.Folder(openRoot(t, dir))
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 1 << 40}})
	if _, err := v.Free("/"); err != nil {
		t.Fatal(err)
	}
	return s.Used()
}

// TestCombineQuota joins parts in a store that is full: what is joined needs no room of its own. A target never doubles.
func TestCombineQuota(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"p1": strings.Repeat("1", 400), "p2": strings.Repeat("2", 600)})
	v := s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 1000, Files: 3}})
	if _, err := v.Put("/more", tree.Put{Size: 1}); !errors.Is(err, tree.ErrQuota) {
		t.Fatalf("it is not full: %v", err)
	}
	for range 20 {
		if _, err := v.Combine(t.Context(), "/p1", []string{"/p1"}); !errors.Is(err, tree.ErrParts) {
			t.Fatal(err)
		}
	}
	if _, err := v.Combine(t.Context(), "/whole", []string{"/p1", "/p2"}); err != nil {
		t.Fatal(err)
	}
	if used := s.Used(); used.Bytes != 1000 || used.Files > 3 {
		t.Errorf("%+v is used", used)
	}
}

// TestCombineAtOnce joins the same parts many times at once, while somebody replaces them, and adds to the target: each byte is
// there once in the end, or its writer was refused.
func TestCombineAtOnce(t *testing.T) {
	s, dir := folder(t)
	v := owner(s)
	for round := range 30 {
		write(t, dir, map[string]string{"old": "old.", "p1": "one", "p2": "two"})
		var all sync.WaitGroup
		var joined, added [4]error
		for i := range joined {
			all.Go(func() { _, joined[i] = v.Combine(t.Context(), "/old", []string{"/p1", "/p2"}) })
			all.Go(func() {
				u, err := v.Put("/old", tree.Put{Append: true})
				if err == nil {
					_, err = u.Write([]byte("+"))
				}
				added[i] = errors.Join(err, u.Commit())
			})
		}
		all.Wait()
		b, err := os.ReadFile(filepath.Join(dir, "old"))
		if err != nil {
			t.Fatal(err)
		}
		whole, refused := 0, 0
		for i := range joined {
			switch {
			case joined[i] == nil:
				whole++
			case errors.Is(joined[i], tree.ErrBusy), errors.Is(joined[i], fs.ErrNotExist):
				refused++
			default:
				t.Error(joined[i])
			}
			if added[i] != nil {
				t.Error(added[i])
			}
		}
		text := string(b)
		if whole > 1 || strings.Count(text, "onetwo") != whole || strings.Count(text, "+") != len(added) || !strings.HasPrefix(text, "old.") {
			t.Fatalf("round %d: %q, joined %d times, refused %d times", round, text, whole, refused)
		}
	}
	if left := snapshot(t, dir); slices.ContainsFunc(slices.Collect(maps.Keys(left)), func(name string) bool { return strings.HasPrefix(name, ".trawl") }) {
		t.Errorf("it lies aside: %q", left)
	}
}

// TestCombineAborted ends the work before it is done, and lets a part change meanwhile.
func TestCombineAborted(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"p1": "one"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := owner(s).Combine(ctx, "/new", []string{"/p1"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := snapshot(t, dir); !maps.Equal(got, map[string]string{"p1": "one"}) {
		t.Errorf("there is %q", got)
	}
}
