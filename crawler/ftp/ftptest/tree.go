package ftptest

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"trawl/index"
	"trawl/index/indextest/needs"
)

// Tree makes a tree of at least so many files in so many directories and returns
// its root, which everyone may read. The names are real ones, of Debian's
// Contents lists, and some that are hard on clients; sizes and times vary. The
// same numbers give the same tree. Where the lists are missing names are made up,
// but with TRAWL_CI=1 the test fails.
func Tree(t testing.TB, files, dirs int) (root string) {
	t.Helper()
	root = Ground(t)
	paths := hardNames()
	lists, _ := filepath.Glob("/var/lib/apt/lists/*Contents-all.lz4")
	lz4, err := exec.LookPath("lz4")
	switch {
	case len(lists) > 0 && err == nil:
		paths = append(paths, realNames(t, lz4, largest(lists), files, dirs)...)
	case needs.Demanded():
		t.Fatal("Debian's Contents lists or its package lz4 are missing: apt-file update")
	default:
		paths = append(paths, madeUpNames(files, dirs)...)
	}
	made := map[string]bool{root: true}
	for _, p := range paths {
		dig(t, filepath.Join(root, filepath.Dir(p)), made)
	}
	var planters errgroup.Group
	planters.SetLimit(8) // a disk takes more than one at a time
	for _, p := range paths {
		planters.Go(func() error { return plant(root, filepath.Join(root, p)) })
	}
	if err := planters.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("with  two spaces", filepath.Join(root, "a link")); err != nil {
		t.Fatal(err)
	}
	age(t, made)
	return root
}

// Ground makes an empty directory for a tree, which everyone may read. It is in memory
// where that is possible, since many small files take ten times as long on a disk.
func Ground(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "trawl-tree-") //nolint:usetesting // t.TempDir is on the disk
	if err != nil {
		return scratch(t)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	open(t, dir)
	return dir
}

// hardNames returns paths with names that careless clients and servers cut, split, hide
// or expand.
func hardNames() []string {
	return []string{
		".hidden/.also hidden/file", "with  two spaces/a  b", " leading/ leading", "trailing /trailing ",
		"brackets [1]/x[2].txt", "star*/what?", "{brace}/~tilde", "-dash/-l", "quote\"s/it's", `back\slash/c:\x`,
		"empty dir.d/sub/.keep", "d:/colon:", "an -> arrow/a -> b", "%41%/100%", "ünïcödé/日本語.txt", "100 Jan  1 2001 x/total 12",
	}
}

// dig makes a directory and those above it.
func dig(t testing.TB, dir string, made map[string]bool) {
	t.Helper()
	if made[dir] {
		return
	}
	dig(t, filepath.Dir(dir), made)
	made[dir] = true
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// plant makes a file, sparse.
func plant(root, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	size := int64(hash(path[len(root):]) % (1 << 21))
	if hash(path)%500 == 0 {
		size <<= 12
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	return setTime(path, path[len(root):])
}

// age sets the times of the directories, once they are complete.
func age(t testing.TB, made map[string]bool) {
	t.Helper()
	for dir := range made {
		if err := setTime(dir, dir[len(filepath.Dir(dir)):]); err != nil {
			t.Fatal(err)
		}
	}
}

// setTime spreads times over twenty years, a fifth of them over the last months.
func setTime(path, seed string) error {
	h := hash(seed)
	span := uint64(20 * 365 * 24 * 3600)
	if h%5 == 0 {
		span = 150 * 24 * 3600
	}
	when := time.Now().Add(-time.Duration(h/5%span) * time.Second).Truncate(time.Second)
	return os.Chtimes(path, when, when)
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

func largest(names []string) string {
	return slices.MaxFunc(names, func(a, b string) int { return int(size(a) - size(b)) })
}

func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// realNames picks directories with their files from a Contents list:
//
//	usr/share/doc/acct/README.gz                            admin/acct
func realNames(t testing.TB, lz4, list string, files, dirs int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), lz4, "-dc", list)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	var picked, group []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && (len(picked) < files || len(seen) < dirs) {
		end := strings.LastIndexAny(lines.Text(), " \t")
		p := strings.TrimRight(lines.Text()[:max(end, 0)], " \t")
		if len(group) > 0 && filepath.Dir(group[0]) != filepath.Dir(p) {
			picked = pick(picked, group, seen, files/max(dirs, 1))
			group = group[:0]
		}
		if p != "" && len(group) < 100 {
			group = append(group, p)
		}
	}
	return picked
}

// pick picks some of the groups, each the files of one directory.
func pick(picked, group []string, seen map[string]bool, least int) []string {
	if hash(group[0])%23 != 0 || len(group) < least {
		return picked
	}
	for dir := filepath.Dir(group[0]); dir != "."; dir = filepath.Dir(dir) {
		seen[dir] = true
	}
	return append(picked, group...)
}

func madeUpNames(files, dirs int) []string {
	words := strings.Fields("src lib doc manual image kernel python font debian tools patch mirror old new data test games")
	var names []string
	for i := range files {
		d := i % max(dirs, 1)
		names = append(names, fmt.Sprintf("%s/%s-%d/%s.%d", words[d%len(words)], words[d/7%len(words)], d, words[i/3%len(words)], i))
	}
	return names
}

// Find returns what find sees below root, by path: names, kinds, sizes, times to
// the second, and the targets of links.
func Find(t testing.TB, root string) map[index.Path]index.Entry {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), needs.Program(t, "find", "findutils"), root, "-mindepth", "1", "-printf", `%y\0%s\0%T@\0%P\0%l\0`).Output()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]index.Kind{"f": index.File, "d": index.Dir, "l": index.Link}
	found := map[index.Path]index.Entry{}
	fields := bytes.Split(out, []byte{0})
	for ; len(fields) >= 5; fields = fields[5:] {
		e := index.Entry{Kind: kinds[string(fields[0])], Precision: index.Second, Target: string(fields[4])}
		e.Size, _ = strconv.ParseInt(string(fields[1]), 10, 64)
		if e.Kind == index.Dir {
			e.Size = index.UnknownSize
		}
		seconds, _, _ := strings.Cut(string(fields[2]), ".")
		e.Unix, _ = strconv.ParseInt(seconds, 10, 64)
		p := index.Path("/" + string(fields[3]))
		e.Name = p.Base()
		found[p] = e
	}
	return found
}
