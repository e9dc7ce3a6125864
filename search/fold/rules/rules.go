// Package rules says how each character folds, and why. The table of package fold is made of it,
// so that searches need not ask Unicode's data.
//
// rules.go has the order of the rules, classes.go those that Unicode's data do not have.
package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Of returns the fold of a character alone. The fold of a fold is the fold itself. Only a slash
// and a NUL have one of these in theirs.
func Of(r rune) string {
	s, again := once(r), ""
	for range 8 {
		var b strings.Builder
		for _, c := range s {
			b.WriteString(once(c))
		}
		if again = b.String(); again == s {
			break
		}
		s = again
	}
	parts := func(c rune) bool { return c == 0x3099 || c == 0x309A || 0x1100 <= c && c <= 0x11FF }
	if strings.ContainsFunc(s, parts) {
		return norm.NFC.String(s) // voiced kana and syllables of Hangul are letters of their own
	}
	return s
}

// once applies the rules once:
//
//  1. what this package lists is what it says there: marks that look alike, letters of one kind;
//  2. what has no look of its own vanishes, as do the accents of alphabets that can do without;
//  3. a letter is decomposed into what it is made of (NFKD): é is e and an accent, ﬁ is f and i,
//     Ⅷ is V, I, I and I, full-width letters are narrow ones. Hangul syllables are letters;
//  4. of the parts, upper case becomes lower case (CaseFolding), a digit of any script becomes that
//     of ASCII, white space a space, a dash a hyphen, a bracket a square one.
func once(r rune) string {
	if s, ok := listed(r); ok {
		return s
	}
	switch {
	case r < utf8.RuneSelf:
		return string(unicode.ToLower(r))
	case Invisible(r), accent(r):
		return ""
	case 0xAC00 <= r && r <= 0xD7A3, 0x3131 <= r && r <= 0x318E:
		return string(r)
	}
	parts := norm.NFKD.String(string(r))
	if strings.HasPrefix(parts, " ") && !unicode.IsSpace(r) {
		return string(r) // an accent that stands alone
	}
	var b strings.Builder
	for _, part := range parts {
		if part == r {
			b.WriteString(byCategory(r))
			continue
		}
		if part == '/' { // "℅" is no directory
			part = '-'
		}
		b.WriteString(once(part))
	}
	return b.String()
}

// byCategory folds a character that is not made of others.
func byCategory(r rune) string {
	switch {
	case unicode.Is(unicode.Nd, r):
		return string('0' + digit(r))
	case unicode.IsSpace(r):
		return " "
	case unicode.Is(unicode.Pd, r):
		return "-"
	case unicode.Is(unicode.Ps, r):
		return "["
	case unicode.Is(unicode.Pe, r):
		return "]"
	case unicode.Is(unicode.Pc, r):
		return "_"
	case 0x30A1 <= r && r <= 0x30F6, r == 0x30FD, r == 0x30FE: // katakana, as hiragana
		return string(r - 0x60)
	case unicode.Is(unicode.Cherokee, r): // CaseFolding goes the other way here, for old texts
		return string(unicode.ToLower(r))
	}
	return cases.Fold().String(string(r))
}

// digit returns the value of a decimal digit. Unicode has those of a script in a row.
func digit(r rune) rune {
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return (r - rune(row.Lo)) % 10
		}
	}
	return 0
}

// Invisible reports whether a character has no look of its own, such as marks of direction, a
// soft hyphen and variation selectors: Default_Ignorable_Code_Point, as DerivedCoreProperties.txt
// derives it.
func Invisible(r rune) bool {
	switch {
	case unicode.IsSpace(r), 0xFFF9 <= r && r <= 0xFFFB, 0x13430 <= r && r <= 0x13440,
		unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// accent reports whether a character is an accent of Latin, Greek or Cyrillic, or a point or vowel
// sign of Hebrew or Arabic: people leave these out. The marks of other scripts are letters to those
// who write them.
func accent(r rune) bool {
	switch {
	case !unicode.Is(unicode.M, r):
		return r == 'ـ' // tatweel lengthens a word
	case 0x300 <= r && r <= 0x36F, 0x483 <= r && r <= 0x489, 0x591 <= r && r <= 0x5C7:
		return true
	case 0x610 <= r && r <= 0x6ED, 0x8CA <= r && r <= 0x8FF:
		return true
	case r == 0xFB1E, 0x1AB0 <= r && r <= 0x1AFF, 0x1DC0 <= r && r <= 0x1DFF, 0x20D0 <= r && r <= 0x20FF, 0xFE20 <= r && r <= 0xFE2F:
		return true
	}
	return false
}
