package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// contents are the lists that apt-file keeps of every path in Debian.
const contents = "/var/lib/apt/lists/*_main_Contents-*.lz4"

// corpus returns real paths without a leading slash, each once, in the order of
// a walk: a directory's files before the next directory's.
func (b *bench) corpus(ctx context.Context) ([]string, error) {
	lists, err := filepath.Glob(contents)
	if err != nil || len(lists) == 0 {
		return nil, errors.New("there are no Contents lists: apt-get install apt-file lz4 && apt-file update")
	}
	var paths []string
	for _, list := range lists {
		if paths, err = appendContents(ctx, paths, list); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(paths, byWalk)
	paths = slices.Compact(paths)
	if b.lines > 0 && b.lines < len(paths) {
		paths = paths[:b.lines]
	}
	return paths, nil
}

// byWalk compares paths so that the paths below a directory stand together.
func byWalk(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			switch {
			case a[i] == '/':
				return -1
			case b[i] == '/':
				return 1
			}
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

// appendContents appends the paths of one list, whose lines are a path, spaces
// and the packages that hold it.
func appendContents(ctx context.Context, paths []string, list string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "lz4", "-dc", list)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("unpack %s: %w: apt-get install lz4", list, err)
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if end := bytes.LastIndexAny(line, " \t"); end > 0 {
			paths = append(paths, string(bytes.TrimRight(line[:end], " \t")))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return paths, cmd.Wait()
}

// hostPaths returns the corpus as one host of several holds it: a few percent of
// the names left out, a few percent others, all below a prefix of its own.
func hostPaths(paths []string, host int) []string {
	if host == 0 {
		return paths
	}
	prefix := []string{"pub/", "debian/", "mirror/debian/", "pub/linux/", "archive/", "srv/ftp/", "disk1/"}[host%7]
	if host >= 7 {
		prefix += fmt.Sprintf("old%d/", host)
	}
	out := make([]string, 0, len(paths))
	for _, p := range paths {
		switch (hash(p) + uint64(host)*31) % 100 {
		case 0, 1:
		case 2, 3:
			out = append(out, prefix+p+fmt.Sprintf("~%d", host))
		default:
			out = append(out, prefix+p)
		}
	}
	slices.SortFunc(out, byWalk)
	return out
}

// writePaths writes the paths and the directories above them, a line each, as
// plocate-build -p reads them.
func writePaths(name string, hosts [][]string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for i, paths := range hosts {
		last := ""
		for _, p := range paths {
			for at := commonDir(last, p); ; {
				slash := strings.IndexByte(p[at:], '/')
				if slash < 0 {
					break
				}
				at += slash + 1
				fmt.Fprintf(w, "/host%02d/%s\n", i, p[:at-1])
			}
			fmt.Fprintf(w, "/host%02d/%s\n", i, p)
			last = p
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// commonDir returns the length of the directory that a and b share, with its
// slash.
func commonDir(a, b string) int {
	end := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			end = i + 1
		}
	}
	return end
}
