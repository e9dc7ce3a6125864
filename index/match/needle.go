package match

import (
	"bytes"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/search/fold"
)

// needle is a folded text that is looked for in folded names. Inside it, any run of
// separators stands for any other one:
//
//	bad boys       finds bad.boys and bad_-_boys
//	.jpg           finds a.jpg, and not a-jpg: signs at the edges are literal
//	obama,         finds obama: some punctuation at the edges is left out
//	s.w.a.t, wi-fi find swat and wifi, too
//	rock'n'roll    finds rocknroll and rock n roll
type needle struct {
	text   []byte   // folded, without the punctuation that is left out
	parts  [][]byte // text, cut at the separators inside of it
	lead   int      // the longest part, which is looked for first
	onMark bool     // it begins with a mark, so that it may begin inside a letter
	begins bool     // it must begin a word
	ends   bool     // it must end one
	other  *needle  // another way to write it, or nil
}

// newNeedle returns the needle of a text that someone typed. It has no text if nothing is
// left of the fold.
func newNeedle(typed string) needle {
	folded := fold.String(typed)
	text := strings.TrimLeft(folded, edges)
	if text = strings.TrimRight(text, edges+"."); strings.Trim(text, edges+".") == "" {
		text = folded // punctuation alone stands for itself
	}
	n := needle{text: []byte(text), parts: partsOf([]byte(text))}
	for i, part := range n.parts {
		if len(part) > len(n.parts[n.lead]) {
			n.lead = i
		}
	}
	r, _ := utf8.DecodeRuneInString(text)
	n.onMark = unicode.Is(unicode.M, r)
	if n.other = n.together(); n.other == nil {
		n.other = parted(typed)
	}
	return n
}

// parted returns the needle of a text with separators in place of the apostrophes between its
// letters, which the fold leaves out, or nil if there are none. They are whole words.
func parted(typed string) *needle {
	const apostrophes = "'’‘ʼ`´"
	inner := strings.Trim(typed, apostrophes)
	if !strings.ContainsAny(inner, apostrophes) {
		return nil
	}
	n := newNeedle(strings.Map(func(r rune) rune {
		if strings.ContainsRune(apostrophes, r) {
			return ' '
		}
		return r
	}, inner))
	n.begins, n.ends = true, true
	return &n
}

// edges are the signs that are left out at the edges of a word. A full stop is left out at
// its end only.
const edges = `,;:!?"`

// partsOf cuts a folded text at the runs of separators inside of it. Those at its edges
// belong to the first and to the last part.
func partsOf(text []byte) (parts [][]byte) {
	first, end := 0, len(text)
	for first < end && fold.Separates(text, first) {
		first++
	}
	for end > first && fold.Separates(text, end-1) {
		end--
	}
	start := 0
	for i := first; i < end; i++ {
		if !fold.Separates(text, i) {
			continue
		}
		parts = append(parts, text[start:i])
		for fold.Separates(text, i+1) {
			i++
		}
		start = i + 1
	}
	return append(parts, text[start:])
}

// together returns the needle of an acronym without its dots (s.w.a.t => swat) and of a word
// without the hyphen between its letters (wi-fi => wifi), and nil for others. They are whole
// words, or begin one.
func (n *needle) together() *needle {
	joined := bytes.Join(n.parts, nil)
	for _, c := range joined {
		if c < 'a' || c > 'z' && c < utf8.RuneSelf {
			return nil
		}
	}
	dotted := len(n.parts) > 2
	for _, part := range n.parts {
		dotted = dotted && utf8.RuneCount(part) == 1
	}
	switch {
	case dotted && bytes.Count(n.text, []byte(".")) == len(n.parts)-1:
		return &needle{text: joined, parts: [][]byte{joined}, begins: true, ends: true}
	case len(n.parts) == 2 && len(n.text) == len(joined)+1 && bytes.IndexByte(n.text, '-') > 0:
		return &needle{text: joined, parts: [][]byte{joined}, begins: true}
	}
	return nil
}

// in reports whether a folded text holds the needle. An empty one is in each text.
func (n *needle) in(text []byte) bool {
	at, _, _ := n.next(text, 0)
	return at >= 0 || n.other != nil && n.other.in(text)
}

// all calls yield with the start and the end of each hit in a folded text, those of the
// needle itself first. Hits may overlap.
func (n *needle) all(text []byte) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for ; n != nil && len(n.text) > 0; n = n.other {
			for from := 0; ; {
				at, start, end := n.next(text, from)
				if at < 0 {
					break
				}
				if !yield(start, end) {
					return
				}
				from = at + 1
			}
		}
	}
}

// has returns the candidates with the needle in their names or, if path is set, in their
// paths.
func (n *needle) has(path bool) Candidate {
	if len(n.text) == 0 {
		return All{}
	}
	has := Has{Text: string(n.text), Path: path, Loose: true}
	if n.other == nil {
		return has
	}
	return oneOf([]Candidate{has, n.other.has(path)})
}

// next returns the first hit whose lead is at from or behind it: where its lead is, where it
// starts and where it ends. at is -1 if there is none.
func (n *needle) next(text []byte, from int) (at, start, end int) {
	for lead := n.parts[n.lead]; from <= len(text); from = at + 1 {
		i := bytes.Index(text[from:], lead)
		if i < 0 {
			break
		}
		at = from + i
		if start, end = n.before(text, at), n.behind(text, at+len(lead)); start >= 0 && end >= 0 && n.fits(text, start, end) {
			return at, start, end
		}
	}
	return -1, 0, 0
}

// before returns where the parts before the lead start, if they end at a place, or -1.
func (n *needle) before(text []byte, at int) int {
	for i := n.lead - 1; i >= 0; i-- {
		end := at
		for at > 0 && fold.Separates(text, at-1) {
			at--
		}
		if at == end || !bytes.HasSuffix(text[:at], n.parts[i]) {
			return -1
		}
		at -= len(n.parts[i])
	}
	return at
}

// behind returns where the parts behind the lead end, if they start at a place, or -1.
func (n *needle) behind(text []byte, at int) int {
	for _, part := range n.parts[n.lead+1:] {
		start := at
		for at < len(text) && fold.Separates(text, at) {
			at++
		}
		if at == start || !bytes.HasPrefix(text[at:], part) {
			return -1
		}
		at += len(part)
	}
	return at
}

// fits reports whether a hit neither begins nor ends inside a letter, and is a word or
// begins one where it must.
func (n *needle) fits(text []byte, start, end int) bool {
	switch {
	case start < len(text) && text[start] >= utf8.RuneSelf && !n.onMark && onMark(text[start:]),
		end < len(text) && text[end] >= utf8.RuneSelf && onMark(text[end:]):
		return false
	case n.begins && start > 0 && fold.Letter(text[start-1]), n.ends && end < len(text) && fold.Letter(text[end]):
		return false
	}
	return true
}

// onMark reports whether a text begins with a mark, which belongs to the letter before it.
func onMark(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return unicode.Is(unicode.M, r)
}
