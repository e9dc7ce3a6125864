package fold

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// String returns s without differences of case, accents, width and the like: "Café" =>
// "cafe", "Straße" => "strasse", "Ａ１" => "a1", "Grey’s" => "greys", "4–8" => "4-8". Package
// rules has them all. Doing it twice does no more, and no slash comes or goes.
//
// It goes character by character, save that the parts of a letter become one (compose.go). So
// the fold of a part of s is a part of the fold of s unless the part ends within a letter.
func String(s string) string { return string(Append(nil, s)) }

// Append appends the fold of s to dst.
func Append[S string | []byte](dst []byte, s S) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(s))[:start+len(s)]
	copy(dst[start:], s)
	n := lowerASCII(dst[start:])
	if n == len(s) {
		return dst
	}
	dst = dst[:start+n]
	for n < len(s) {
		switch c := s[n]; {
		case c < utf8.RuneSelf:
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			if c != '\'' && c != '`' {
				dst = append(dst, c)
			}
			n++
		default:
			r, size := decode(s, n)
			switch {
			case r == utf8.RuneError && size == 1:
				dst = append(dst, c)
			case Joins(r):
				dst = joined(appendRune(dst, r), start)
			default:
				dst = appendRune(dst, r)
			}
			n += size
		}
	}
	return dst
}

// decode returns the character of s at i and its length in bytes.
func decode[S string | []byte](s S, i int) (r rune, size int) {
	if c := s[i]; 0xC2 <= c && c < 0xE0 && i+1 < len(s) && s[i+1]&0xC0 == 0x80 {
		return rune(c&0x1F)<<6 | rune(s[i+1]&0x3F), 2
	}
	return utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
}

// lowerASCII makes capital letters small, eight bytes at a time, up to the first byte that
// is not ASCII or is an apostrophe or a backtick, which vanish. It returns its position.
func lowerASCII(b []byte) int {
	const ones = 0x0101010101010101
	const highs = 0x80 * ones
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		apostrophe, backtick := w^'\''*ones, w^'`'*ones
		if (w|(apostrophe-ones)&^apostrophe|(backtick-ones)&^backtick)&highs != 0 {
			break
		}
		capital := (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones) & highs
		if capital != 0 {
			binary.LittleEndian.PutUint64(b[i:], w|capital>>2)
		}
	}
	for ; i < len(b) && Plain(b[i]); i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] |= 0x20
		}
	}
	return i
}

// Plain reports whether a byte is an ASCII character that stays or becomes small.
func Plain(c byte) bool { return c < utf8.RuneSelf && c != '\'' && c != '`' }

// Vanishes reports whether nothing is left of a character that is not ASCII: it is an accent, an
// apostrophe or invisible.
func Vanishes(r rune) bool { return r >= utf8.RuneSelf && len(appendRune(nil, r)) == 0 }
