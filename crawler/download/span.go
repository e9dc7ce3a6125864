package download

import (
	"cmp"
	"slices"
)

// span is a part of a file, in bytes: from start, which it holds, to end, which it does not.
type span struct{ start, end int64 }

func (s span) size() int64 { return s.end - s.start }

// merge returns spans in order that hold the same bytes, none of them empty and none touching
// another.
func merge(spans []span) []span {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out []span
	for _, s := range spans {
		switch last := len(out) - 1; {
		case s.size() <= 0:
		case last >= 0 && s.start <= out[last].end:
			out[last].end = max(out[last].end, s.end)
		default:
			out = append(out, s)
		}
	}
	return out
}

// holes returns what merged spans leave out of a file.
func holes(spans []span, size int64) (out []span) {
	at := int64(0)
	for _, s := range append(slices.Clone(spans), span{size, size}) {
		if at < min(s.start, size) {
			out = append(out, span{at, min(s.start, size)})
		}
		at = max(at, s.end)
	}
	return out
}

// total returns the number of bytes in merged spans.
func total(spans []span) (n int64) {
	for _, s := range spans {
		n += s.size()
	}
	return n
}
