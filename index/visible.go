package index

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns a string from a server in a form that is safe on a terminal, a page
// or in a log. Characters that could move the cursor, colour the screen, break the line
// or change the reading direction are spelled out.
//
//	"a\x1b[2J" => `a\x1b[2J`, "a\r\nb" => `a\x0d\x0ab`, "\u202egpj" => `\u202egpj`, "\xff" => `\xff`
func Visible(s string) string {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return visible(s)
		}
	}
	return s
}

func visible(s string) string {
	var b strings.Builder
	for i, w := 0, 0; i < len(s); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && w == 1, r < 0x20, r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r), r == '\u00a0', r == '\u3000', r == '\u200d', r == '\u200c':
			b.WriteString(s[i : i+w])
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default: // control, bidirectional override, invisible, unassigned
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// VisibleText returns a text with its lines and tabs, in which all else is made visible. The marks at the end of
// a line that printers and DOS obeyed are left out.
func VisibleText(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(s, "\r\n", "\n")) {
		line, ended := strings.CutSuffix(line, "\n")
		for i, cell := range strings.Split(line, "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(Visible(strings.TrimRight(cell, "\r\f\x1a")))
		}
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
