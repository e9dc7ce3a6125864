package query

import (
	"strings"
	"unicode"
)

// ascii writes the signs of the language as ASCII has them. Input methods for Chinese and
// Japanese type them wide, phones and word processors type other quotes, and what is copied from
// a page may begin with marks of direction, which nobody sees.
//
//	ext：jpg, ＊.iso, “ping tree” => ext:jpg, *.iso, "ping tree"
//
// The wide question mark stays: it stands in titles, and a pattern is not written with it.
//
// A text in quotes, and a character behind a backslash, stay as they are.
func ascii(text string) string {
	var b strings.Builder
	pairs := quotesPair(text)
	opened := rune(0) // the quote that is open
	escaped := false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
			b.WriteRune(r)
		case r == '\\':
			escaped = true
			b.WriteRune(r)
		case r == '"' || pairs && doubleQuote(r) && opened != '"':
			if opened == 0 {
				opened = r
			} else {
				opened = 0
			}
			b.WriteByte('"')
		case opened != 0:
			b.WriteRune(r)
		case directional(r):
		default:
			b.WriteRune(narrow(r))
		}
	}
	return b.String()
}

// quotesPair reports whether the quotes of a text come in pairs.
func quotesPair(text string) bool {
	n := strings.Count(text, `"`)
	for _, r := range text {
		if doubleQuote(r) {
			n++
		}
	}
	return n%2 == 0
}

// narrow returns the sign of the language that a wide one stands for, or the rune itself.
func narrow(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E && strings.ContainsRune("!()*+,-:;<=>|", r-0xFEE0) {
		return r - 0xFEE0
	}
	return r
}

// doubleQuote reports whether a rune is a quote as “ is.
func doubleQuote(r rune) bool { return strings.ContainsRune("“”„‟«»〝〞＂", r) }

// directional reports whether a rune only marks a direction of writing, or the order of bytes.
func directional(r rune) bool {
	switch {
	case 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C, r == 0xFEFF:
		return true
	}
	return false
}

// onlySigns reports whether a text has signs alone, such as the dash of "artist - title".
func onlySigns(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPunct(r) && !unicode.In(r, unicode.Sm, unicode.Sk) && !unicode.IsSpace(r)
	})
}
