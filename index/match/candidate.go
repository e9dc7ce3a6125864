package match

import (
	"bytes"
	"slices"

	"trawl/index"
)

// Candidate is a condition that an engine can look up in its postings. Entries
// that meet it may match, all others do not. An engine may replace any part that it
// cannot look up by All.
//
//sumtype:decl
type Candidate interface{ candidate() }

// The candidate conditions. All and None stand alone or not at all; And and Or
// have at least two branches, none of them their like.
type (
	// All is met by everything.
	All struct{}

	// None is met by nothing.
	None struct{}

	// And is met where all its branches are.
	And struct{ Of []Candidate }

	// Or is met where one of its branches is.
	Or struct{ Of []Candidate }

	// Has is met by entries whose folded name holds Text or, if Path is set, whose
	// folded path does: that is "directory/name", folded, and where Text has no
	// slash this means in the name or in the directory. If Loose is set, any run of
	// separators stands for one that is inside of Text. So the loose form of what meets it
	// holds fold.LoosePart(Text) in either case. Text is never empty but may be shorter
	// than a trigram.
	Has struct {
		Text  string
		Path  bool
		Loose bool
	}

	// Named is met by entries whose folded name is Text, or begins with Text and a
	// separator, all in the loose form.
	Named struct{ Text string }

	// Ext is met by entries whose EndOf is one of Values, ascending. None of them is empty.
	Ext struct{ Values []string }

	// Host is met by entries of these hosts, positions in the hosts of Compile,
	// ascending.
	Host struct{ Ordinals []int }

	// Kind is met by entries of these kinds.
	Kind struct{ Of []index.Kind }

	// Size is met by entries of known size with Min <= size <= Max.
	Size struct{ Min, Max int64 }

	// Time is met by entries of known time with From <= Unix <= To.
	Time struct{ From, To int64 }

	// Within is met by entries whose directory's folded path, decoded, is Dir or
	// below it.
	Within struct{ Dir string }

	// At is met by the entries at these places: the texts that were set by SetTexts.
	At struct{ Hits []Hit }
)

func (All) candidate()    {}
func (None) candidate()   {}
func (And) candidate()    {}
func (Or) candidate()     {}
func (Has) candidate()    {}
func (Named) candidate()  {}
func (Ext) candidate()    {}
func (Host) candidate()   {}
func (Kind) candidate()   {}
func (Size) candidate()   {}
func (Time) candidate()   {}
func (Within) candidate() {}
func (At) candidate()     {}

// wants are the candidates of a condition, for each level that a match can have: any,
// plain or better, and own. See level for how levels combine.
type wants struct {
	any, plain, own Candidate
	sure            bool // every entry of the directory matches
}

// matching returns the candidates of a query.
func (w wants) matching() Candidate { return oneOf([]Candidate{w.plain, w.own}) }

// filterWants returns the wants of a condition that has no words.
func filterWants(filter Candidate) wants { return wants{any: filter, plain: filter, own: None{}} }

// branchWants are the wants of some branches, by level.
type branchWants struct {
	anys, plains, owns []Candidate
	sure               int // branches that are sure
}

func wantsOf(branches []condition, at dirMask) (out branchWants) {
	for _, branch := range branches {
		w := branch.wants(at)
		out.anys, out.plains, out.owns = append(out.anys, w.any), append(out.plains, w.plain), append(out.owns, w.own)
		if w.sure {
			out.sure++
		}
	}
	return out
}

// hasOneOf wants one of the texts; nil means that there is no condition.
func hasOneOf(texts [][]byte, path bool) Candidate {
	if texts == nil {
		return All{}
	}
	var out []Candidate
	for _, s := range texts {
		out = append(out, Has{Text: string(s), Path: path})
	}
	return oneOf(out)
}

// allOf joins conditions by And.
//
//	(and x all) => x
//	(and x none) => none
//	(and (and x y) z) => (and x y z)
func allOf(branches []Candidate) Candidate {
	var out []Candidate
	for _, c := range branches {
		switch c := c.(type) {
		case All:
		case None:
			return None{}
		case And:
			out = append(out, c.Of...)
		default:
			out = append(out, c)
		}
	}
	if out = unique(out); len(out) > 1 {
		return And{out}
	}
	return append(out, All{})[0]
}

// oneOf joins conditions by Or.
//
//	(or x none) => x
//	(or x all) => all
//	(or (or x y) z) => (or x y z)
func oneOf(branches []Candidate) Candidate {
	var out []Candidate
	for _, c := range branches {
		switch c := c.(type) {
		case None:
		case All:
			return All{}
		case Or:
			out = append(out, c.Of...)
		default:
			out = append(out, c)
		}
	}
	if out = unique(out); len(out) > 1 {
		return Or{out}
	}
	return append(out, None{})[0]
}

// unique removes repeated conditions on texts.
func unique(branches []Candidate) []Candidate {
	seen := map[Has]bool{}
	return slices.DeleteFunc(branches, func(c Candidate) bool {
		has, ok := c.(Has)
		double := ok && seen[has]
		if ok {
			seen[has] = true
		}
		return double
	})
}

// probe returns the part of a candidate that folded names decide.
func probe(c Candidate) Probe {
	switch c := c.(type) {
	case None:
		return Probe{Never: true}
	case Has:
		if !c.Path {
			return Probe{AnyOf: [][]byte{c.longest()}}
		}
	case And:
		var best Probe
		for _, c := range c.Of {
			if p := probe(c); p.weight() > best.weight() {
				best = p
			}
		}
		return best
	case Or:
		var all Probe
		for _, c := range c.Of {
			p := probe(c)
			if len(p.AnyOf) == 0 {
				return Probe{}
			}
			all.AnyOf = append(all.AnyOf, p.AnyOf...)
		}
		return all.short()
	default:
	}
	return Probe{}
}

// longest returns the longest text that is in each name which meets the condition.
func (c Has) longest() []byte {
	parts := [][]byte{[]byte(c.Text)}
	if c.Loose {
		parts = partsOf(parts[0])
	}
	return slices.MaxFunc(parts, func(a, b []byte) int { return len(a) - len(b) })
}

// weight says how selective a probe is: the length of its shortest text, less one for
// each other text.
func (p Probe) weight() int {
	if len(p.AnyOf) == 0 {
		return 0
	}
	least := len(p.AnyOf[0])
	for _, s := range p.AnyOf {
		least = min(least, len(s))
	}
	return max(1, 100+least-len(p.AnyOf))
}

// short removes the texts that hold another one.
func (p Probe) short() Probe {
	var out [][]byte
	for i, s := range p.AnyOf {
		covered := false
		for k, o := range p.AnyOf {
			same := bytes.Equal(s, o)
			covered = covered || bytes.Contains(s, o) && (!same || k < i)
		}
		if !covered {
			out = append(out, s)
		}
	}
	return Probe{AnyOf: out}
}
