package listing

import "trawl/index"

// words are the first words of a line, split at spaces and tabs.
type words struct {
	line []byte
	n    int
	at   [32]struct{ start, end int32 }
	cuts int // the word that was cut in two, or 0
}

func (w *words) split(line []byte) {
	w.line, w.n, w.cuts = line, 0, 0
	i := 0
	for w.n < len(w.at) {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		if i == len(line) {
			return
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		w.at[w.n].start, w.at[w.n].end = int32(start), int32(i)
		w.n++
	}
}

// word returns the i-th word, or nothing beyond the last.
func (w *words) word(i int) []byte {
	if i < 0 || i >= w.n {
		return nil
	}
	return w.line[w.at[i].start:w.at[i].end]
}

// after returns the bytes that follow the i-th word and one space.
func (w *words) after(i int) []byte {
	if i < 0 || i >= w.n {
		return nil
	}
	end := int(w.at[i].end)
	if end >= len(w.line) {
		return nil
	}
	if w.cuts > 0 && i == w.cuts {
		return w.line[end:]
	}
	return w.line[end+1:]
}

// cut makes two words of the i-th, the first of which is n bytes long. Nothing is between them.
func (w *words) cut(i, n int) {
	last := min(w.n, len(w.at)-1)
	copy(w.at[i+1:last+1], w.at[i:last])
	w.n = last + 1
	w.at[i].end = w.at[i].start + int32(n)
	w.at[i+1].start = w.at[i].end
	w.cuts = i
}

// number reads digits; ok is false if there is anything else or more than an
// int64 holds.
func number(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n >= 0
}

// allDigits reports whether b is digits only, however many.
func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// equalFold reports whether b is s but for the case of ASCII letters; s is lower case.
func equalFold(b []byte, s string) bool { return len(b) == len(s) && hasFold(b, s) }

// hasFold reports whether b begins with s but for the case of ASCII letters; s is
// lower case.
func hasFold(b []byte, s string) bool {
	if len(b) < len(s) {
		return false
	}
	for i := range len(s) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

// cutFold cuts a suffix, in lower case, off b, whatever the case of b.
func cutFold(b []byte, suffix string) ([]byte, bool) {
	at := len(b) - len(suffix)
	if at <= 0 || !equalFold(b[at:], suffix) {
		return b, false
	}
	return b[:at], true
}

// size reads a size in bytes: "1024", "1,234,567", "33.5k", "2M". A number beyond an
// int64, or below 0, is index.UnknownSize; ok is false if b is no size.
func size(b []byte) (n int64, ok bool) {
	if n, ok := number(b); ok {
		return n, true
	}
	if len(b) > 1 && b[0] == '-' && allDigits(b[1:]) || allDigits(b) {
		return index.UnknownSize, true
	}
	return roundSize(b)
}

// roundSize reads sizes that are written for people: "1,234,567", "33.5k", "2M".
func roundSize(b []byte) (n int64, ok bool) {
	var whole, part, scale int64 = 0, 0, 1
	point := false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' && scale < 1000 && whole < 1<<52:
			if point {
				part, scale = part*10+int64(c-'0'), scale*10
			} else {
				whole = whole*10 + int64(c-'0')
			}
		case c == ',' && !point && i > 0 && grouped(b[i:]):
		case c == '.' && !point && i > 0:
			point = true
		case i > 0 && i >= len(b)-2:
			unit := magnitude(b[i:])
			if unit == 0 || whole > (1<<62)/unit {
				return index.UnknownSize, unit != 0
			}
			return whole*unit + part*unit/scale, true
		default:
			return 0, false
		}
	}
	return whole, len(b) > 0 && !point
}

// grouped reports whether b begins with a comma and three digits that end a group.
func grouped(b []byte) bool {
	return len(b) >= 4 && allDigits(b[1:4]) && (len(b) == 4 || b[4] == ',')
}

// magnitude returns the bytes of a unit: k or kB is 1024, and so on; 0 if it is none.
func magnitude(b []byte) int64 {
	if len(b) == 2 && (b[1] == 'B' || b[1] == 'b') {
		b = b[:1]
	}
	if len(b) != 1 {
		return 0
	}
	switch b[0] | 0x20 {
	case 'b':
		return 1
	case 'k':
		return 1 << 10
	case 'm':
		return 1 << 20
	case 'g':
		return 1 << 30
	case 't':
		return 1 << 40
	}
	return 0
}
