package listing

import (
	"bytes"

	"trawl/index"
)

// distinct reads Distinct FTP: type, the attributes write, archive, system and hidden, size, date
// with the year joined, time and name.
//
//	-wa--          64  Dec 28,2001   7:01   first.txt
//	d----           0  Dec 28,2001   6:52  plans
type distinct struct {
	*clock
	w words
}

var _ dialect = (*distinct)(nil)

func (*distinct) name() string { return "distinct" }

func (d *distinct) parse(line []byte, it *item) verdict {
	w := &d.w
	w.split(line)
	mode := w.word(0)
	if len(mode) < 5 || len(mode) > 6 || mode[0] != '-' && mode[0] != 'd' {
		return alien
	}
	for _, c := range mode[1:] {
		if bytes.IndexByte([]byte("washrdWASHRD-"), c) < 0 {
			return alien
		}
	}
	n, sized := number(w.word(1))
	last, when, dated := d.dateTimeAt(w, 2, monthFirst)
	if !sized || !dated || last+1 >= w.n {
		return alien
	}
	*it = item{name: bytes.TrimLeft(w.after(last), " "), size: n, when: when}
	if mode[0] == 'd' {
		it.kind, it.size = index.Dir, index.UnknownSize
	}
	return entry
}
