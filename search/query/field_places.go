package query

import (
	"math"
	"strconv"
)

// Places matches results with Min <= places <= Max. It stands only at the top,
// or in an And there.
type Places struct{ Min, Max int }

func (Places) node()   {}
func (Places) filter() {}
func (Places) whole()  {}

func (n Places) String() string {
	switch {
	case n.Min == n.Max:
		return "places:" + strconv.Itoa(n.Min)
	case n.Max == math.MaxInt64:
		return "places:>=" + strconv.Itoa(n.Min)
	}
	return "places:" + strconv.Itoa(n.Min) + ".." + strconv.Itoa(n.Max)
}

func (n Places) and(o Node) Node {
	if o, ok := o.(Places); ok && max(n.Min, o.Min) <= min(n.Max, o.Max) {
		return Places{max(n.Min, o.Min), min(n.Max, o.Max)}
	}
	return nil
}

func placesField() field {
	return field{name: "places", example: "places:>1", whole: true, read: (*parser).places}
}

// places reads places:>1 and the like.
func (p *parser) places(t token) (Node, error) {
	lo, hi, ok := interval(t.text, 1, func(s string) (int64, int64, bool) {
		n, err := strconv.ParseInt(s, 10, 32)
		return n, n, err == nil && n >= 0
	})
	switch {
	case !ok:
		return nil, p.fail(t.at, "places: counts hosts and paths, and this is no number", "such as places:>1 or places:2..5")
	case lo > hi:
		return nil, p.mended(p.fail(t.at, "nothing has so many places", "the smaller one comes first: places:2..5"), t.at, t.end, p.turned(t))
	}
	return Places{int(lo), int(hi)}, nil
}
