package listing

import (
	"bytes"
	"time"
)

// gregorian returns the date of our calendar for one whose year is of another calendar, as servers in
// Thailand and Iran write them. A date that it cannot convert to the day it returns as one that does
// not exist.
//
//	2562-11-22 => 2019-11-22 (Buddhist), 1398-09-01 => 2019-11-22 (Persian)
func (c *clock) gregorian(year, month, dom int) (y, m, d int) {
	switch {
	case year >= 2400 && year < 2800:
		return year - 543, month, dom
	case year >= 1300 && year <= c.year-620:
		return persian(year, month, dom)
	case year >= 1300 && year < 1600:
		return 0, 0, 0 // of the Islamic calendar, whose months begin where the moon is seen
	}
	return year, month, dom
}

// leadingYear completes a year before month and day. One of three digits counts from the
// founding of the Republic of China, 108 => 2019.
func (c *clock) leadingYear(n, digits int) int {
	if digits == 3 && n >= 70 && n+1911 <= c.year+1 {
		return n + 1911
	}
	return fullYear(n, digits)
}

// persian converts a date of the solar Hijri calendar, by the rule of 33 years, which is right from
// 1244 to 1503. Years begin in March; the first six months have 31 days.
func persian(year, month, dom int) (y, m, d int) {
	if month < 1 || month > 12 || dom < 1 || dom > 31 || month > 6 && dom > 30 {
		return 0, 0, 0
	}
	// The days since 1 Farvardin 1, which was 492,268 days before 1970.
	n := (year-1)*365 + (8*year+21)/33 + (month-1)*31 + dom - 1
	if month > 7 {
		n -= month - 7
	}
	t := time.Unix(int64(n-492_268)*day, 0).UTC()
	return t.Year(), int(t.Month()), t.Day()
}

// eras are the names of years that emperors and republics count, and the year before their first.
func eras() map[string]int {
	return map[string]int{
		"平成": 1988, "令和": 2018, "昭和": 1925, "H": 1988, "R": 2018, "S": 1925,
		"民國": 1911, "民国": 1911, "พ.ศ.": -543,
	}
}

// eraDay reads a date whose year is counted in an era, and returns its last word:
// "平成31年4月1日", "平成31年 4月 1日", "R01/05/01", "H31.04.01".
func eraDay(w *words, i int) (last, year, month, dom int, ok bool) {
	b := w.word(i)
	if len(b) < 3 || b[0] < 0x80 && b[0] != 'H' && b[0] != 'R' && b[0] != 'S' {
		return 0, 0, 0, 0, false
	}
	for name, before := range eras() {
		rest, is := bytes.CutPrefix(b, []byte(name))
		if !is || len(rest) == 0 {
			continue
		}
		var n [3]int
		if threeNumbers(rest, n[:]) {
			return i, before + n[0], n[1], n[2], true
		}
		n = [3]int{}
		last, have := moreMarked(w, i, n[:], marked(rest, n[:]), 3)
		return last, before + n[0], n[1], n[2], have == 3 && b[0] >= 0x80
	}
	return 0, 0, 0, 0, false
}

// threeNumbers reads "01/05/01" into n, whatever the separators.
func threeNumbers(b []byte, n []int) bool {
	found, digits := 0, 0
	for _, c := range b {
		switch {
		case isDigit(c) && digits < 4 && found < 3:
			n[found] = n[found]*10 + int(c-'0')
			digits++
		case digits > 0 && (c == '/' || c == '.' || c == '-'):
			found, digits = found+1, 0
		default:
			return false
		}
	}
	return found == 2 && digits > 0
}
