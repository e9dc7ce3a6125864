package embedded

import (
	"bufio"
	"context"
	"hash/fnv"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/internal/needs"
)

// contents calls do with the listings of the first n entries of the trees that
// Debian's Contents lists name, in tree order, and returns how many entries they
// hold. Sizes and times are made from the names.
func contents(tb testing.TB, n int, do func(index.Listing) error) int {
	tb.Helper()
	lists, _ := filepath.Glob("/var/lib/apt/lists/*bookworm_main_Contents-*.lz4")
	if len(lists) == 0 {
		needs.Missing(tb, "the Contents lists of the Debian package apt-file")
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
	inOrder := make([]string, 0, len(dirs))
	for dir := range dirs {
		inOrder = append(inOrder, string(treeKey([]byte(dir))))
	}
	slices.Sort(inOrder)
	for _, key := range inOrder {
		l := dirs[pathOf([]byte(key))]
		total += len(l.Entries)
		if err := do(*l); err != nil {
			tb.Fatal(err)
		}
	}
	return total
}

// readPaths calls do with the paths of a Contents list until it has had enough.
func readPaths(tb testing.TB, list string, do func(string) bool) {
	tb.Helper()
	ctx, stop := context.WithCancel(tb.Context())
	defer stop()
	cmd := exec.CommandContext(ctx, needs.Program(tb, "lz4", "lz4"), "-dc", list)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
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

// addPath adds an entry and the directories above it, and returns how many
// entries that were.
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
