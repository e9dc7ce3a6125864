package gopher

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"trawl/ftpd/tree"
)

// The text of a folder that is shown: so many bytes and lines at most.
const (
	mostShown = 16 << 10
	mostLines = 100
)

// readme returns the lines of the text that a folder holds, as they are shown above its files; nil if it has none, or if what has such
// a name is no text on disk.
func (m *menu) readme(list []tree.Entry) (lines []string) {
	e := readmeOf(list)
	if e == nil || m.login.View.Mounted(m.path) {
		return nil
	}
	f, err := m.login.View.Open(path.Join(m.path, e.Name))
	if err != nil {
		return nil
	}
	defer f.Close()
	if _, onDisk := f.(*os.File); !onDisk {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, mostShown+1))
	if err != nil || bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	cut := len(text) > mostShown
	if cut {
		text = text[:bytes.LastIndexByte(text[:mostShown], '\n')+1]
	}
	for line := range strings.Lines(string(text)) {
		if len(lines) == mostLines {
			cut = true
			break
		}
		lines = append(lines, strings.TrimRight(line, " \t\r\n"))
	}
	if len(lines) == 0 {
		return nil
	}
	if cut {
		lines = append(lines, "...")
	}
	return append(lines, "")
}

// readmeOf returns the entry of the text of a folder: README before README.txt and README.md, in any case.
func readmeOf(list []tree.Entry) *tree.Entry {
	names := []string{"readme", "readme.txt", "readme.md", "readme.1st", "read.me"}
	best := -1
	for i := range list {
		if name := list[i].Name; len(name) < 12 && utf8.ValidString(name) {
			rank := slices.Index(names, strings.ToLower(name))
			if rank >= 0 && (best < 0 || cmp.Compare(rank, slices.Index(names, strings.ToLower(list[best].Name))) < 0) {
				best = i
			}
		}
	}
	if best < 0 {
		return nil
	}
	return &list[best]
}
