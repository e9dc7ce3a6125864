package listing

import "bytes"

// looseAt reads what is a date only because a size is before it: a month that is cut, a year of two
// digits, a name that is glued to the end, dashes, the years of other calendars, and any form that
// dateTimeAt reads. A date that does not exist makes no instant, but is no part of the name either.
// If whole is not set, month and day alone are enough.
func (c *clock) looseAt(w *words, i int, whole bool) (last int, m instant, ok bool) {
	if !allDigits(w.word(i - 1)) {
		return 0, m, false
	}
	if last, ok = noneAt(w, i); ok {
		return last, m, true
	}
	if end, year, month, dom, ok := eraDay(w, i); ok {
		return c.fullDate(w, end, year, month, dom)
	}
	month, dom, end, known := c.monthDay(w, i)
	switch {
	case end == 0:
		return c.wordDate(w, i)
	case !whole:
		_, later := dayNumber(w.word(end + 1))
		return end, m, known && end < w.n-1 && (!later || isLetter(w.word(i)[0]))
	}
	if last, m, ok = c.yearOrTime(w, end+1, month, dom); ok {
		return last, m, true
	}
	if last, m, ok = c.gluedAt(w, end+1, month, dom); ok {
		return last, m, true
	}
	if isDigit(w.word(i)[0]) && (c.leads || isYearOrTime(w.word(end+2))) {
		return 0, m, false // the day is a size: 22 Nov 22 10:00
	}
	return c.oddYear(w, end+1, month, dom)
}

// unglue parts columns that ran into each other at word i, and reports whether the date begins with
// the next word.
//
//	1234567890Nov 22 2019; 12 Nov22 2019
func (c *clock) unglue(w *words, i int) bool {
	b := w.word(i)
	digits := 0
	for digits < len(b) && isDigit(b[digits]) {
		digits++
	}
	letters := digits
	for letters < len(b) && (isLetter(b[letters]) || b[letters] >= 0x80) {
		letters++
	}
	if letters-digits < 3 || c.month(b[digits:letters]) == 0 {
		return false
	}
	switch size := allDigits(w.word(i - 1)); {
	case digits > 2 && letters == len(b) && !size:
		if _, ok := dayNumber(w.word(i + 1)); ok {
			w.cut(i, digits)
			return true
		}
	case !size, letters == len(b), !allDigits(b[letters:]):
	case digits == 0 && len(b)-letters <= 2:
		w.cut(i, letters)
	}
	return false
}

// isYearOrTime reports whether b has the shape of a year or a time.
func isYearOrTime(b []byte) bool {
	return len(b) >= 4 && isDigit(b[0]) && (len(b) == 4 && allDigits(b) || bytes.IndexByte(b, ':') > 0)
}

// monthDay reads a month and a day in words i and after, in either order. end is the last of them, 0 if
// they are none; known reports that the name of the month is not cut.
func (c *clock) monthDay(w *words, i int) (month, dom, end int, known bool) {
	first, second := w.word(i), w.word(i+1)
	if n := len(first); n > 2 && n < 6 && isDigit(first[0]) {
		if month, dom = c.dayMonthPair(first); month != 0 {
			return month, dom, i, false
		}
	}
	if isDigit(first[0]) {
		first, second = second, first
	}
	if len(first) < 3 || len(second) == 0 || len(second) > 4 || isDigit(first[0]) || !isDigit(second[0]) {
		return 0, 0, 0, false
	}
	digits := bytes.TrimRight(second, "stndrh.,") // 1st, 2nd, 3rd, 4th
	n, ok := number(digits)
	if !ok || len(digits) > 2 {
		return 0, 0, 0, false
	}
	if month = c.month(first); month != 0 {
		return month, int(n), i + 1, true
	}
	if month = c.cutMonth(first); month == 0 {
		return 0, 0, 0, false
	}
	return month, int(n), i + 1, false
}

// dayMonthPair reads "11/22", "22/11" and "22.11".
func (c *clock) dayMonthPair(b []byte) (month, dom int) {
	sep, at := firstNonDigit(b)
	if sep != '/' && sep != '.' || at < 1 {
		return 0, 0
	}
	x, ok1 := number(b[:at])
	y, ok2 := number(b[at+1:])
	switch {
	case !ok1 || !ok2 || x < 1 || y < 1 || x > 31 || y > 31 || x > 12 && y > 12:
		return 0, 0
	case x > 12 || y <= 12 && (sep == '.' || c.orders[1].order == dayFirst):
		return int(y), int(x)
	}
	return int(x), int(y)
}

