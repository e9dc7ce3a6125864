package web

import "trawl/index"

// mark is a part of a string that matched, and the rest up to the next mark. Both are
// made visible.
type mark struct{ Text, Then string }

// marked returns s in the pieces that a template writes: the text before the first
// mark, made visible, and the marks.
//
//	/pub/linux/a, linux => /pub/, [{linux /a}]
func marked(s string, ranges []index.Range) (head string, marks []mark) {
	at, end := 0, 0 // of the last mark
	for _, r := range ranges {
		if r.Start < end || r.End > len(s) || r.Start >= r.End {
			continue
		}
		if end == 0 {
			head = index.Visible(s[:r.Start])
		} else {
			marks = append(marks, mark{index.Visible(s[at:end]), index.Visible(s[end:r.Start])})
		}
		at, end = r.Start, r.End
	}
	if end == 0 {
		return index.Visible(s), nil
	}
	return head, append(marks, mark{index.Visible(s[at:end]), index.Visible(s[end:])})
}
