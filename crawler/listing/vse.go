package listing

import (
	"bytes"

	"trawl/index"
)

// vse reads TCP/IP for VSE: the root, libraries, sublibraries, catalogs of VSAM, tables of contents
// and queues of POWER. Sizes are in records, but for the number of bytes none is given.
//
//	ONLINE     <Directory>
//	SCRATCH    Entry Seq VSAM
//	PROD       <Sub Library>    12    340  02/11/20 12:34:56
//	HELLO.PROC    12     3  02/11/20 12:34:56  03/01/10 01:02:03   F
//	CUST.FILE     02/11/20 12:34:56   500  K
//	PAYROLL.00012.000  12  3  456  3  D  OWNER
type vse struct {
	*clock
	w words
}

var _ dialect = (*vse)(nil)

func (*vse) name() string { return "vse" }

func (v *vse) parse(line []byte, it *item) verdict {
	w := &v.w
	w.split(line)
	if line[0] == ' ' || w.n < 2 {
		return alien
	}
	*it = item{name: w.word(0), size: index.UnknownSize}
	second := w.word(1)
	switch {
	case second[0] == '<':
		return v.place(line, it)
	case w.n == 4 && equalFold(w.word(3), "vsam"):
		return entry
	case w.n == 5 && len(w.word(4)) == 1 && allDigits(w.word(3)) && bytes.IndexByte([]byte("SDVIUEKR"), w.word(4)[0]) >= 0:
		return v.dated(1, 3, it)
	case allDigits(second) && allDigits(w.word(2)) && (w.n == 6 || w.n == 8) && isMemberKind(w.word(w.n-1)):
		return v.dated(w.n-3, w.n-1, it)
	case (w.n == 6 || w.n == 7) && bytes.Count(it.name, []byte{'.'}) == 2 && allDigits(second) &&
		allDigits(w.word(2)) && allDigits(w.word(3)) && allDigits(w.word(4)) && len(w.word(5)) == 1 && isLetter(w.word(5)[0]):
		return entry
	}
	return alien
}

// isMemberKind reports whether b says how the records of a member are: fixed or as a string.
func isMemberKind(b []byte) bool { return string(b) == "F" || string(b) == "S" }

// place reads a place of the root, or a sublibrary, which has a date.
func (v *vse) place(line []byte, it *item) verdict {
	start := int(v.w.at[1].start) + 1
	end := start + bytes.IndexByte(line[start:], '>')
	if end < start || !isPlace(line[start:end]) {
		return alien
	}
	rest := &v.w
	it.kind = index.Dir
	last := rest.n - 1
	if int(rest.at[last].end) == end+1 {
		return entry
	}
	if !bytes.HasSuffix(line[:end], []byte("<Sub Library")) {
		return alien
	}
	return v.dated(last-1, last+1, it)
}

// isPlace reports whether b is the words of a kind of place.
func isPlace(b []byte) bool {
	for _, c := range b {
		if !isLetter(c) && c != ' ' {
			return false
		}
	}
	return len(b) > 3 && !equalFold(b, "dir")
}

// dated reads the date and the time in words i to before end.
func (v *vse) dated(i, end int, it *item) verdict {
	last, when, ok := v.dateTimeAt(&v.w, i, yearFirst)
	if !ok || last+1 != end {
		return alien
	}
	it.when = when
	return entry
}
