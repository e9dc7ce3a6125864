package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"trawl/search/query"
)

// Near chooses the names that are nearest to what a query asked for, from
// the names that an engine offers it: "did you mean". It belongs to one
// goroutine.
type Near struct {
	words []string // folded
	sets  []uint64 // bytesOf words
	best  []nearName
	seen  map[string]bool
	rows  [3][]uint16 // of distance
}

type nearName struct {
	name string
	far  int
}

// maxNear is how many names a Near keeps in mind.
const maxNear = 64

// NewNear returns a Near for the words of a query that found nothing, or nil if
// it has no words that can be misspelt.
func NewNear(tree query.Node) *Near {
	n := &Near{seen: map[string]bool{}}
	n.gather(tree)
	if len(n.words) == 0 {
		return nil
	}
	return n
}

func (n *Near) gather(tree query.Node) {
	switch t := tree.(type) {
	case query.And:
		for _, of := range t.Of {
			n.gather(of)
		}
	case query.Or:
		for _, of := range t.Of {
			n.gather(of)
		}
	case query.Word:
		if w := Fold(t.Text); len(w) > 2 && (t.In == query.Anywhere || t.In == query.InName) {
			n.words, n.sets = append(n.words, w), append(n.sets, bytesOf(w))
		}
	default:
	}
}

// Words returns the folded words that near names are wanted for.
func (n *Near) Words() []string { return n.words }

// Offer shows a name and its fold. It keeps no reference to them.
func (n *Near) Offer(name string, folded []byte) {
	far := 0
	for i, w := range n.words {
		d := n.from(i, folded)
		if d > len(w)/3 {
			return
		}
		far += d
	}
	if n.seen[string(folded)] {
		return
	}
	if len(n.best) == 2*maxNear {
		n.sort()
		for _, b := range n.best[maxNear:] {
			delete(n.seen, Fold(b.name))
		}
		n.best = n.best[:maxNear]
	}
	n.seen[string(folded)] = true
	n.best = append(n.best, nearName{strings.Clone(name), far})
}

// from returns how far word i is from the nearest of a name: the name itself, the
// name without its extension, or a word in it.
func (n *Near) from(i int, folded []byte) int {
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
// neighbour that make b of word i. What is clearly far is not counted.
func (n *Near) distance(word int, b []byte) int {
	a := n.words[word]
	far := len(a)/3 + 1
	if d := max(len(a)-len(b), len(b)-len(a)); d >= far {
		return d
	}
	if d := bits.OnesCount64(n.sets[word] &^ bytesOf(b)); d >= far {
		return d
	}
	for i := range n.rows {
		n.rows[i] = slices.Grow(n.rows[i][:0], len(b)+1)[:len(b)+1]
	}
	two, one, row := n.rows[0], n.rows[1], n.rows[2]
	for j := range one {
		one[j] = uint16(j)
	}
	for i := 1; i <= len(a); i++ {
		row[0] = uint16(i)
		least := row[0]
		for j := 1; j <= len(b); j++ {
			d := one[j-1]
			if a[i-1] != b[j-1] {
				d = 1 + min(one[j], row[j-1], d)
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, two[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if int(least) > far {
			return far
		}
		two, one, row = one, row, two
	}
	return int(one[len(b)])
}

// bytesOf returns a bit for each byte that occurs in s, or one that is 64 apart.
func bytesOf[S string | []byte](s S) (set uint64) {
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// sort puts the nearest names first; of those the shorter ones.
func (n *Near) sort() {
	slices.SortFunc(n.best, func(a, b nearName) int {
		return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(Fold(a.name), Fold(b.name)),
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
