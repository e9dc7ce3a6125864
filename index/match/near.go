package match

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/fold"
)

// Near chooses, for each of some words, the nearest words of the names that an engine
// offers it: "did you mean". A word of a name is a run of letters and digits. Two or three
// side by side are one as well, and so are single letters with signs between them:
//
//	fierfox => firefox
//	email   => e-mail
//	shield  => s.h.i.e.l.d
//
// A query may have several runs, too: 6.1.21 => 6.1.12.
//
// It belongs to one goroutine.
type Near struct {
	words []nearWord
	runs  []index.Range // of the name that is offered
	join  []byte        // likewise, words side by side without signs
}

// nearWord is a word that near ones are wanted for.
type nearWord struct {
	asked string      // folded
	runs  int         // of letters and digits in it
	text  string      // its letters and digits
	set   uint64      // bytesOf text
	at    [256]uint64 // of each byte, where text has it
	best  map[string]*nearFound
}

// nearFound is a word of names.
type nearFound struct {
	text  string // folded, with the signs in it
	far   int
	count int // of names that have it
}

const (
	maxNear    = 64 // words that are remembered for each word
	nearShort  = 3  // bytes of a word that near words are wanted for, at least
	nearLong   = 64 // likewise, at most
	nearBegin  = 6  // bytes of a word that may be near to the beginning of a longer one, at least
	sideBySide = 3  // words side by side that count as one
	spelledOut = 12 // single letters side by side that count as one
)

// NewNear returns a Near for words, which need not be folded. Words that are too short or
// too long have no near ones.
func NewNear(words []string) *Near {
	n := &Near{words: make([]nearWord, len(words))}
	for i, asked := range words {
		w := &n.words[i]
		w.asked = fold.String(asked)
		n.split([]byte(w.asked))
		w.runs = len(n.runs)
		text := bare(nil, w.asked)
		if len(text) < nearShort || len(text) > nearLong {
			continue
		}
		w.text, w.best = string(text), map[string]*nearFound{}
		w.set = bytesOf(w.text)
		for j := range len(w.text) {
			w.at[w.text[j]] |= 1 << j
		}
	}
	return n
}

// bare appends the letters and digits of a folded text to dst.
func bare[S string | []byte](dst []byte, folded S) []byte {
	for i := range len(folded) {
		if fold.Letter(folded[i]) {
			dst = append(dst, folded[i])
		}
	}
	return dst
}

// Offer shows a folded name. It keeps no reference to it.
func (n *Near) Offer(folded []byte) {
	have := bytesOf(folded)
	split := false
	for i := range n.words {
		w := &n.words[i]
		if w.text == "" || bits.OnesCount64(w.set&^have) > w.most() {
			continue // each part of the name lacks these bytes
		}
		if !split {
			n.split(folded)
			split = true
		}
		for first := range n.runs {
			run := folded[n.runs[first].Start:n.runs[first].End]
			w.add(run, w.far(run))
			n.offerJoined(w, folded, first)
		}
	}
}

// split finds the runs of letters and digits in a name.
func (n *Near) split(folded []byte) {
	n.runs = n.runs[:0]
	start := -1
	for at, c := range folded {
		switch {
		case fold.Letter(c) && start < 0:
			start = at
		case !fold.Letter(c) && start >= 0:
			n.runs = append(n.runs, index.Range{Start: start, End: at})
			start = -1
		}
	}
	if start >= 0 {
		n.runs = append(n.runs, index.Range{Start: start, End: len(folded)})
	}
}

