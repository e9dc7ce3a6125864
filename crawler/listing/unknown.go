package listing

import "bytes"

// This file reads what stands in place of a date that a server does not know, or has wrong.

// unknownAt reads marks in place of a date behind a size at word i, and returns the last word of them.
//
//	??? ?? ?????; ??/??/?? ??:??; **-**-** **:**; (null)  0 00:00; <no date>
func unknownAt(w *words, i int) (last int, ok bool) {
	if n := w.word(i - 1); !isUnknown(n) {
		if _, sized := size(n); !sized {
			return 0, false
		}
	}
	last, ok = bracketed(w, i)
	if b := w.word(i); !ok && isUnknown(b) {
		last, ok = i, bytes.ContainsAny(b, ":/.-") || b[0] == '*' && len(b) >= 6
	} else if !ok {
		return 0, false
	}
	if monthless(w, i, last) {
		return last + 2, true
	}
	for ok && last < i+2 && isSameMark(w.word(i), w.word(last+1)) {
		last++
	}
	return last, ok && last < w.n-1
}

// isSameMark reports whether b stands in place of the time as before does in place of the day.
func isSameMark(before, b []byte) bool {
	if isUnknown(b) {
		return b[0] == before[0] && (b[0] == '*' || bytes.IndexByte(b, ':') > 0)
	}
	return before[0] == '(' && bytes.Equal(before, b)
}

// monthless reports whether a day and a time or a year follow a word that stands for the month, words
// i to last.
func monthless(w *words, i, last int) bool {
	if last+3 >= w.n || last == i && len(w.word(i)) == 1 {
		return false
	}
	day, when := w.word(last+1), w.word(last+2)
	if _, dated := dayNumber(day); !dated && !isNoDay(day) && !isUnknown(day) {
		return false
	}
	_, year := yearNumber(when)
	_, timed := readTime(when)
	return year || timed || isUnknown(when) && len(when) >= 4 || string(when) == "0000"
}

// bracketed reads words in brackets that say that there is no date, and returns the last of them.
func bracketed(w *words, i int) (last int, ok bool) {
	b := w.word(i)
	var closing byte
	switch b[0] {
	case '(':
		closing = ')'
	case '<':
		closing = '>'
	case '[':
		closing = ']'
	default:
		return i, false
	}
	for last = i; last < i+3 && last < w.n; last++ {
		if end := w.word(last); end[len(end)-1] == closing {
			text := bytes.ToLower(w.line[w.at[i].start+1 : w.at[last].end-1])
			return last, (noise{"null", "nil", "none", "n/a", "unknown", "no date", "no time", "unknown date", "date unknown", "invalid date", "bad date"}).has(text)
		}
	}
	return i, false
}

// isUnknown reports whether b is question marks or stars, perhaps with the separators of a date.
func isUnknown(b []byte) bool {
	return len(b) > 0 && (b[0] == '?' || b[0] == '*') && len(bytes.Trim(b, string(b[:1])+":/.-,")) == 0
}

// isNoDay reports whether b is a number in the place of a day that no month has, "0", "00" or "32".
func isNoDay(b []byte) bool {
	b = bytes.TrimRight(b, ".,")
	_, dated := dayNumber(b)
	return !dated && len(b) <= 2 && allDigits(b)
}

// noDayAt reads a month with a day that no month has, behind a size or a day of the week: a date, but
// no time.
//
//	Jan  0  2000; Jan 00 00:00; Jun 32 1999
func (c *clock) noDayAt(w *words, i int) (last int, m instant, ok bool) {
	before := w.word(i - 1)
	_, behind := size(before)
	behind = behind || isWeekday(before)
	if !behind || !isNoDay(w.word(i+1)) || c.month(w.word(i)) == 0 {
		return 0, m, false
	}
	if string(w.word(i+2)) == "0000" {
		return i + 2, m, true
	}
	last, _, ok = c.yearOrTime(w, i+2, 1, 1)
	return last, m, ok
}

// questions returns the last word of the marks that ls writes for all columns of a file that it cannot
// look at, of which the first is word i.
//
//	-????????? ? ? ? ?            ? locked
func questions(w *words, i int) (last int, ok bool) {
	for last = i; last < i+5 && last < w.n-1 && string(w.word(last)) == "?"; last++ {
	}
	return last - 1, last >= i+4
}
