package listing

import "trawl/index"

// vmReader reads the virtual reader of z/VM: spool number, origin, records, date, time, name and
// type.
//
//	0013 VMHOST   00000042 1998-04-02 12:33:20 PROFILE  EXEC
type vmReader struct {
	*clock
	w    words
	wire []byte
}

var _ dialect = (*vmReader)(nil)

func (*vmReader) name() string { return "vm-reader" }

func (v *vmReader) parse(line []byte, it *item) verdict {
	w := &v.w
	w.split(line)
	if len(w.word(0)) != 4 || !allDigits(w.word(0)) || len(w.word(2)) != 8 || !allDigits(w.word(2)) || w.n < 6 || w.n > 7 {
		return alien
	}
	last, when, ok := v.dateTimeAt(w, 3, yearFirst)
	if !ok || last != 4 {
		return alien
	}
	*it = item{name: w.word(5), size: index.UnknownSize, when: when}
	if w.n == 7 {
		v.wire = append(append(append(v.wire[:0], w.word(5)...), '.'), w.word(6)...)
		it.name = v.wire
	}
	return entry
}
