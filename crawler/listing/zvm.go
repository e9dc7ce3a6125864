package listing

import "trawl/index"

// zvm reads z/VM and VM/ESA: name, type, format, record length, records, blocks,
// date, time, owner. On the wire name and type are joined by a dot.
//
//	README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
//	PROFILE  EXEC     F         80          7          1 11/21/97 23:26:08 FTP301
//	CAIRO             DIR        -          -          -  8/06/96 11:12:52 -
//
// Only files of records of fixed length have a size in the listing.
type zvm struct {
	*clock
	w    words
	wire []byte
}

var _ dialect = (*zvm)(nil)

func (*zvm) name() string { return "zvm" }

func (z *zvm) parse(line []byte, it *item) verdict {
	w := &z.w
	w.split(line)
	i := 2
	if equalFold(w.word(1), "dir") && len(w.word(2)) == 1 {
		i = 1
	}
	year, month, dom, ok := z.triple(w.word(i+4), monthFirst)
	t, timed := readTime(w.word(i + 5))
	if !ok || !timed || len(w.word(0)) > 8 {
		return alien
	}
	*it = item{size: index.UnknownSize}
	if it.when, ok = z.at(year, month, dom, t); !ok || !z.format(w, i, it) {
		return alien
	}
	it.name = w.word(0)
	if i == 2 {
		z.wire = append(append(append(z.wire[:0], w.word(0)...), '.'), w.word(1)...)
		it.name = z.wire
	}
	return entry
}

// format reads the format at word i and the numbers after it, and reports whether they
// are valid.
func (z *zvm) format(w *words, i int, it *item) bool {
	if equalFold(w.word(i), "dir") {
		it.kind = index.Dir
		return true
	}
	length, ok1 := number(w.word(i + 1))
	records, ok2 := number(w.word(i + 2))
	if !ok1 || !ok2 || len(w.word(i)) != 1 {
		return false
	}
	switch w.word(i)[0] {
	case 'F':
		if length > 0 && records < (1<<62)/length {
			it.size = length * records
		}
		return true
	case 'V':
		return true
	}
	return false
}
