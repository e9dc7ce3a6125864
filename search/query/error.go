package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Error is what a person typed wrong: where, and the mend.
type Error struct {
	Text string // the query
	Pos  int    // in bytes
	Msg  string // what is wrong, lower case
	Hint string // what to write instead; may be ""
	Sure bool   // the hint is what was meant, so that no other reading of the text is worth a try

	Mended string // the text as it was meant, or else without the word at fault; "" if that cannot be read either
}

// Error returns the message and the hint in one line, without the caret.
func (e *Error) Error() string {
	if e.Hint == "" {
		return clean(e.Msg)
	}
	return clean(strings.TrimSuffix(e.Msg, ":") + ": " + e.Hint)
}

// Caret returns the part of the query around the fault, a line with a caret
// below it, and the hint if there is one, each line ended:
//
//	debian siez:>1G
//	       ^
//	did you mean size:?
func (e *Error) Caret() string {
	const before, after = 50, 25 // characters about the caret
	at := min(e.Pos, len(e.Text))
	head, tail := []rune(clean(e.Text[:at])), []rune(clean(e.Text[at:]))
	left, right := "", ""
	if len(head) > before {
		head, left = head[len(head)-before:], "..."
	}
	if len(tail) > after {
		tail, right = tail[:after], "..."
	}
	lead := left + string(head)
	s := lead + string(tail) + right + "\n" + strings.Repeat(" ", columns(lead)) + "^\n"
	if e.Hint != "" {
		s += clean(e.Hint) + "\n"
	}
	return s
}

// clean makes a text fit for one line of a terminal: what does not print becomes
// a question mark.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}

// columns returns the width of a clean text on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// cells returns how many columns a character takes.
func cells(r rune) int {
	switch k := width.LookupRune(r).Kind(); {
	case unicode.Is(unicode.Mn, r):
		return 0
	case k == width.EastAsianWide || k == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Nearest returns the one of names that s is most likely a slip of, or "".
func Nearest(s string, names []string) string {
	best, least := "", 3
	for _, name := range names {
		if d := Distance(s, name); d < least && d < len(name)-1 {
			best, least = name, d
		}
	}
	return best
}

// Distance counts the bytes to insert, remove, replace or exchange with their
// neighbour that make b of a.
func Distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
