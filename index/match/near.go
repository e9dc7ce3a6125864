package match

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"trawl/search/fold"

	"trawl/search/query"
)

// Near chooses the names that are nearest to the words of a query, of the names that an
// engine offers it: "did you mean". It belongs to one goroutine.
type Near struct {
	words []nearWord
	not   [][]byte // folded words that are not wanted
	best  []nearName
	seen  map[string]bool
}

// nearWord is a word that near names are wanted for.
type nearWord struct {
	text string      // folded
	set  uint64      // bytesOf text
	at   [256]uint64 // of each byte, where text has it
}

type nearName struct {
	name string
	far  int
}

const (
	maxNear  = 64 // names that a Near remembers
	nearLong = 64 // bytes of a word that near names are wanted for, at most
)

// NewNear returns a Near for the words of a query that found nothing, or nil if
// it has no words that can be misspelt.
func NewNear(tree query.Node) *Near {
	n := &Near{seen: map[string]bool{}}
	n.addWords(tree)
	if len(n.words) == 0 {
		return nil
	}
	return n
}

func (n *Near) addWords(tree query.Node) {
	switch t := tree.(type) {
	case query.And:
		for _, branch := range t.Of {
			n.addWords(branch)
		}
	case query.Or:
		for _, branch := range t.Of {
			n.addWords(branch)
		}
	case query.Word:
		w := nearWord{text: fold.String(t.Text)}
		if len(w.text) <= 2 || len(w.text) > nearLong || t.In != query.Anywhere && t.In != query.InName {
			return
		}
		w.set = bytesOf(w.text)
		for i := range len(w.text) {
			w.at[w.text[i]] |= 1 << i
		}
		n.words = append(n.words, w)
	case query.Not:
		if w, ok := t.Of.(query.Word); ok && fold.String(w.Text) != "" {
			n.not = append(n.not, []byte(fold.String(w.Text)))
		}
	default:
	}
}

// Words returns the folded words that near names are wanted for.
func (n *Near) Words() (texts []string) {
	for i := range n.words {
		texts = append(texts, n.words[i].text)
	}
	return texts
}

// Offer shows a name and its fold. It keeps no reference to them.
func (n *Near) Offer(name string, folded []byte) {
	far := 0
	for i := range n.words {
		d := n.from(i, folded)
		if d > len(n.words[i].text)/3 {
			return
		}
		far += d
	}
	if far == 0 { // it has all words, so that another condition excludes it
		return
	}
	if n.seen[string(folded)] || slices.ContainsFunc(n.not, func(w []byte) bool { return bytes.Contains(folded, w) }) {
		return
	}
	if len(n.best) == 2*maxNear {
		n.sort()
		for _, b := range n.best[maxNear:] {
			delete(n.seen, fold.String(b.name))
		}
		n.best = n.best[:maxNear]
	}
	n.seen[string(folded)] = true
	n.best = append(n.best, nearName{strings.Clone(name), far})
}

// from returns how far word i is from the nearest of a name: the name itself, the
// name without its extension, or a word in it. A clearly large distance is not exact.
func (n *Near) from(i int, folded []byte) int {
	if d := bits.OnesCount64(n.words[i].set &^ bytesOf(folded)); d > len(n.words[i].text)/3 {
		return d // each part of it lacks these bytes
	}
	far := min(n.distance(i, folded), n.distance(i, stem(folded)))
	start := 0
	for at := 0; at <= len(folded); at++ {
		if at < len(folded) && letter(folded[at]) {
			continue
		}
		far = min(far, n.distance(i, folded[start:at]))
		start = at + 1
	}
	return far
}

// distance counts the bytes to insert, remove, replace or exchange with their
// neighbour that make b of word i. A clearly large distance is not exact.
//
// It computes the table of distances of all beginnings of both, a column at a time. It
// keeps where in the column the next value down is one more (up) and where it is one less
// (down), a bit each: Hyyrö, "A bit-vector algorithm for computing Levenshtein and
// Damerau edit distances", 2003.
func (n *Near) distance(word int, b []byte) int {
	a := &n.words[word]
	far := len(a.text)/3 + 1
	if d := max(len(a.text)-len(b), len(b)-len(a.text)); d >= far {
		return d
	}
	if d := bits.OnesCount64(a.set &^ bytesOf(b)); d >= far {
		return d
	}
	d, last := len(a.text), uint64(1)<<(len(a.text)-1)
	up, down, same, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	for _, c := range b {
		at := a.at[c]
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
	}
	return d
}

// bytesOf returns a bit for each byte that occurs in s, or one that is 64 apart.
func bytesOf[S string | []byte](s S) (set uint64) {
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// sort puts the nearest names first, and of equally near ones the shorter ones.
func (n *Near) sort() {
	slices.SortFunc(n.best, func(a, b nearName) int {
		return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(fold.String(a.name), fold.String(b.name)),
			cmp.Compare(a.name, b.name))
	})
}

// Best returns at most k of the names offered, the nearest first.
func (n *Near) Best(k int) []string {
	n.sort()
	var out []string
	for _, b := range n.best[:min(k, len(n.best))] {
		out = append(out, b.name)
	}
	return out
}
