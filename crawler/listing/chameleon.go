package listing

import "trawl/index"

// chameleon reads NetManage Chameleon and Newt: name, size, date with a month by name, time, and
// attributes behind it.
//
//	INSTALL         <DIR>      Nov 16 1994 17:17
//	DESIGN1.DOC     11264      May 11 1995 14:20   A
type chameleon struct {
	*clock
	w words
}

var _ dialect = (*chameleon)(nil)

func (*chameleon) name() string { return "chameleon" }

func (c *chameleon) parse(line []byte, it *item) verdict {
	w := &c.w
	w.split(line)
	if line[0] == ' ' || w.n < 6 || c.month(w.word(2)) == 0 {
		return alien
	}
	last, when, ok := c.dateTimeAt(w, 2, monthFirst)
	if !ok || last < 5 || when.prec < index.Minute {
		return alien
	}
	for i := last + 1; i < w.n; i++ {
		if !isAttributes(w.word(i)) {
			return alien
		}
	}
	*it = item{name: w.word(0), when: when}
	if it.size, ok = size(w.word(1)); ok {
		return entry
	}
	it.kind, it.size = index.Dir, index.UnknownSize
	if !equalFold(w.word(1), "<dir>") {
		return alien
	}
	return entry
}
