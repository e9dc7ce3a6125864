package tree_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
	"trawl/index/indextest/needs"
)

// direct is a session without a protocol. It cleans paths as a door does.
type direct struct{ *tree.View }

func (d direct) Do(op treetest.Op, spelled string) (treetest.Verdict, string) {
	p := path.Clean("/" + spelled)
	p = names.Find(p, func(raw string) bool {
		_, err := d.Lstat(raw)
		return err == nil
	})
	read, err := d.do(op, p)
	switch {
	case err == nil:
		return treetest.Done, read
	case errors.Is(err, fs.ErrNotExist):
		return treetest.Missing, read
	case errors.Is(err, fs.ErrPermission):
		return treetest.Denied, read
	}
	return treetest.Other, read
}

func (d direct) do(op treetest.Op, p string) (string, error) {
	switch op {
	case treetest.Enter:
		return "", d.Enter(p)
	case treetest.Stat:
		_, err := d.Stat(p)
		return "", err
	case treetest.List:
		return d.list(p)
	case treetest.Read:
		return d.read(p)
	case treetest.Put:
		return "", d.put(p, tree.Put{})
	case treetest.Add:
		return "", d.put(p, tree.Put{Append: true})
	case treetest.Unique:
		return "", d.put(p, tree.Put{Unique: true})
	case treetest.Mkdir:
		return "", d.Mkdir(p)
	case treetest.Rmdir:
		return "", d.Rmdir(p)
	case treetest.Remove:
		return "", d.Remove(p)
	case treetest.RenameFrom:
		return "", d.Rename(p, treetest.Target)
	case treetest.RenameTo:
		return "", d.Rename(treetest.Source, p)
	case treetest.SetTime:
		return "", d.SetTime(p, time.Unix(1e9, 0))
	case treetest.Chmod:
		return "", d.Chmod(p, 0o640)
	}
	return "", errors.ErrUnsupported
}

func (d direct) list(p string) (string, error) {
	f, err := d.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if _, plain := f.(*os.File); !ok || plain {
		return "", tree.ErrNoDir
	}
	var list []string
	entries, err := dir.ReadDir(-1)
	for _, e := range entries {
		if _, err := e.Info(); err != nil {
			return "", err
		}
		list = append(list, e.Name())
	}
	return strings.Join(list, "\n"), err
}

func (d direct) read(p string) (string, error) {
	f, err := d.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, plain := f.(*os.File); !plain {
		return "", tree.ErrNoFile
	}
	b, err := io.ReadAll(f)
	return string(b), err
}

func (d direct) put(p string, how tree.Put) error {
	u, err := d.Put(p, how)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(u, treetest.Content); err != nil {
		return errors.Join(err, u.Keep())
	}
	return u.Commit()
}

// openRoot returns the folder dir as a root, until the test ends.
func openRoot(t testing.TB, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestTable(t *testing.T) {
	door := func(walks bool) treetest.Door {
		return func(t testing.TB, dir string, rules tree.Rules) treetest.Session {
			s := tree.Folder(openRoot(t, dir))
			if walks {
				s.Walk()
			}
			return direct{s.View(tree.Options{User: "u", Rules: rules})}
		}
	}
	t.Run("openat2", func(t *testing.T) { treetest.Run(t, door(false)) })
	t.Run("walk", func(t *testing.T) { treetest.Run(t, door(true), tree.All&^tree.Delete, tree.ReadOnly) })
}

func seeds() []string {
	var sent []string
	for _, sp := range treetest.Spellings("/srv") {
		sent = append(sent, sp.Sent)
	}
	return sent
}

func ops() []treetest.Op { return treetest.Ops() }

// TestDescriptors: no operation, done or refused, leaves a descriptor open.
func TestDescriptors(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would close what is forgotten
	s, dir := folder(t)
	write(t, dir, map[string]string{"a": "a", "dir/b": "b", "link": "-> dir", "out": "-> ../..", "closed/x": "x"})
	v := direct{s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All, "/closed": 0, "/drop": tree.Write}})}
	count := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			needs.Missing(t, "a system with /proc")
		}
		return len(open)
	}
	paths := []string{"/", "/a", "/dir", "/dir/b", "/link", "/link/b", "/link/new", "/out/x", "/closed/x", "/missing/x", "/a/x", "/drop/x"}
	once := func() {
		for _, op := range ops() {
			for _, p := range paths {
				_, _ = v.do(op, p)
				_ = v.put(p, tree.Put{Offset: 1})
				v.Partial(p)
				_, _ = v.Free(p)
			}
		}
	}
	once()
	before := count()
	for range 3 {
		once()
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}
