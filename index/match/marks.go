package match

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"unicode"
	"unicode/utf8"

	"trawl/index"
	"trawl/search/fold"
)

// folding is the fold of a text with the positions in the text.
type folding struct {
	text  string
	fold  []byte
	start []int // of each byte of fold, where the rune that it comes from starts
	end   []int // and ends
}

func foldBack(s string) folding {
	f := folding{text: s}
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRuneInString(s[i:])
		for i+n < len(s) { // the parts of a letter become one
			r, size := utf8.DecodeRuneInString(s[i+n:])
			if !fold.Joins(r) {
				break
			}
			n += size
		}
		f.fold = fold.Append(f.fold, s[i:i+n])
		for len(f.start) < len(f.fold) {
			f.start = append(f.start, i)
			f.end = append(f.end, i+n)
		}
		i += n
	}
	return f
}

// find returns where the hits of a search of the folded text are in the original.
func (f *folding) find(hits func(folded []byte) iter.Seq2[int, int]) []index.Range {
	var out []index.Range
	start, last := -1, -1
	for from, to := range hits(f.fold) {
		if start < from && from < last {
			continue // it overlaps the one before
		}
		start, last = from, to
		end := f.end[to-1]
		for next := end; next < len(f.text); { // the accents that follow belong to it
			r, n := utf8.DecodeRuneInString(f.text[next:])
			if !unicode.Is(unicode.M, r) {
				break
			}
			next += n
			end = next
		}
		out = append(out, index.Range{Start: f.start[from], End: end})
	}
	return out
}

// between returns the part of the text of which a part of the fold is made, if no letter
// belongs to that in part.
func (f *folding) between(start, end int) (from, to int, ok bool) {
	if start > 0 && start < len(f.fold) && f.start[start] == f.start[start-1] || end < len(f.fold) && end > 0 && f.start[end] == f.start[end-1] {
		return 0, 0, false
	}
	if start == end {
		return 0, 0, true
	}
	to = f.end[end-1]
	if end == len(f.fold) {
		to = len(f.text)
	}
	return f.start[start], to, true
}

// literally returns a search for a folded text as it is.
func literally(text []byte) func(folded []byte) iter.Seq2[int, int] {
	return func(folded []byte) iter.Seq2[int, int] {
		return func(yield func(start, end int) bool) {
			for from := 0; len(text) > 0; {
				i := bytes.Index(folded[from:], text)
				if i < 0 || !yield(from+i, from+i+len(text)) {
					return
				}
				from += i + len(text)
			}
		}
	}
}

// shown is a name or a path as people read it, in which matches are to be marked.
type shown struct {
	all  folding
	name *folding // the own name: the end of all, or all
	base int      // where the own name begins
	path bool     // all is a path
}

// inName returns where the hits of a search of the folded text are in the own name.
func (s *shown) inName(hits func(folded []byte) iter.Seq2[int, int]) []index.Range {
	out := s.name.find(hits)
	for i := range out {
		out[i].Start += s.base
		out[i].End += s.base
	}
	return out
}

// markName returns what matched in a name.
func (p *Plan) markName(name string) []index.Range {
	s := shown{all: foldBack(name)}
	s.name = &s.all
	return p.marks(&s)
}

// markPath returns what matched in a path, of which the own name starts at base.
func (p *Plan) markPath(path string, base int) []index.Range {
	name := foldBack(path[base:])
	return p.marks(&shown{all: foldBack(path), name: &name, base: base, path: true})
}

func (p *Plan) marks(s *shown) (out []index.Range) {
	for _, c := range p.conds.marked {
		out = append(out, c.marks(s)...)
	}
	return joined(out)
}

// joined sorts ranges and joins those that touch.
func joined(ranges []index.Range) []index.Range {
	slices.SortFunc(ranges, func(a, b index.Range) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	var out []index.Range
	for _, r := range ranges {
		if n := len(out); n > 0 && r.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, r.End)
			continue
		}
		out = append(out, r)
	}
	return out
}
