package listing

import "bytes"

// This file reads times of day with the half of the day beside them.

// clockAt reads a time of day at word i, and AM or PM in the next word or in that before it.
//
//	12:09PM; 2:17 PM; 09:20 a.m.; 09:20 a. m.; 上午 09:20; 上午09:20
func clockAt(w *words, i int) (last int, t timeOfDay, ok bool) {
	b := w.word(i)
	half := halfOf(b)
	if half != 0 {
		i++
		b = w.word(i)
	} else if len(b) > 4 && b[0] >= 0x80 {
		digits := bytes.IndexAny(b, "0123456789")
		half = halfOf(b[:max(digits, 0)])
		b = b[max(digits, 0):]
	}
	b = bytes.TrimRight(b, ",")
	t, ok = readTime(b)
	if !ok {
		if t, ok = dottedClock(b); !ok {
			return 0, t, false
		}
	}
	last = i
	if half == 0 {
		last, half = halfAt(w, i+1)
	}
	if half == 0 || t.seconds >= 13*3600 {
		return max(i, last), t, true
	}
	hour, _ := halfDay(t.seconds/3600, half)
	t.seconds = t.seconds%3600 + hour*3600
	return last, t, true
}

// halfAt reads AM or PM at word i, which may be "a. m." in two words. It returns its last word and its
// first letter, or the word before and 0.
func halfAt(w *words, i int) (last int, half byte) {
	b := w.word(i)
	if half = halfOf(b); half != 0 {
		return i, half
	}
	if len(b) == 2 && b[1] == '.' && equalFold(w.word(i+1), "m.") {
		if half = b[0] | 0x20; half == 'a' || half == 'p' {
			return i + 1, half
		}
	}
	return i - 1, 0
}

// halfOf returns 'a' for AM and 'p' for PM, in whatever language, and 0 for all else.
func halfOf(b []byte) byte {
	if len(b) < 2 {
		return 0
	}
	if b[0] >= 0x80 {
		return foreignHalf(b)
	}
	half := b[0] | 0x20
	if half != 'a' && half != 'p' || len(b) > 6 {
		return 0
	}
	rest := bytes.Trim(b[1:], ".\xa0\xc2\xff") // a blank that does not break may be between the letters
	if len(rest) != 1 || rest[0]|0x20 != 'm' {
		return 0
	}
	return half
}

// foreignHalf returns what halfOf does, for words in the charsets of their countries.
func foreignHalf(b []byte) byte {
	switch string(b) {
	case "上午", "\xc9\xcf\xce\xe7", "\xa4W\xa4\xc8", // Chinese
		"오전", "\xbf\xc0\xc0\xfc", // Korean
		"午前", "\x8c\xdf\x91O", "\xb8\xe1\xc1\xb0", // Japanese
		"πμ", "π.μ.", "\xf0\xec", "\xf0.\xec.", "\xa7\xa3", "\xa7.\xa3.", // Greek
		"ص", "ق.ظ": // Arabic, Persian
		return 'a'
	case "下午", "\xcf\xc2\xce\xe7", "\xa4U\xa4\xc8",
		"오후", "\xbf\xc0\xc8\xc4",
		"午後", "\x8c\xdf\x8c\xe3", "\xb8\xe1\xb8\xe5",
		"μμ", "μ.μ.", "\xec\xec", "\xec.\xec.", "\xa3\xa3", "\xa3.\xa3.",
		"م", "ب.ظ":
		return 'p'
	}
	return 0
}
