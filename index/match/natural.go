package match

import (
	"bytes"
	"strings"

	"trawl/search/fold"
)

// compareNatural orders folded names as people do: numbers in them go by their value.
//
//	a2, a10, a10b; 1, 01 and 001 are equal but for that
func compareNatural(a, b []byte) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if !digit(a[i]) || !digit(b[j]) {
			if a[i] != b[j] {
				return int(a[i]) - int(b[j])
			}
			i++
			j++
			continue
		}
		x, y := number(a[i:]), number(b[j:])
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
		i += len(x)
		j += len(y)
	}
	if c := len(a[i:]) - len(b[j:]); c != 0 {
		return c
	}
	return bytes.Compare(a, b)
}

// number returns the digits at the start of a text.
func number(text []byte) []byte {
	n := 0
	for n < len(text) && digit(text[n]) {
		n++
	}
	return text[:n]
}

// compareNumbers compares numbers by their value.
func compareNumbers(a, b []byte) int {
	a, b = bytes.TrimLeft(a, "0"), bytes.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}

// appendNatural appends a key of a name. Keys order names as compareNatural does, except that those
// of names that differ in zeros before numbers alone are equal. A number is written with its length
// before it, of which a 9 says that there are more digits than 8.
//
//	a9, a010 => a19, a210
func appendNatural(to, name []byte) []byte {
	for i := 0; i < len(name); {
		if !digit(name[i]) {
			to = append(to, name[i])
			i++
			continue
		}
		digits := number(name[i:])
		i += len(digits)
		digits = bytes.TrimLeft(digits, "0")
		rest := len(digits)
		for ; rest >= 9; rest -= 9 {
			to = append(to, '9')
		}
		to = append(append(to, '0'+byte(rest)), digits...)
	}
	return to
}

// naturalPrefix returns a number that orders names as compareNatural does, as far as their beginnings
// decide. A number is written with its length before it.
//
//	a9, a10 => "a" 0x31 "9", "a" 0x32 "10"
func naturalPrefix(name []byte) uint64 {
	var out [8]byte
	n := 0
	add := func(c byte) bool {
		if n == len(out) {
			return false
		}
		out[n] = c
		n++
		return true
	}
	for i := 0; i < len(name) && n < len(out); {
		if !digit(name[i]) {
			add(name[i])
			i++
			continue
		}
		digits := number(name[i:])
		i += len(digits)
		digits = bytes.TrimLeft(digits, "0")
		rest := len(digits)
		for ; rest >= 9 && add('9'); rest -= 9 {
		}
		add('0' + byte(min(rest, 8)))
		for _, c := range digits {
			if !add(c) {
				break
			}
		}
	}
	prefix := uint64(0)
	for _, c := range out {
		prefix = prefix<<8 | uint64(c)
	}
	return prefix
}

// compareVersions orders names that are equally good: as compareNatural, but of versions the newest one
// first. A version that is longer by a number is newer; a pre-release is older than its release. A
// number that begins a name or follows a word such as page or track is no version.
//
//	6.10, 6.9; 1.0.1, 1.0, 1.0-rc2, 1.0-rc1, 1.0-beta; page 1, page 2; s01e01, s01e02
func compareVersions(a, b []byte) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (fold.Letter(a[i-1]) || strings.IndexByte(" .-_~+", a[i-1]) >= 0) { // to where both are read alike
		i--
	}
	x, y := versionReader{name: a, at: i}, versionReader{name: b, at: i}
	for {
		s, t := x.next(), y.next()
		if c := s.compare(t); c != 0 {
			return c
		}
		if s.sort == versionEnd {
			return bytes.Compare(a, b)
		}
	}
}

// versionSort is what a piece of a name is, in the order in which names come.
type versionSort uint8

const (
	versionNumber  versionSort = iota // behind another number, its point is left out
	versionOrdinal                    // a number that is no version
	versionEnd
	versionByte
	versionEarly // of a pre-release, behind a number
)

