package listing

import (
	"bytes"

	"trawl/index"
)

// netware reads Novell NetWare, whose rights are in brackets:
//
//	d [RWCEAFMS] supervisor            512       Jan 16 18:53    login
//	- [R----F--] rhesus             214059       Oct 20 15:27    cx.exe
type netware struct {
	*clock
	w words
}

var _ dialect = (*netware)(nil)

func (*netware) name() string { return "netware" }

func (n *netware) parse(line []byte, it *item) verdict {
	w := &n.w
	w.split(line)
	rights := w.word(1)
	if len(w.word(0)) != 1 || !isRights(rights) {
		return unixChatter(w)
	}
	return n.bracketed(w, w.word(0)[0], 2, it)
}

// isRights reports whether b is "[RWCEAFMS]" or such, with a hyphen for each right
// that is not granted.
func isRights(b []byte) bool {
	if len(b) < 3 || b[0] != '[' || b[len(b)-1] != ']' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if bytes.IndexByte([]byte("SRWCEMFANPO-"), c) < 0 {
			return false
		}
	}
	return true
}

// bracketed reads what follows type and rights: owner, size, date and name, from
// word i on.
func (c *clock) bracketed(w *words, kind byte, i int, it *item) verdict {
	date, when, ok := c.findDate(w, i)
	if kind == 'D' {
		kind = 'd'
	}
	if !ok || kind != 'd' && kind != '-' {
		return alien
	}
	*it = item{size: index.UnknownSize, when: when}
	if kind == 'd' {
		it.kind = index.Dir
	} else if it.size, ok = size(w.word(date.first - 1)); !ok {
		return alien
	}
	it.name = bytes.TrimLeft(w.after(date.last), " ")
	if len(it.name) == 0 {
		return alien
	}
	return entry
}
