package listing

import (
	"bytes"
	"slices"
	"strconv"

	"trawl/index"
)

// span is the words of a date, the first and the last.
type span struct{ first, last int }

// findDate finds the leftmost date after word from: first among those that can be
// nothing else, then among those of numbers alone. It reports whether a name follows the
// date; the span is empty if there is no date at all.
func (c *clock) findDate(w *words, from int) (span, instant, bool) {
	for i := from; i < w.n-1; i++ {
		if last, m, ok := c.dateAt(w, i); ok {
			return span{i, last}, m, last < w.n-1 || blankName(w, last)
		}
	}
	for _, sure := range []bool{true, false} {
		for i := from + 1; i < w.n-1; i++ {
			if c.unglue(w, i) {
				i++
			}
			if last, m, ok := c.looseAt(w, i, sure); ok {
				return span{i, last}, m, last < w.n-1
			}
		}
	}
	for i := from + 1; i < w.n-1 && i < from+12; i++ {
		if last, m, ok := c.numbersAt(w, i); ok && last < w.n-1 {
			return span{i, last}, m, true
		}
	}
	return span{}, instant{}, false
}

// blankName reports whether there are only spaces, but more than one, after word i.
func blankName(w *words, i int) bool { return i == w.n-1 && len(w.after(i)) > 0 }

// dateAt reads the date that begins with word i and returns its last word.
func (c *clock) dateAt(w *words, i int) (last int, m instant, ok bool) {
	b := w.word(i)
	switch {
	case len(b) < 2:
		if len(b) == 1 && b[0] >= '1' && b[0] <= '9' {
			return c.dayMonthAt(w, i)
		}
		return 0, m, false
	case b[0] == '-':
		if last, ok = noneAt(w, i); ok && allDigits(w.word(i-1)) {
			return last, m, true
		}
		return 0, m, false
	case b[0] >= '0' && b[0] <= '9':
		return c.digitsAt(w, i)
	case b[0] < 'A':
		last, ok = unknownAt(w, i)
		return last, m, ok
	}
	if isWeekday(b) && len(w.word(i+1)) >= 3 {
		i++
	} else if b[len(b)-1] == ',' && isWeekday(b[:len(b)-1]) {
		// "Wed, 13 Jul 2011" and "Wednesday, July 13, 2011"
		return c.dateAt(w, i+1)
	}
	return c.monthAt(w, i)
}

// isWeekday reports whether b is a day of the week, "Wed" or "Wednesday".
func isWeekday(b []byte) bool {
	if len(b) != 3 && (len(b) < 6 || len(b) > 9 || !equalFold(b[len(b)-3:], "day")) {
		return false
	}
	for _, known := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if hasFold(b, known) {
			return true
		}
	}
	return false
}

// monthAt reads "Nov 29 12:34", "Nov 29  2007", "Oct 08, 2002 09:47",
// "Nov 29 12:34:56 2007" and "Nov 29 12:34:56 +0100 2007".
func (c *clock) monthAt(w *words, i int) (last int, m instant, ok bool) {
	second, third := w.word(i+1), w.word(i+2)
	if len(third) < 2 || len(second) > 3 || !isDigit(second[0]) || !isDigit(third[0]) && third[0] < 0x80 {
		return 0, m, false
	}
	dom, ok := dayNumber(second)
	if !ok {
		return c.noDayAt(w, i)
	}
	month := c.month(w.word(i))
	switch {
	case month == 0:
		return 0, m, false
	case len(third) == 2:
		return c.shortYear(w, i+2, month, dom)
	}
	return c.yearOrTime(w, i+2, month, dom)
}

// mayBeTime reports whether b can be a year or a time of day, at a glance.
func mayBeTime(b []byte) bool { return len(b) >= 4 && b[0] >= '0' && b[0] <= '9' }

// yearOrTime reads the year or the time of day that follows a month and a day. A day that
// the month lacks makes a date all the same, but no time.
func (c *clock) yearOrTime(w *words, i, month, dom int) (last int, m instant, ok bool) {
	if year, ok := yearNumber(w.word(i)); ok {
		// ls sets two spaces before the year, where others follow it with a time.
		if i+1 < w.n-1 && (c.clocks || w.at[i].start == w.at[i-1].end+1) {
			if last, t, ok := clockAt(w, i+1); ok {
				last, t = zoneAt(w, last+1, t)
				m, _ = c.at(year, month, dom, t)
				return last, m, true
			}
		}
		m, _ = c.date(year, month, dom)
		return i, m, true
	}
	b := w.word(i)
	t, ok := readTime(b)
	if !ok {
		if t, ok = dottedTime(b); !ok && halfOf(b) == 0 {
			return 0, m, false
		}
	}
	if t.prec == index.Second {
		if last, year, t, ok := yearBehind(w, i); ok {
			m, _ = c.at(year, month, dom, t)
			return last, m, true
		}
	}
	if c.halves || !ok {
		if i, t, ok = clockAt(w, i); !ok {
			return 0, m, false
		}
	}
	m = c.recent(month, dom, t)
	return i, m, true
}

// shortYear reads the two digits of a year and the time that must follow them, "93 12:22" or
// "99 10:39 pm".
func (c *clock) shortYear(w *words, i, month, dom int) (last int, m instant, ok bool) {
	if !allDigits(w.word(i)) {
		return 0, m, false
	}
	last, t, ok := clockAt(w, i+1)
	if !ok || last >= w.n-1 {
		return 0, m, false
	}
	year, _ := number(w.word(i))
	m, _ = c.at(fullYear(int(year), 2), month, dom, t)
	c.short = true
	return last, m, true
}

// dottedTime reads 12.34, as Italians and Swedes write the time.
func dottedTime(b []byte) (timeOfDay, bool) {
	hour, minute, ok := bytes.Cut(b, []byte{'.'})
	if !ok || len(hour) > 2 || len(minute) != 2 || !allDigits(hour) || !allDigits(minute) {
		return timeOfDay{}, false
	}
	return readTime(append(append(slices.Clip(hour), ':'), minute...))
}

// dayMonthAt reads "29 Nov 12:34", "29. Nov. 2007", "29 Nov, 12:34", "29 de nov. 2007",
// "29 d’abr. 2007" and "29. нов. у 12:34".
func (c *clock) dayMonthAt(w *words, i int) (last int, m instant, ok bool) {
	dom, ok := dayNumber(w.word(i))
	if !ok {
		return 0, m, false
	}
	name, next := w.word(i+1), i+2
	if string(name) == "de" {
		name, next = w.word(i+2), i+3
	}
	if string(w.word(next)) == "у" {
		next++
	}
	if !mayBeTime(w.word(next)) {
		return 0, m, false
	}
	if of, elided := bytes.CutPrefix(name, []byte("d’")); elided {
		name = of
	}
	month := c.month(name)
	if month == 0 {
		return 0, m, false
	}
	return c.yearOrTime(w, next, month, dom)
}

// glued reads "29. úno  2007", where the space before the month is one that does not
// break.
func (c *clock) glued(w *words, i int, first, second []byte) (last int, m instant, ok bool) {
	dom, ok := dayNumber(first)
	if !ok || !mayBeTime(w.word(i+1)) {
		return 0, m, false
	}
	for _, space := range []string{"\u00a0", "\xa0"} {
		second = bytes.TrimPrefix(second, []byte(space))
	}
	month := c.month(second)
	if month == 0 {
		return 0, m, false
	}
	return c.yearOrTime(w, i+1, month, dom)
}

// yearMonthAt reads "2007 nov.  29" behind a size.
func (c *clock) yearMonthAt(w *words, i int) (last int, m instant, ok bool) {
	year, ok := yearNumber(w.word(i))
	if !ok || !allDigits(w.word(i-1)) {
		return 0, m, false
	}
	dom, ok := dayNumber(w.word(i + 2))
	if !ok {
		return 0, m, false
	}
	month := c.month(w.word(i + 1))
	if month == 0 {
		return 0, m, false
	}
	if last, _, ok := c.yearOrTime(w, i+3, month, dom); ok && last < w.n-1 {
		return 0, m, false // the year is a size
	}
	m, ok = c.date(year, month, dom)
	return i + 2, m, ok
}

// dottedAt reads "29. 11.  2007", "29.11. 12:34" and "5. 1. 2007", of which the year or
// the time is word next.
func (c *clock) dottedAt(w *words, first, second []byte, next int) (last int, m instant, ok bool) {
	if len(second) < 2 || second[len(second)-1] != '.' {
		return 0, m, false
	}
	dom, ok := dayNumber(first)
	if !ok {
		return 0, m, false
	}
	month, ok := dayNumber(second)
	if !ok || month > 12 {
		return 0, m, false
	}
	return c.yearOrTime(w, next, month, dom)
}

// digitsAt reads dates that begin with a digit and are more than numbers.
func (c *clock) digitsAt(w *words, i int) (last int, m instant, ok bool) {
	b := w.word(i)
	sep, at := firstNonDigit(b)
	switch {
	case sep == 0:
		if last, m, ok = c.dayMonthAt(w, i); !ok {
			last, m, ok = c.yearMonthAt(w, i)
		}
		return last, m, ok
	case sep == '.' && at == len(b)-1:
		if last, m, ok = c.dayMonthAt(w, i); !ok {
			last, m, ok = c.dottedAt(w, b[:at], w.word(i+1), i+2)
		}
		return last, m, ok
	case sep == '.' && b[at+1] >= 0x80:
		return c.glued(w, i, b[:at], b[at+1:])
	case sep == '.' && b[len(b)-1] == '.':
		return c.dottedAt(w, b[:at], b[at+1:], i+1)
	case sep >= 0x80:
		return c.eastAsian(w, i)
	case sep == '-' || sep == '/' || sep == '.':
		return c.joined(w, i, b)
	case sep == 'T':
		m, ok = c.isoStamp(b)
		return i, m, ok
	}
	return 0, m, false
}

// firstNonDigit returns the first byte that is no digit and where it is.
func firstNonDigit(b []byte) (c byte, at int) {
	for i, c := range b {
		if c < '0' || c > '9' {
			return c, i
		}
	}
	return 0, 0
}

// joined reads "2005-06-07 21:22", "2005-06-07 21:22:03.000 +0200",
// "24.04.2003 17:12", "2004.07.15", "01-jun-99" and "09-26 13:45".
func (c *clock) joined(w *words, i int, b []byte) (last int, m instant, ok bool) {
	if len(b) > 12 {
		if m, ok := c.isoStamp(b); ok {
			return i, m, true
		}
	}
	b = bytes.TrimRight(b, ",")
	year, month, dom, exists, ok := c.shape(b, monthFirst)
	if !ok || len(b) < 8 || !exists && !allDigits(w.word(i-1)) {
		if year, month, dom, ok = c.dashed(b); !ok {
			return c.monthDash(w, i, b)
		}
	}
	last = i + 1
	t, timed := readTime(w.word(last))
	if !timed {
		last, t, timed = oddTime(w, last)
	}
	if !timed && c.clocks {
		last, t, timed = clockAt(w, i+1)
	}
	if !timed || last >= w.n-1 || isWide(w, i) {
		// Where a time would be, the name of a file may look like one only if it is the last word.
		m, _ = c.date(year, month, dom)
		return i, m, true
	}
	if !t.zoned {
		last, t = zoneAt(w, last+1, t)
	}
	m, _ = c.at(year, month, dom, t)
	return last, m, true
}

// oddTime reads a time of day at word i that has its zone glued, or the half of the day before it.
func oddTime(w *words, i int) (last int, t timeOfDay, ok bool) {
	b := w.word(i)
	switch {
	case len(b) < 2:
		return i, t, false
	case isDigit(b[0]):
		t, ok = zonedTime(b)
		return i, t, ok
	case b[0] >= 0x80:
		if last, t, ok = clockAt(w, i); ok {
			return last, t, true
		}
	}
	return i, t, false
}

// isWide reports whether word i is a date that ls --time-style=iso made as wide as
// "09-26 13:45": "2005-06-07 ", with a space more than that before the name.
func isWide(w *words, i int) bool {
	b := w.word(i)
	return len(b) == 10 && b[4] == '-' && i+1 < w.n && w.at[i+1].start > w.at[i].end+1
}

// dashed reads 01-jun-99, 19-NOV-2001, Feb-28-1998, 22/Nov/2019 and 2024-Jan-05.
func (c *clock) dashed(b []byte) (year, month, dom int, ok bool) {
	sep := byte('-')
	if bytes.IndexByte(b, '/') > 0 {
		sep = '/'
	}
	i := bytes.IndexByte(b, sep)
	j := bytes.LastIndexByte(b, sep)
	if i <= 0 || j <= i || j-i > 12 {
		return 0, 0, 0, false
	}
	first, second, third := b[:i], b[i+1:j], b[j+1:]
	if month = c.month(second); month == 0 {
		if month = c.month(first); month == 0 {
			return 0, 0, 0, false
		}
		first = second
	}
	if len(first) == 4 {
		first, third = third, first
	}
	d, ok1 := number(first)
	y, ok2 := number(third)
	if !ok1 || !ok2 || d > 31 || len(third) > 4 || len(third) < 2 {
		return 0, 0, 0, false
	}
	return fullYear(int(y), len(third)), month, int(d), true
}

// monthDash reads "09-26 13:45" and "09-26 2000".
func (c *clock) monthDash(w *words, i int, b []byte) (last int, m instant, ok bool) {
	if len(b) != 5 || b[2] != '-' || !allDigits(b[:2]) || !allDigits(b[3:]) {
		return 0, m, false
	}
	month, _ := number(b[:2])
	dom, _ := number(b[3:])
	return c.yearOrTime(w, i+1, int(month), int(dom))
}