// versionPiece is a piece of a name.
type versionPiece struct {
	sort   versionSort
	number []byte
	value  int // a byte, or how late a pre-release is
}

// compare orders pieces.
func (p versionPiece) compare(o versionPiece) int {
	switch {
	case p.sort != o.sort:
		return int(p.sort) - int(o.sort)
	case p.sort == versionOrdinal:
		return compareNumbers(p.number, o.number)
	case p.sort == versionNumber:
		return compareNumbers(o.number, p.number)
	case p.sort == versionEarly:
		return o.value - p.value
	}
	return p.value - o.value
}

// versionReader cuts a name into pieces.
type versionReader struct {
	name   []byte
	at     int
	behind bool // a number
}

// next returns the next piece.
func (r *versionReader) next() versionPiece {
	rest := r.name[r.at:]
	version := false // the number belongs to the one before
	if r.behind {
		if len(rest) > 1 && rest[0] == '.' && digit(rest[1]) {
			r.at++
			rest, version = rest[1:], true
		} else if value, n := early(rest); n > 0 {
			r.at, r.behind = r.at+n, false
			return versionPiece{sort: versionEarly, value: value}
		}
	}
	switch {
	case len(rest) == 0:
		return versionPiece{sort: versionEnd}
	case digit(rest[0]):
		piece := versionPiece{sort: versionNumber, number: number(rest)}
		if !version && !r.behind && isOrdinal(r.name[:r.at], rest[len(piece.number):]) {
			piece.sort = versionOrdinal
		}
		r.at, r.behind = r.at+len(piece.number), true
		return piece
	}
	r.at, r.behind = r.at+1, false
	return versionPiece{sort: versionByte, value: int(rest[0])}
}

// isOrdinal reports whether a number between two texts counts pages, tracks, episodes and the like. A
// number at the start of a name does, unless it is a version such as 13.1; one behind the dash of a title does, too.
func isOrdinal(text, rest []byte) bool {
	end := len(text)
	for end > 0 && !fold.Letter(text[end-1]) {
		end--
	}
	start := end
	for start > 0 && fold.Letter(text[start-1]) && !digit(text[start-1]) {
		start--
	}
	if dash := bytes.HasSuffix(text, []byte(" - ")) || bytes.HasSuffix(text, []byte("_-_")); dash || end == 0 {
		return len(rest) < 2 || rest[0] != '.' || !digit(rest[1])
	}
	switch string(text[start:end]) {
	case "page", "pages", "p", "track", "cd", "disc", "disk", "disks", "dvd", "side", "part", "parts", "pt", "vol", "volume", "book", "tome",
		"chapter", "chap", "ch", "episode", "ep", "e", "s", "x", "season", "series", "issue", "no", "nr", "number", "lesson", "lecture",
		"day", "week", "act", "scene", "level", "img", "image", "dsc", "photo", "figure", "fig", "table", "section", "sec":
		return true
	}
	return false
}

// early returns how late the pre-release is that a text begins with, and its length; 0 if it begins
// with none.
//
//	-rc1, ~beta2, a1
func early(text []byte) (value, n int) {
	sign := 0
	if len(text) > 0 && strings.IndexByte("-._~+", text[0]) >= 0 {
		sign = 1
	}
	word := sign
	for word < len(text) && fold.Letter(text[word]) && !digit(text[word]) {
		word++
	}
	switch string(text[sign:word]) {
	case "dev", "snapshot", "nightly", "git":
		value = 1
	case "alpha":
		value = 2
	case "beta":
		value = 3
	case "pre", "preview":
		value = 4
	case "rc", "cr", "candidate":
		value = 5
	case "a", "b": // 1.0b2, not 1.0-b
		if sign == 0 && word < len(text) && digit(text[word]) {
			value = 2 + int(text[sign]-'a')
		}
	}
	if value == 0 {
		return 0, 0
	}
	return value, word
}
