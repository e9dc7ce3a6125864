package ssh

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable returns a name with question marks for what ends a line or harms a terminal: control characters, also those of
// Latin-1, and characters that change the order of a text. Other bytes that are no UTF-8 stay.
func printable(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) {
		return name
	}
	var b strings.Builder
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && n == 1 {
			r = rune(name[0]) // as Latin-1 has it
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			b.WriteByte('?')
		} else {
			b.WriteString(name[:n])
		}
		name = name[n:]
	}
	return b.String()
}