// eastAsian reads dates with the words for year, month and day in whatever
// charset: "4月 18日 2003年", "2005年 1月 6日", "2005年 1月06日", "8月 17 08:52".
func (c *clock) eastAsian(w *words, i int) (last int, m instant, ok bool) {
	var n [3]int
	have := marked(w.word(i), n[:])
	if have == 0 {
		return 0, m, false
	}
	want := 2
	if n[0] > 31 {
		want = 3
	}
	if last, have = moreMarked(w, i, n[:], have, want); have < want {
		return 0, m, false
	}
	if have == 3 && n[0] > 31 {
		return c.fullDate(w, last, c.leadingYear(n[0], digitsOf(n[0])), n[1], n[2])
	}
	if have != 2 || n[1] > 31 {
		return 0, m, false
	}
	if marked(w.word(last+1), n[2:]) == 1 && n[2] > 1900 {
		return c.fullDate(w, last+1, n[2], n[0], n[1])
	}
	return c.yearOrTime(w, last+1, n[0], n[1])
}

// moreMarked reads the numbers of the words that follow word i into n, until there are as many as
// wanted. It returns the last word and how many there are.
func moreMarked(w *words, i int, n []int, have, want int) (last, got int) {
	for last = i; have < want; {
		more := marked(w.word(last+1), n[have:])
		if more == 0 {
			break
		}
		last++
		have += more
	}
	return last, have
}

// fullDate makes an instant of a date that ends at word i, and of the time behind it if there is one.
func (c *clock) fullDate(w *words, i, year, month, dom int) (last int, m instant, ok bool) {
	year, month, dom = c.gregorian(year, month, dom)
	if t, timed := readTime(w.word(i + 1)); timed && i+1 < w.n-1 {
		m, ok = c.at(year, month, dom, t)
		return i + 1, m, ok
	}
	m, ok = c.date(year, month, dom)
	return i, m, ok
}

// digitsOf returns how many digits a number of up to four has.
func digitsOf(n int) int { return len(strconv.Itoa(n)) }

// marked reads into n the numbers of a word, each of which may have a word of a character
// or two behind it, and returns how many there were; 0 if it is anything else or holds more.
//
//	6 => 6; 6日 => 6; 12月06日 => 12, 6
func marked(b []byte, n []int) (found int) {
	for len(b) > 0 {
		sep, at := firstNonDigit(b)
		if sep == 0 {
			at = len(b)
		}
		value, ok := number(b[:at])
		end := at
		for end < len(b) && (b[end] < '0' || b[end] > '9') {
			end++
		}
		if !ok || at > 4 || end-at > 6 || sep != 0 && sep < 0x80 || found == len(n) {
			return 0
		}
		n[found] = int(value)
		found++
		b = b[end:]
	}
	return found
}

// numbersAt reads dates that might be other numbers: "3 29 03:26", "3 29 2007"
// and seconds since 1970.
func (c *clock) numbersAt(w *words, i int) (last int, m instant, ok bool) {
	b := w.word(i)
	if len(b) >= 9 && len(b) <= 10 && allDigits(b) && allDigits(w.word(i-1)) {
		m, ok = epoch(b)
		return i, m, ok
	}
	if year, ok := yearNumber(b); ok {
		// "2003   3 20", whose words for year, month and day were lost.
		var month [1]int
		dom, ok := dayNumber(w.word(i + 2))
		if ok && marked(w.word(i+1), month[:]) == 1 && allDigits(w.word(i-1)) {
			m, ok = c.date(year, month[0], dom)
			return i + 2, m, ok
		}
	}
	month, ok := dayNumber(b)
	if !ok || month > 12 {
		return 0, m, false
	}
	dom, ok := dayNumber(w.word(i + 1))
	if !ok {
		return 0, m, false
	}
	return c.yearOrTime(w, i+2, month, dom)
}

// dayNumber reads a day of the month, "8", "08", "8." or "8,".
func dayNumber(b []byte) (int, bool) {
	if n := len(b); n > 1 && (b[n-1] == '.' || b[n-1] == ',') {
		b = b[:n-1]
	}
	switch {
	case len(b) == 1 && b[0] >= '1' && b[0] <= '9':
		return int(b[0] - '0'), true
	case len(b) == 2 && b[0] >= '0' && b[0] <= '3' && b[1] >= '0' && b[1] <= '9':
		n := int(b[0]-'0')*10 + int(b[1]-'0')
		return n, n >= 1 && n <= 31
	}
	return 0, false
}

// yearNumber reads a year of four digits.
func yearNumber(b []byte) (int, bool) {
	if n := len(b); n > 4 && (b[n-1] == ',' || b[n-1] == '.') {
		b = b[:n-1]
	}
	if len(b) != 4 || !allDigits(b) {
		return 0, false
	}
	n, _ := number(b)
	return int(n), n >= 1900 && n < 2200
}
