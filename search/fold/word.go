package fold

import "unicode"

// IsWord reports whether a rune is part of a word: a letter or a digit.
func IsWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
