package listing

import (
	"bytes"

	"trawl/index"
)

// odd reads a line whose first word is no mode. Where only the end of a line counts, it is an entry
// all the same:
//
//   - anything at all 848 Dec 14  2009 README
//     d anything 0 Dec 14  2009 pub
func (u *unix) odd(perms int, it *item) verdict {
	w := &u.w
	mode := w.word(perms)
	if perms > 0 || !isShortMode(mode) || isRights(w.word(1)) {
		return u.chatter(it)
	}
	date, when, ok := u.findDate(w, 1)
	if !ok || when.prec == index.Unknown || bytes.IndexByte(w.word(date.first), '/') >= 0 {
		return u.chatter(it)
	}
	n, sized := number(w.word(date.first - 1))
	if !sized || date.first < 2 {
		return u.chatter(it)
	}
	*it = item{size: index.UnknownSize, when: when, name: w.after(date.last)}
	switch mode[0] {
	case 'd':
		it.kind = index.Dir
	case 'l':
		it.kind = index.Link
	default:
		it.size = n
	}
	return u.finish(it, perms, date)
}

// isShortMode reports whether b is a type alone, or a type with letters of DOS attributes, "-AR--".
func isShortMode(b []byte) bool {
	if len(b) == 0 || len(b) > 6 || b[0] != '-' && b[0] != 'd' && b[0] != 'l' {
		return false
	}
	for _, c := range b[1:] {
		if bytes.IndexByte([]byte("-ARHSDC"), c) < 0 {
			return false
		}
	}
	return true
}

// chatter reads a line that is no entry: a sum, or the target of the link in the line before.
func (u *unix) chatter(it *item) verdict {
	w := &u.w
	if string(w.word(0)) == "->" && w.n > 1 {
		*it = item{target: w.after(0), kind: index.Link, size: index.UnknownSize}
		return amends
	}
	return unixChatter(w)
}

// unixChatter reads "total 12" in all languages, "total 12K" and the like.
func unixChatter(w *words) verdict {
	first := w.word(0)
	number := bytes.TrimLeft(w.word(1), "-")
	_, isSize := size(number)
	switch {
	case w.n == 2 && isSize && (first[0] >= 0x80 || isTotal(first)):
		return chatter
	case w.n == 2 && len(first) > 0 && allDigits(first) && equalFold(w.word(1), "total"):
		return chatter
	case w.n > 4 && equalFold(first, "total") && equalFold(w.word(1), "used"):
		return chatter // total used in directory 4 available 500
	}
	return alien
}

// isTotal reports whether b is a word by which ls names the sum of the blocks.
func isTotal(b []byte) bool {
	b = bytes.TrimRight(b, ":")
	for _, known := range []string{
		"total", "gesamt", "insgesamt", "totale", "totalo", "totaal", "totalt", "razem", "celkem", "summa", "sammanlagt", "suma",
		"toplam", "yhteens\xc3\xa4", "yhteens\xe4", "\xc3\xb6sszesen", "\xf6sszesen", "ukupno", "sveukupno", "skupaj", "skupno", "guztira", "ioml\xc3\xa1n", "t\xe1\xbb\x95ng", "kokku", "i alt", "samtals", "viso", "celkom", "jumlah",
	} {
		if equalFold(b, known) {
			return true
		}
	}
	return false
}

// foreignDate returns how many words from i on look like a date whose month is in a
// language that is not known, if a name follows them. Such a file has no time, but
// the date is no part of its name.
func foreignDate(w *words, i int) int {
	if i+3 >= w.n || len(w.word(i)) > 24 || len(w.word(i+1)) > 24 {
		return 0
	}
	dated := isZeros(w.word(i)) && isZeros(w.word(i+1))
	for j := i; j < i+2 && !dated; j++ {
		day, other := w.word(j), w.word(2*i+1-j)
		_, dated = dayNumber(day)
		dated = dated || (isNoDay(day) || isUnknown(day)) && !isDigit(other[0])
	}
	if dated && standsForTime(w.word(i+2)) {
		return 3
	}
	return 0
}

// standsForTime reports whether b is a year or a time by its form, or stands for one.
func standsForTime(b []byte) bool {
	if allDigits(b) {
		return len(b) == 4 || len(b) == 5 || string(b) == "0"
	}
	colons := bytes.Count(b, []byte{':'})
	return isUnknown(b) && len(b) >= 4 || isDigit(b[0]) && len(b) <= 8 && colons > 0 && colons < 3 && allDigits(bytes.ReplaceAll(b, []byte{':'}, nil))
}

// isZeros reports whether b is "0" or "00".
func isZeros(b []byte) bool { return string(b) == "0" || string(b) == "00" }

// dateless reads lines without a date: "drwxr-xr-x 3 owner group 512 name", and those of
// ls -lZ, with a security context before the name. It reports whether the line is one.
func (u *unix) dateless(w *words, from int, it *item) bool {
	if last, ok := questions(w, from); ok {
		it.name = bytes.TrimLeft(w.after(last), " ")
		return true
	}
	for i := from; i < w.n-1 && i < from+5; i++ {
		if b := w.word(i); bytes.Count(b, []byte{':'}) >= 2 && isLetter(b[0]) {
			it.name = w.after(i)
			return true
		}
	}
	// Links, owner and group are before the size; the owner is a name.
	for i := from + 3; i >= from+1; i-- {
		n, ok := number(w.word(i))
		if ok && i+1 < w.n && !allDigits(w.word(i-1)) {
			if it.kind == index.File {
				it.size = n
			}
			it.name = w.after(i + foreignDate(w, i+1))
			return true
		}
	}
	return false
}
