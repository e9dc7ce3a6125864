package fold

import "unicode"

// IsWord reports whether a rune is part of a word: a letter, a mark of one, or a digit.
func IsWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }
