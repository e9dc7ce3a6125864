package match

import (
	"bytes"
	"path"
	"strings"

	"trawl/index"
	"trawl/search/fold"
)

// dirCond is met by the entries of the directories that is accepts.
type dirCond struct {
	mask uint64
	is   func(m *matcher) bool // of the directory last entered
	want Candidate             // the candidates in such directories
}

var (
	_ condition = (*dirCond)(nil)
	_ directed  = (*dirCond)(nil)
)

// newDir returns the condition of a text in the path of the directory or, if the text
// has a leading slash, of the directory with this path and those below it.
func newDir(text string, bit uint64) *dirCond {
	if !strings.HasPrefix(text, "/") {
		n := newNeedle(text)
		return &dirCond{bit, func(m *matcher) bool { return n.in(m.path[:m.stem]) }, n.has(true)}
	}
	top := fold.String(path.Clean(text))
	if top == "/" {
		return &dirCond{bit, func(*matcher) bool { return true }, All{}}
	}
	return &dirCond{bit, func(m *matcher) bool {
		return bytes.HasPrefix(m.path, []byte(top)) && m.path[len(top)] == '/'
	}, Within{top}}
}

// newDirGlob returns the condition of a pattern that the path of the directory fits.
func newDirGlob(x expression, needs [][]byte, bit uint64) *dirCond {
	return &dirCond{bit, func(m *matcher) bool { return m.dfa(x).Match(m.path[:max(1, m.stem-1)]) }, hasOneOf(needs, true)}
}

func (c *dirCond) level(m *matcher, _ *index.Entry, _ []byte) level {
	return when(m.mask&c.mask != 0, plain)
}

func (c *dirCond) span(*matcher, int, *index.Entry, []byte) (least, most level) { return none, plain }

func (c *dirCond) spans() spans { return spansOf(none, plain) }

func (c *dirCond) wants(at dirMask) wants { return directedWants(at, c.mask, c.want) }

func (c *dirCond) bit() uint64 { return c.mask }

func (c *dirCond) met(m *matcher) bool { return c.is(m) }

// directedWants returns the wants of a condition that the directory alone decides;
// unknown are the candidates where it is not known.
func directedWants(at dirMask, bit uint64, unknown Candidate) wants {
	w := filterWants(unknown)
	switch {
	case at.meets(bit):
		w = filterWants(All{})
		w.sure = true
	case at.known:
		w = filterWants(None{})
	}
	return w
}
