package match

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"trawl/index"
)

// folding is the fold of a text with the way back.
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
		f.fold = AppendFold(f.fold, s[i:i+n])
		for len(f.start) < len(f.fold) {
			f.start = append(f.start, i)
			f.end = append(f.end, i+n)
		}
		i += n
	}
	return f
}

// find returns where the folded text is in the original.
func (f *folding) find(text []byte) []index.Range {
	var out []index.Range
	for from := 0; len(text) > 0; {
		i := bytes.Index(f.fold[from:], text)
		if i < 0 {
			break
		}
		i += from
		from = i + len(text)
		end := f.end[from-1]
		for next := end; next < len(f.text); { // the accents that follow belong to it
			r, n := utf8.DecodeRuneInString(f.text[next:])
			if !accent(r) {
				break
			}
			next += n
			end = next
		}
		out = append(out, index.Range{Start: f.start[i], End: end})
	}
	return out
}

// markName returns what matched in a name.
func (p *Plan) markName(name string) []index.Range {
	f := foldBack(name)
	var out []index.Range
	for _, c := range p.marks {
		switch c.op {
		case opRegexp:
			out = append(out, expressions(c, name, 0)...)
		case opPathRE, opPathRaw:
		default:
			out = append(out, literals(c, &f)...)
		}
	}
	return joined(out)
}

// markPath returns what matched in a path, of which the own name starts at base.
func (p *Plan) markPath(path string, base int) []index.Range {
	whole, name := foldBack(path), foldBack(path[base:])
	var out []index.Range
	for _, c := range p.marks {
		switch c.op {
		case opRegexp:
			out = append(out, expressions(c, path[base:], base)...)
		case opPathRaw:
			out = append(out, expressions(c, path, 0)...)
		case opName, opGlob:
			for _, r := range literals(c, &name) {
				out = append(out, index.Range{Start: r.Start + base, End: r.End + base})
			}
		default:
			out = append(out, literals(c, &whole)...)
		}
	}
	return joined(out)
}

// literals returns where the texts of a condition are.
func literals(c *cond, f *folding) []index.Range {
	var out []index.Range
	switch c.op {
	case opGlob:
		for _, part := range c.glob.parts {
			for text := range bytes.SplitSeq(part, []byte{one}) {
				out = append(out, f.find([]byte(Fold(string(text))))...)
			}
		}
	case opExact:
		for _, r := range f.find(c.text) {
			if f.text[r.Start:r.End] == c.raw {
				out = append(out, r)
			}
		}
	case opPathRE:
		for _, text := range c.needs {
			out = append(out, f.find(text)...)
		}
	default:
		out = f.find(c.text)
	}
	return out
}

// expressions returns where an expression matches s, which starts at base.
func expressions(c *cond, s string, base int) []index.Range {
	var out []index.Range
	for _, m := range c.re.FindAllStringIndex(s, -1) {
		if m[0] < m[1] {
			out = append(out, index.Range{Start: m[0] + base, End: m[1] + base})
		}
	}
	return out
}

// joined sorts ranges and joins those that touch.
func joined(of []index.Range) []index.Range {
	slices.SortFunc(of, func(a, b index.Range) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	var out []index.Range
	for _, r := range of {
		if n := len(out); n > 0 && r.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, r.End)
			continue
		}
		out = append(out, r)
	}
	return out
}
