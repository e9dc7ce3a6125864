package tree_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"trawl/ftpd/tree"
)

// views returns the views that are compared: one rule, and several.
func views(s *tree.Store) map[string]*tree.View {
	return map[string]*tree.View{
		"one rule":  owner(s),
		"ten rules": s.View(tree.Options{User: "u", Rules: tenRules()}),
	}
}

func tenRules() tree.Rules {
	r := tree.Rules{"/": tree.All}
	for n := range 9 {
		r[fmt.Sprintf("/a/b/%d", n)] = tree.ReadOnly
	}
	return r
}

func BenchmarkStat(b *testing.B) {
	s, dir := folder(b)
	write(b, dir, map[string]string{"a/b/c/file": "x", "link": "-> a/b"})
	b.Run("os.Lstat", func(b *testing.B) {
		for b.Loop() {
			if _, err := os.Lstat(dir + "/a/b/c/file"); err != nil {
				b.Fatal(err)
			}
		}
	})
	root := openRoot(b, dir)
	b.Run("os.Root.Stat", func(b *testing.B) {
		for b.Loop() {
			if _, err := root.Stat("a/b/c/file"); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, v := range views(s) {
		for _, p := range []string{"/a/b/c/file", "/link/c/file"} {
			b.Run(name+p, func(b *testing.B) {
				for b.Loop() {
					if _, err := v.Stat(p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	walks := tree.Folder(openRoot(b, dir))
	walks.Walk()
	v := walks.View(tree.Options{User: "u", Rules: tenRules()})
	b.Run("without openat2", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.Stat("/a/b/c/file"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s, dir := folder(b)
	write(b, dir, map[string]string{"a/b/c/file": "x"})
	b.Run("os.Open", func(b *testing.B) {
		for b.Loop() {
			f, err := os.Open(dir + "/a/b/c/file")
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	root := openRoot(b, dir)
	b.Run("os.Root.Open", func(b *testing.B) {
		for b.Loop() {
			f, err := root.Open("a/b/c/file")
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	mounted, more := folder(b)
	write(b, more, map[string]string{"a/b/c/file": "x"})
	for _, name := range []string{"hosts", "new", "search"} {
		if err := mounted.Mount(name, toy{fstest.MapFS{}, nil}); err != nil {
			b.Fatal(err)
		}
	}
	all := views(s)
	all["beside three mounts"] = owner(mounted).From(visitor)
	for name, v := range all {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f, err := v.Open("/a/b/c/file")
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	s, dir := folder(b)
	write(b, dir, map[string]string{"a/b/c/": ""})
	text := bytes.Repeat([]byte("x"), 1024)
	b.Run("os.WriteFile", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			if err := os.WriteFile(filepath.Join(dir, "a/b/c", fmt.Sprint("w", n)), text, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("os.WriteFile, os.Rename", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			if err := os.WriteFile(filepath.Join(dir, "aside"), text, 0o600); err != nil {
				b.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "aside"), filepath.Join(dir, "a/b/c", fmt.Sprint("r", n))); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, v := range map[string]*tree.View{
		"no quota": owner(s),
		"quota":    s.View(tree.Options{Rules: tree.Rules{"/": tree.All}, Quota: &tree.Quota{Bytes: 1 << 40}}),
	} {
		n := 0
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n++
				u, err := v.Put(fmt.Sprint("/a/b/c/", name, n), tree.Put{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := u.Write(text); err != nil {
					b.Fatal(err)
				}
				if err := u.Commit(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkList reads 10,000 names with what describes them.
func BenchmarkList(b *testing.B) {
	s, dir := folder(b)
	for n := range 10000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("file", n)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("os.ReadDir", func(b *testing.B) {
		for b.Loop() {
			list, err := os.ReadDir(dir)
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range list {
				if _, err := e.Info(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	for name, v := range views(s) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := (direct{v}).list("/"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCount counts 10,000 files in 100 folders.
func BenchmarkCount(b *testing.B) {
	s, dir := folder(b)
	for n := range 10000 {
		write(b, dir, map[string]string{fmt.Sprintf("%d/%d", n%100, n): "x"})
	}
	for b.Loop() {
		if err := s.Count(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
