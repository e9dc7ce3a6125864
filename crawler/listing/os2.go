package listing

import (
	"bytes"

	"trawl/index"
)

// os2 reads IBM's server for OS/2, whose years may go on past 99:
//
//	    0           DIR   04-11-95   16:26  ADDRESS
//	36611      A          04-23-103  10:57  OS2TEST1.FILE
//	 1123  DIR  A         10-05-100  23:38  data
type os2 struct {
	*clock
	w words
}

var _ dialect = (*os2)(nil)

func (*os2) name() string { return "os2" }

func (o *os2) parse(line []byte, it *item) verdict {
	w := &o.w
	w.split(line)
	n, ok := number(w.word(0))
	if !ok {
		return alien
	}
	*it = item{size: n}
	i := 1
	for ; i < 4; i++ {
		b := w.word(i)
		if equalFold(b, "dir") {
			it.kind, it.size = index.Dir, index.UnknownSize
		} else if !isAttributes(b) {
			break
		}
	}
	last, when, ok := o.dateTimeAt(w, i, monthFirst)
	if !ok || last == i && when.prec != index.Unknown || len(w.word(i)) < 6 || isLetter(w.word(i)[0]) {
		return alien
	}
	it.when = when
	it.name = bytes.TrimLeft(w.after(last), " ")
	if len(it.name) == 0 {
		return alien
	}
	return entry
}

// isAttributes reports whether b is made of the letters of DOS attributes.
func isAttributes(b []byte) bool {
	for _, c := range b {
		if bytes.IndexByte([]byte("ARHSarhs"), c) < 0 {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 4
}
