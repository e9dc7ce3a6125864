package enginetest

import (
	"bufio"
	"context"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
)

// Contents calls do with listings of the first n entries of the tree that Debian's Contents lists
// name, in tree order, and returns how many entries they hold. Sizes and times are made up from the
// names.
func Contents(tb testing.TB, n int, do func(index.Listing) error) int {
	tb.Helper()
	lists, _ := filepath.Glob("/var/lib/apt/lists/*bookworm_main_Contents-*.lz4")
	if len(lists) == 0 {
		Lacks(tb, "the Contents lists of the Debian package apt-file")
	}
	dirs := map[index.Path]*index.Listing{}
	count := 0
	for _, list := range lists {
		readPaths(tb, list, func(p string) bool {
			count += addPath(dirs, index.Path("/"+p), index.File)
			return count < n
		})
	}
	total := 0
	inOrder := slices.SortedFunc(maps.Keys(dirs), func(a, b index.Path) int { return strings.Compare(treeOrder(a), treeOrder(b)) })
	for _, dir := range inOrder {
		l := dirs[dir]
		total += len(l.Entries)
		if err := do(*l); err != nil {
			tb.Fatal(err)
		}
	}
	return total
}

// treeOrder returns a text that sorts as the directory does in a walk: right before all
// that is below it.
func treeOrder(dir index.Path) string {
	return strings.ReplaceAll(strings.TrimSuffix(string(dir), "/"), "/", "\x00")
}

// Lacks skips a test because something is not there. In CI it fails the test.
func Lacks(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("TRAWL_CI") == "1" {
		tb.Fatal("needs " + what)
	}
	tb.Skip("needs " + what)
}

// readPaths calls do with the paths of a Contents list until it returns false.
func readPaths(tb testing.TB, list string, do func(string) bool) {
	tb.Helper()
	ctx, stop := context.WithCancel(tb.Context())
	defer stop()
	cmd := exec.CommandContext(ctx, "lz4", "-dc", list)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		Lacks(tb, "the Debian package lz4")
	}
	lines := bufio.NewScanner(out)
	for more := true; more && lines.Scan(); {
		p := lines.Text()
		if i := strings.LastIndexAny(p, " \t"); i > 0 {
			more = do(strings.TrimRight(p[:i], " \t"))
		}
	}
	stop()
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
}

// addPath adds an entry and the directories above it, and returns how many entries it added.
func addPath(dirs map[index.Path]*index.Listing, p index.Path, kind index.Kind) (added int) {
	dir := p.Dir()
	l := dirs[dir]
	if l == nil {
		l = &index.Listing{Dir: dir, Taken: time.Unix(1_700_000_000, 0), Way: "LIST -lR"}
		dirs[dir] = l
		if dir != "/" {
			added = addPath(dirs, dir, index.Dir)
		}
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, string(p))
	sum := h.Sum64()
	e := index.Entry{Name: path.Base(string(p)), Kind: kind, Size: index.UnknownSize, Precision: index.Minute}
	e.Unix = 1_400_000_000 + int64(sum%300_000_000)/60*60
	if kind == index.File {
		e.Size = int64(sum>>32) >> (sum % 30)
	}
	l.Entries = append(l.Entries, e)
	return added + 1
}
