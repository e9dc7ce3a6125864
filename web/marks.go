package web

import "trawl/index"

// piece is a piece of a string, made visible: text without a mark, then text with
// one. Either may be empty.
type piece struct{ Plain, Marked string }

// marked returns the pieces of s; marks are what matched in it.
func marked(s string, marks []index.Range) []piece {
	pieces := make([]piece, 0, len(marks)+1)
	at := 0
	for _, m := range marks {
		if m.Start < at || m.End > len(s) || m.Start >= m.End {
			continue
		}
		pieces = append(pieces, piece{index.Visible(s[at:m.Start]), index.Visible(s[m.Start:m.End])})
		at = m.End
	}
	if at < len(s) {
		pieces = append(pieces, piece{Plain: index.Visible(s[at:])})
	}
	return pieces
}
