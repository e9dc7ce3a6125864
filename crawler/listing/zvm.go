package listing

import "trawl/index"

// zvm reads z/VM and VM/ESA: name, type, format, record length, records, blocks,
// date, time, owner. On the wire name and type are joined by a dot.
//
//	README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
//	PROFILE  EXEC     F         80          7          1 11/21/97 23:26:08 FTP301
//	CAIRO             DIR        -          -          -  8/06/96 11:12:52 -
//
// The form of FILELIST has the mode of the file behind its type:
//
//	LASTING  GLOBALV   A1 V      41     21     1       9/16/91   15:10:32
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
	i := 1 // the format
	for i < 4 && !isFormat(w.word(i)) {
		i++
	}
	last, when, ok := z.dateTimeAt(w, i+4, monthFirst)
	if i == 4 || !ok || when.prec != index.Second || last+2 < w.n {
		if (noise{"filename filetype fm format lrecl records blocks date time"}).has(line) {
			return chatter
		}
		return alien
	}
	*it = item{size: index.UnknownSize, when: when}
	if !z.format(w, i, it) {
		return alien
	}
	typed := i
	if typed > 1 && isFileMode(w.word(i-1)) {
		typed--
	}
	it.name = w.word(0)
	switch {
	case typed == 2:
		z.wire = append(append(append(z.wire[:0], w.word(0)...), '.'), w.word(1)...)
		it.name = z.wire
	case typed > 2:
		return alien
	}
	if len(w.word(0)) > 8 && it.kind != index.Dir {
		return alien
	}
	return entry
}

// isFormat reports whether b is the format of the records, or the word for a directory.
func isFormat(b []byte) bool {
	return len(b) == 1 && (b[0] == 'F' || b[0] == 'V') || equalFold(b, "dir")
}

// isFileMode reports whether b is the letter of a disk and a digit.
func isFileMode(b []byte) bool { return len(b) == 2 && isLetter(b[0]) && b[1] >= '0' && b[1] <= '6' }

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
