package listing

import (
	"bytes"

	"trawl/index"
)

// winqvt reads WinQVT/Net: name, size, date and time at the end of the line. The name begins the
// line, and blanks in it or before it are its own.
//
//	two words.txt                  22  01-04-2002 10:38
//	some.dir/                       0  01-04-2002 12:41
type winqvt struct {
	*clock
	w    words
	lead int // blanks before each name, +1; 0: not known
}

var (
	_ dialect = (*winqvt)(nil)
	_ student = (*winqvt)(nil)
)

func (*winqvt) name() string { return "winqvt" }

func (*winqvt) settle() {}

func (q *winqvt) parse(line []byte, it *item) verdict {
	line = bytes.TrimRight(line, " ")
	cut := len(line)
	for range 3 {
		cut = bytes.LastIndexByte(bytes.TrimRight(line[:cut], " "), ' ')
		if cut < 1 {
			return alien
		}
	}
	w := &q.w
	w.split(line[cut:])
	n, sized := number(w.word(0))
	if !sized {
		if !equalFold(w.word(0), "<dir>") {
			return alien
		}
		n = index.UnknownSize
	}
	year, month, dom, ok := q.triple(w.word(1))
	t, timed := readTime(w.word(2))
	name := bytes.TrimRight(line[:cut], " ")
	if !ok || !timed || len(bytes.Trim(name, " ")) == 0 {
		return alien
	}
	*it = item{name: q.unlead(name), size: n}
	if it.when, ok = q.at(year, month, dom, t); !ok {
		return alien
	}
	if end := len(it.name) - 1; end > 0 && it.name[end] == '/' || !sized {
		it.name, it.kind, it.size = bytes.TrimSuffix(it.name, []byte{'/'}), index.Dir, index.UnknownSize
	}
	return entry
}

// unlead takes off the blanks that are before all names.
func (q *winqvt) unlead(name []byte) []byte {
	lead := 1 + len(name) - len(bytes.TrimLeft(name, " "))
	if q.lead == 0 || lead < q.lead {
		q.lead = lead
	}
	return name[q.lead-1:]
}
