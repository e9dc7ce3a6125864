package listing

import "bytes"

// This file holds the one reader of dates of all dialects but unix, whose dates are faster to find
// in unixdate.go. It is for dates at a known place.

// dateTimeAt reads the date at word i and the time of day behind it, if there is one, and returns
// the last word of them. It takes any separator, years of two digits, months by name, AM and PM
// joined or apart, years of other calendars, and dashes or zeros in place of a date. ok means
// that there is a date by its shape; a day that no month has makes no instant.
//
//	04-27-00 12:09PM; 9/21/2017 2:17 PM; 06:25:08 01:09PM; 2002/09/02; 01-jun-99 10:15:22.47
//	Dec 28,2001 7:01; Nov 16 1994 17:16; 16. Nov 1994; 26/AUG/1997; 990926-1431; --- -- --:--
func (c *clock) dateTimeAt(w *words, i int, fallback dateOrder) (last int, m instant, ok bool) {
	if last, ok = noneAt(w, i); ok {
		return last, m, true
	}
	if m, ok = c.isoStamp(w.word(i)); ok {
		return i, m, true
	}
	last, year, month, dom, ok := c.dayAt(w, i, fallback)
	if !ok {
		if last, m, ok = c.packedAt(w, i); !ok {
			last, m, ok = c.dateAt(w, i) // without a year, and in other forms of ls
		}
		return last, m, ok
	}
	end, t, timed := clockAt(w, last+1)
	if !timed {
		if end, timed = noneTime(w, last+1); timed {
			last = end
		}
		m, _ = c.date(year, month, dom)
		return last, m, true
	}
	if zone, ok := readZone(w.word(end + 1)); ok && t.prec > 0 {
		t.zone, t.zoned = zone, true
		end++
	}
	m, _ = c.at(year, month, dom, t)
	return end, m, true
}

// dayAt reads the day at word i, without a time, and returns its last word.
func (c *clock) dayAt(w *words, i int, fallback dateOrder) (last, year, month, dom int, ok bool) {
	b := w.word(i)
	if len(b) >= 6 {
		if year, month, dom, ok = c.anyTriple(b, fallback); ok {
			return i, year, month, dom, true
		}
		if year, month, dom, ok = c.dashed(b); ok {
			return i, year, month, dom, true
		}
	}
	if len(b) == 0 {
		return 0, 0, 0, 0, false
	}
	if last, year, month, dom, ok = eraDay(w, i); ok {
		return last, year, month, dom, true
	}
	if len(b) == 3 && isWeekday(b) {
		i++
		b = w.word(i)
	}
	if month = c.month(b); month != 0 {
		return c.dayYear(w, i+1, month)
	}
	if dom, ok = dayNumber(b); !ok {
		return 0, 0, 0, 0, false
	}
	if month = c.month(w.word(i + 1)); month == 0 {
		return 0, 0, 0, 0, false
	}
	year, ok = anyYear(w.word(i + 2))
	return i + 2, year, month, dom, ok
}

// dayYear reads the day and the year behind a month, "28 2001", "28, 2001" or "28,2001".
func (c *clock) dayYear(w *words, i, month int) (last, year, mon, dom int, ok bool) {
	day, rest, joined := bytes.Cut(w.word(i), []byte{','})
	if dom, ok = dayNumber(day); !ok {
		return 0, 0, 0, 0, false
	}
	if !joined || len(rest) == 0 {
		i++
		rest = w.word(i)
	}
	year, ok = anyYear(rest)
	return i, year, month, dom, ok
}

// anyYear reads a year of four or two digits, "'99" and "99,".
func anyYear(b []byte) (int, bool) {
	b = bytes.TrimRight(bytes.TrimPrefix(b, []byte{'\''}), ",.")
	n, ok := number(b)
	switch {
	case !ok:
		return 0, false
	case len(b) == 2:
		return fullYear(int(n), 2), true
	}
	return int(n), len(b) == 4 && n >= 1900 && n < 2200
}

// anyTriple reads a date of three numbers with any separator between them, "06:25:08", "1/2/2003".
func (c *clock) anyTriple(b []byte, fallback dateOrder) (year, month, dom int, ok bool) {
	b = bytes.TrimRight(b, ".,")
	sep, _ := firstNonDigit(b)
	switch sep {
	case '-', '/', '.':
		year, month, dom, _, ok = c.shape(b, fallback)
	case ':', '_', '\'', ',', '|', '~':
		var plain [12]byte
		if len(b) > len(plain) || bytes.Count(b, []byte{sep}) != 2 {
			return 0, 0, 0, false
		}
		for i, ch := range b {
			plain[i] = ch
			if ch == sep {
				plain[i] = '-'
			}
		}
		year, month, dom, _, ok = c.shape(plain[:len(b)], fallback)
	}
	return year, month, dom, ok
}

// packedAt reads 990926-1431, 20190926 and 20190926143105.
func (c *clock) packedAt(w *words, i int) (last int, m instant, ok bool) {
	day, clock, _ := bytes.Cut(w.word(i), []byte{'-'})
	if !allDigits(day) || len(clock) > 0 && !allDigits(clock) {
		return 0, m, false
	}
	switch {
	case len(day) == 6 && len(clock) == 4:
		year, _ := number(day[:2])
		m, ok = stamp(fullYear(int(year), 2), append(append([]byte{}, day[2:]...), clock...))
	case len(day) == 14 && len(clock) == 0, len(day) == 8 && (len(clock) == 0 || len(clock) == 4 || len(clock) == 6):
		year, _ := number(day[:4])
		m, ok = stamp(int(year), append(append([]byte{}, day[4:]...), clock...))
	}
	if ok && m.prec > 1 {
		m.unix -= c.zone
	}
	return i, m, ok
}

// dottedClock reads 12.34 and 12.34.56.
func dottedClock(b []byte) (timeOfDay, bool) {
	if len(b) < 4 || len(b) > 8 || bytes.IndexByte(b, '.') < 1 {
		return timeOfDay{}, false
	}
	var plain [8]byte
	for i, c := range b {
		plain[i] = c
		if c == '.' {
			plain[i] = ':'
		}
	}
	return readTime(plain[:len(b)])
}

// noneAt reads dashes in place of a date, "--- -- --:--" or "----------", and returns the last
// word of them.
func noneAt(w *words, i int) (last int, ok bool) {
	length, words, apart := 0, 0, false
	for ; words < 4; words++ {
		b := w.word(i + words)
		if !isDashes(b) {
			break
		}
		length += len(b)
		apart = apart || bytes.ContainsAny(b, ":/.")
	}
	return i + words - 1, words > 2 || apart || words > 0 && length >= 6
}

// noneTime reads dashes in place of a time.
func noneTime(w *words, i int) (last int, ok bool) {
	b := w.word(i)
	return i, len(b) >= 4 && isDashes(b) && bytes.ContainsAny(b, ":.")
}

// isDashes reports whether b is dashes or question marks, which separators may part.
func isDashes(b []byte) bool {
	for _, c := range b {
		if c != '-' && c != ':' && c != '/' && c != '.' && c != '?' {
			return false
		}
	}
	return len(b) > 0 && (b[0] == '-' || b[0] == '?')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
