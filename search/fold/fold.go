package fold

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// String returns s without differences of case, accents and width: "Café" =>
// "cafe", "Straße" => "strasse", "Ａ１" => "a1". It goes rune by rune, so that the
// fold of a part of s is a part of the fold of s, and doing it twice does no more.
// No slash comes or goes.
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
		if c := s[n]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[n:min(n+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[n])
		} else {
			dst = appendFoldRune(dst, r)
		}
		n += size
	}
	return dst
}

// lowerASCII makes capital letters small, eight bytes at a time, up to the first
// byte that is not ASCII, and returns its position.
func lowerASCII(b []byte) int {
	const ones = 0x0101010101010101
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if w&(0x80*ones) != 0 {
			break
		}
		capital := (w + (0x80-'A')*ones) &^ (w + (0x80-'Z'-1)*ones) & (0x80 * ones)
		if capital != 0 {
			binary.LittleEndian.PutUint64(b[i:], w|capital>>2)
		}
	}
	for ; i < len(b) && b[i] < utf8.RuneSelf; i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] |= 0x20
		}
	}
	return i
}

// latin1 has the folds of the letters from U+00C0 on that fold to one letter; a
// space stands for the others. It only saves time.
const latin1 = "aaaaaa ceeeeiiiidnooooo ouuuuy  aaaaaa ceeeeiiiidnooooo ouuuuy y"

// appendFoldRune appends the fold of a rune that is not ASCII.
func appendFoldRune(dst []byte, r rune) []byte {
	switch {
	case 0x4E00 <= r && r <= 0x9FFF: // ideographs
		return utf8.AppendRune(dst, r)
	case 0x430 <= r && r <= 0x44F && r != 'й': // Cyrillic
		return append(dst, byte(0xC0|r>>6), byte(0x80|r&0x3F))
	case 0x410 <= r && r <= 0x42F && r != 'Й':
		r += 0x20
		return append(dst, byte(0xC0|r>>6), byte(0x80|r&0x3F))
	case 0xC0 <= r && r < 0x100 && latin1[r-0xC0] != ' ':
		return append(dst, latin1[r-0xC0])
	}
	var rune8, parts [64]byte
	start := len(dst)
	p := norm.NFKD.Append(parts[:0], utf8.AppendRune(rune8[:0], r)...)
	for len(p) > 0 {
		d, size := utf8.DecodeRune(p)
		p = p[size:]
		switch {
		case d == '/': // "℅" is not a directory
			return utf8.AppendRune(dst[:start], r)
		case Vanishes(d):
		default:
			dst = appendSmall(dst, d)
		}
	}
	return dst
}

// appendSmall appends a decomposed rune in small letters.
func appendSmall(dst []byte, r rune) []byte {
	switch r {
	case 'ß', 'ẞ':
		return append(dst, "ss"...)
	case 'Æ', 'æ':
		return append(dst, "ae"...)
	case 'Œ', 'œ':
		return append(dst, "oe"...)
	case 'Þ', 'þ':
		return append(dst, "th"...)
	case 'Ø', 'ø':
		return append(dst, 'o')
	case 'Ł', 'ł':
		return append(dst, 'l')
	case 'Đ', 'đ', 'Ð', 'ð':
		return append(dst, 'd')
	case 'Ħ', 'ħ':
		return append(dst, 'h')
	case 'ı':
		return append(dst, 'i')
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if f != 0x345 { // an accent that stands for ι
			least = min(least, f)
		}
	}
	return utf8.AppendRune(dst, unicode.ToLower(least))
}

// Vanishes reports whether a rune is an accent or invisible: the marks of Latin,
// Greek, Cyrillic, Hebrew and Arabic. Those of other scripts are letters.
func Vanishes(r rune) bool {
	switch {
	case r < 0x300:
		return r == 0xAD
	case r < 0x700:
		return r <= 0x36F || 0x483 <= r && r <= 0x489 || 0x591 <= r && r <= 0x5C7 && unicode.Is(unicode.Mn, r) ||
			0x64B <= r && r <= 0x65F || r == 0x670
	}
	return 0x1AB0 <= r && r <= 0x1AFF || 0x1DC0 <= r && r <= 0x1DFF || 0x200B <= r && r <= 0x200F ||
		r == 0x2060 || 0x20D0 <= r && r <= 0x20FF || 0xFE00 <= r && r <= 0xFE0F ||
		0xFE20 <= r && r <= 0xFE2F || r == 0xFEFF
}
