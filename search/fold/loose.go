package fold

import (
	"slices"
	"unicode/utf8"
)

// Separates reports whether the byte at i of a folded text is a separator: one of the signs
// that stand between words, of which people take any for any other. A plus is one only
// between two letters or digits, so that c++ and libstdc++ keep theirs.
func Separates(folded []byte, i int) bool {
	return parts(folded[i]) || folded[i] == '+' && plusSeparates(folded, i)
}

// parts reports whether a byte is a separator wherever it stands. The numbers have a bit for
// each.
func parts(c byte) bool {
	const (
		below64 = 1<<' ' | 1<<'.' | 1<<'-' | 1<<',' | 1<<';' | 1<<':' | 1<<'!' | 1<<'?' | 1<<'"' | 1<<'(' | 1<<')'
		from64  = 1<<('_'-64) | 1<<('['-64) | 1<<(']'-64) | 1<<('{'-64) | 1<<('}'-64)
	)
	switch c >> 6 {
	case 0:
		return uint64(below64)>>c&1 != 0
	case 1:
		return uint64(from64)>>(c-64)&1 != 0
	}
	return false
}

func plusSeparates(folded []byte, i int) bool {
	return i > 0 && i+1 < len(folded) && Letter(folded[i-1]) && Letter(folded[i+1])
}

// Letter reports whether a byte of a folded text belongs to a letter or a digit, or to any
// other character that is not ASCII.
func Letter(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= utf8.RuneSelf
}

// Loose appends the loose form of a folded text to dst: each run of separators becomes one
// space. Slashes and NULs stay, and the parts between them are made loose one by one.
//
//	bad.boys.(1995) => bad boys 1995␠
//	a - b/c++.h     => a b/c++ h
func Loose(dst, folded []byte) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(folded))[:start+len(folded)]
	n, within := start, false
	for i, c := range folded {
		if parts(c) || c == '+' && plusSeparates(folded, i) {
			if within {
				continue
			}
			c, within = ' ', true
		} else {
			within = false
		}
		dst[n] = c
		n++
	}
	return dst[:n]
}

// LoosePart returns the loose form of a text that may stand in the middle of another one: it
// is in the loose form of each folded text that holds it. A plus at its edge is left out
// where it depends on the neighbours whether it is a separator.
func LoosePart(folded string) string {
	for len(folded) > 0 && folded[0] == '+' && (len(folded) == 1 || Letter(folded[1])) {
		folded = folded[1:]
	}
	for n := len(folded); n > 0 && folded[n-1] == '+' && (n == 1 || Letter(folded[n-2])); n = len(folded) {
		folded = folded[:n-1]
	}
	return string(Loose(nil, []byte(folded)))
}
