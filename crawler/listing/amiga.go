package listing

import (
	"bytes"

	"trawl/index"
)

// amiga reads what LIST shows on the Amiga: name, size or "Dir", protection, date and time, or the same
// with the name last. Days of the last week have their name. A line with a colon is a comment.
//
//	README                            1234 ----rwed 12-Mar-93 10:11:12
//	two words                          Dir ----rwed Monday    10:11:12
//	----rwed     1234  12-Mar-1993 10:11:12 README
type amiga struct {
	*clock
	w words
}

var _ dialect = (*amiga)(nil)

func (*amiga) name() string { return "amiga" }

func (a *amiga) parse(line []byte, it *item) verdict {
	w := &a.w
	w.split(line)
	if w.n < 5 || line[0] == ' ' || line[0] == ':' {
		return a.chatter(line)
	}
	*it = item{size: index.UnknownSize}
	ok := false
	if isProtection(w.word(0)) {
		ok = a.nameLast(it)
	} else if isProtection(w.word(w.n - 3)) {
		ok = a.nameFirst(line, it)
	}
	if !ok {
		return a.chatter(line)
	}
	return entry
}

// nameFirst reads what LIST shows. It reports whether the line is that; so does nameLast.
func (a *amiga) nameFirst(line []byte, it *item) bool {
	w := &a.w
	at := w.n - 4
	size := w.word(at)
	n, sized := number(size)
	switch {
	case equalFold(size, "dir"):
		it.kind = index.Dir
	case equalFold(size, "empty"):
		it.size = 0
	case sized:
		it.size = n
	default:
		return false
	}
	it.name = bytes.TrimRight(line[:w.at[at].start], " ")
	last := 0
	last, it.when = a.dated(w.n - 2)
	return last == w.n-1
}

func (a *amiga) nameLast(it *item) bool {
	w := &a.w
	n, sized := number(w.word(1))
	if !sized {
		return false
	}
	if w.word(0)[0] == 'd' {
		it.kind = index.Dir
	} else {
		it.size = n
	}
	last := 0
	last, it.when = a.dated(2)
	it.name = w.after(last)
	return last == 3 && len(it.name) > 0
}

// dated reads the date and the time at word i, and returns their last word, 0 if they are not there.
func (a *amiga) dated(i int) (last int, when instant) {
	w := &a.w
	if last, when, ok := a.dateTimeAt(w, i, dayFirst); ok {
		return last, when
	}
	t, timed := readTime(w.word(i + 1))
	back, ok := a.daysBack(w.word(i))
	if !timed || !ok {
		return 0, when
	}
	if equalFold(w.word(i), "future") {
		return i + 1, when
	}
	return i + 1, instant{(a.now/day-back)*day + int64(t.seconds) - a.zone, t.prec}
}

// daysBack returns how many days ago it was the day that b names.
func (a *amiga) daysBack(b []byte) (int64, bool) {
	switch {
	case equalFold(b, "today"), equalFold(b, "future"):
		return 0, true
	case equalFold(b, "yesterday"):
		return 1, true
	}
	today := a.now/day + 4 // the first of January 1970 was the fourth day of a week
	for i, name := range []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"} {
		if equalFold(b, name) {
			return (today - int64(i)) % 7, true
		}
	}
	return 0, false
}

// isProtection reports whether b is the bits of a file of the Amiga, of which the first may be the type.
func isProtection(b []byte) bool {
	if len(b) != 8 {
		return false
	}
	for i, c := range b {
		if c != '-' && c != "hsparwed"[i] && (i > 0 || c != 'd') {
			return false
		}
	}
	return true
}

// chatter reads heads, sums and comments.
func (a *amiga) chatter(line []byte) verdict {
	if line[0] == ':' || (noise{"directory * on *", "total # file* - *", "# file* - # block* used", "# file* - # director* - # block* used", "# director* - # block* used"}).has(line) {
		return chatter
	}
	return alien
}