// oddYear reads what follows month and day in word i where it is neither a year of ours nor a time:
// "19", "'19", "2562", "10h15", "25:77".
func (c *clock) oddYear(w *words, i, month, dom int) (last int, m instant, ok bool) {
	b := w.word(i)
	if i+1 >= w.n {
		return 0, m, false
	}
	year, isYear := anyYear(b)
	far, isNumber := number(b)
	switch {
	case isYear:
		m, _ = c.date(year, month, dom)
	case isNumber && (far == 0 || len(b) == 5): // a year that is not known
	case isNumber && len(b) == 4:
		m, _ = c.date(c.gregorian(int(far), month, dom))
	case isDigit(b[0]) && len(b) <= 8 && bytes.ContainsAny(b, ":hH"):
		if t, ok := readTime(bytes.Replace(bytes.ToLower(b), []byte{'h'}, []byte{':'}, 1)); ok {
			m = c.recent(month, dom, t)
		}
	default:
		return 0, m, false
	}
	return i, m, true
}

// wordDate reads a date in one word, perhaps with the time in it or behind it: "2019-11-22T10:15:11Z",
// "22/Nov/2019", "22-Nov-2019:10:15", "2019:11:22", "20191122 101511".
func (c *clock) wordDate(w *words, i int) (last int, m instant, ok bool) {
	b := w.word(i)
	if len(b) < 6 || i+1 >= w.n {
		return 0, m, false
	}
	if day, clock, joined := cutClock(b); joined {
		year, month, dom, ok := c.dayOf(day)
		t, timed := readTime(clock)
		if !ok || !timed {
			return 0, m, false
		}
		if day[4] == '-' && b[len(b)-1] == 'Z' {
			t.zoned = true
		}
		m, _ = c.at(year, month, dom, t)
		return i, m, true
	}
	if allDigits(b) && len(b) != 8 && len(b) != 14 {
		return 0, m, false
	}
	if last, m, ok = c.packedAt(w, i); ok {
		t, timed := packedTime(w.word(i + 1))
		if !timed {
			t, timed = readTime(w.word(i + 1))
		}
		if timed && len(b) == 8 && i+2 < w.n {
			m.unix, m.prec = m.unix+int64(t.seconds)-c.zone, t.prec
			return i + 1, m, true
		}
		return last, m, true
	}
	year, month, dom, ok := c.dayOf(b)
	if !ok {
		year, month, dom, ok = c.joinedDay(b)
	}
	if !ok {
		return 0, m, false
	}
	return c.fullDate(w, i, year, month, dom)
}

// dayOf reads a day in one word.
func (c *clock) dayOf(b []byte) (year, month, dom int, ok bool) {
	if year, month, dom, ok = c.anyTriple(b, monthFirst); ok {
		return year, month, dom, true
	}
	return c.dashed(b)
}

// joinedDay reads 22Nov2019 and 22Nov19.
func (c *clock) joinedDay(b []byte) (year, month, dom int, ok bool) {
	from := 0
	for from < len(b) && isDigit(b[from]) {
		from++
	}
	to := from
	for to < len(b) && !isDigit(b[to]) {
		to++
	}
	if dom, ok = dayNumber(b[:from]); !ok || to-from < 3 {
		return 0, 0, 0, false
	}
	year, ok = anyYear(b[to:])
	month = c.month(b[from:to])
	return year, month, dom, ok && month != 0
}

// cutClock parts a date and the time that "T" or ":" joins to it.
func cutClock(b []byte) (day, clock []byte, ok bool) {
	for i := 8; i < len(b) && i < 13; i++ {
		if (b[i] == 'T' || b[i] == ':') && isDigit(b[i-1]) && i+4 < len(b) && isDigit(b[i+1]) {
			return b[:i], bytes.TrimRight(b[i+1:], "Z"), bytes.ContainsAny(b[:i], "-/")
		}
	}
	return nil, nil, false
}

// packedTime reads "1015" and "101511".
func packedTime(b []byte) (t timeOfDay, ok bool) {
	if len(b) != 4 && len(b) != 6 || !allDigits(b) {
		return t, false
	}
	plain := append(append(append([]byte{}, b[:2]...), ':'), b[2:4]...)
	if len(b) == 6 {
		plain = append(append(plain, ':'), b[4:]...)
	}
	return readTime(plain)
}

// gluedAt reads a year or a time to which the name is glued, "2019Readme".
func (c *clock) gluedAt(w *words, i, month, dom int) (last int, m instant, ok bool) {
	b := w.word(i)
	if len(b) <= 4 {
		return 0, m, false
	}
	if year, ok := yearNumber(b[:4]); ok && !c.sticks && isDigit(b[4]) {
		return 0, m, false
	} else if ok {
		c.sticks = true
		w.cut(i, 4)
		m, _ = c.date(year, month, dom)
		return i, m, true
	}
	if len(b) <= 5 || b[2] != ':' || !c.sticks && isDigit(b[5]) {
		return 0, m, false
	}
	t, ok := readTime(b[:5])
	if !ok || b[5] == ':' {
		return 0, m, false
	}
	c.sticks = true
	w.cut(i, 5)
	m = c.recent(month, dom, t)
	return i, m, true
}