// offerJoined looks at what begins with a run and goes on with the next ones: if it is the word
// but for signs, or near to a word that has as many runs.
func (n *Near) offerJoined(w *nearWord, folded []byte, first int) {
	n.join = append(n.join[:0], folded[n.runs[first].Start:n.runs[first].End]...)
	single := len(n.join) == 1
	for last := first + 1; last < len(n.runs) && last-first < spelledOut && len(n.join) < len(w.text)+w.most(); last++ {
		run := n.runs[last]
		single = single && run.End-run.Start == 1
		if !single && last-first >= max(sideBySide, w.runs) || !apart(folded[n.runs[last-1].End:run.Start]) {
			return
		}
		n.join = append(n.join, folded[run.Start:run.End]...)
		switch {
		case string(n.join) == w.text:
			w.add(folded[n.runs[first].Start:run.End], 0)
		case last-first+1 == w.runs:
			far, _ := w.distance(n.join)
			w.add(folded[n.runs[first].Start:run.End], far)
		}
	}
}

// apart reports whether what is between two words may be left out: few signs that need no
// quotes.
func apart(between []byte) bool {
	const most = 3
	for _, c := range between {
		if strings.IndexByte(" .-_+',", c) < 0 {
			return false
		}
	}
	return len(between) <= most
}

// add takes a word of a name in, if it is another one and near enough.
func (w *nearWord) add(text []byte, far int) {
	if far > w.most() || string(text) == w.asked {
		return
	}
	if found := w.best[string(text)]; found != nil {
		found.count++
		return
	}
	if len(w.best) == 2*maxNear {
		for _, worse := range w.sorted()[maxNear:] {
			delete(w.best, worse.text)
		}
	}
	w.best[string(text)] = &nearFound{string(text), far, 1}
}

// most returns how far a near word may be.
func (w *nearWord) most() int { return len(w.text) / 3 }

// sorted returns the nearest words first, and of equally near ones the more frequent ones.
func (w *nearWord) sorted() []*nearFound {
	return slices.SortedFunc(maps.Values(w.best), func(a, b *nearFound) int {
		return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(b.count, a.count), cmp.Compare(len(a.text), len(b.text)), cmp.Compare(a.text, b.text))
	})
}

// Best returns at most k near words of each word, folded, the nearest first.
func (n *Near) Best(k int) [][]string {
	out := make([][]string, len(n.words))
	for i := range n.words {
		best := n.words[i].sorted()
		for _, found := range best[:min(k, len(best))] {
			out[i] = append(out[i], found.text)
		}
	}
	return out
}

// far returns how far b is from the word. If the word is near to the beginning of b, that
// is one more than the distance from there.
func (w *nearWord) far(b []byte) int {
	whole, begin := w.distance(b)
	if len(w.text) >= nearBegin && begin < whole {
		return begin + 1
	}
	return whole
}

// distance counts the bytes to insert, remove, replace or exchange with their
// neighbour that make b of the word, and those that make the nearest beginning of b of it. A
// clearly large distance is not exact.
//
// It computes the table of distances of all beginnings of both, a column at a time. It
// keeps where in the column the next value down is one more (up) and where it is one less
// (down), a bit each: Hyyrö, "A bit-vector algorithm for computing Levenshtein and
// Damerau edit distances", 2003.
func (w *nearWord) distance(b []byte) (whole, begin int) {
	far := w.most() + 1
	if d := len(w.text) - len(b); d >= far {
		return d, d
	}
	if d := bits.OnesCount64(w.set &^ bytesOf(b)); d >= far {
		return d, d
	}
	beyond := max(0, len(b)-len(w.text)-far) // bytes at the end that are too many
	d, last := len(w.text), uint64(1)<<(len(w.text)-1)
	begin = d
	up, down, same, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	for _, c := range b[:len(b)-beyond] {
		at := w.at[c]
		same = ((at & up) + up ^ up) | at | down | (^same&at)<<1&before // and diagonally no more
		before = at
		right, left := down|^(same|up), same&up // the next value to the right is one more, one less
		if right&last != 0 {
			d++
		}
		if left&last != 0 {
			d--
		}
		right = right<<1 | 1
		up, down = left<<1|^(same|right), same&right
		begin = min(begin, d)
	}
	if beyond > 0 {
		return far, begin
	}
	return d, begin
}

// bytesOf returns a bit for each byte that occurs in s, or one that is 64 apart.
func bytesOf[S string | []byte](s S) (set uint64) {
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}
