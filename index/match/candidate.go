package match

import (
	"bytes"
	"slices"
	"strings"

	"trawl/index"
)

// Candidate is a condition that an engine can look up in its postings. Entries
// that meet it may match, all others do not. An engine may take any part of it
// that it cannot look up for All.
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
	// slash this means in the name or in the directory. Text is never empty but may
	// be shorter than a trigram.
	Has struct {
		Text string
		Path bool
	}

	// Ext is met by files and links whose ExtOf is one of Values, ascending.
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

	// At is met by the entries at these places: the texts that were Found.
	At struct{ Hits []Hit }
)

func (All) candidate()    {}
func (None) candidate()   {}
func (And) candidate()    {}
func (Or) candidate()     {}
func (Has) candidate()    {}
func (Ext) candidate()    {}
func (Host) candidate()   {}
func (Kind) candidate()   {}
func (Size) candidate()   {}
func (Time) candidate()   {}
func (Within) candidate() {}
func (At) candidate()     {}

// wants is what a condition asks of its candidates, for each level that a match
// can have: any, plain or better, and own.
type wants struct{ any, plain, own Candidate }

// place is what is known of the directory of a candidate.
type place struct {
	known bool
	mask  uint64 // if known: what the directory decides, by cond.bit
}

// wants returns the candidates of a condition. See level for how levels combine:
//
//	(and x y) any   => (and x.any y.any)
//	(and x y) own   => (and (or x.own y.own) x.any y.any)
//	(and x y) plain => (and x.plain y.plain)
//	(or x y)        => (or x y) for each
func (p *Plan) wants(c *cond, at place) wants {
	var ws []wants
	for i := range c.of {
		ws = append(ws, p.wants(&c.of[i], at))
	}
	pick := func(level func(wants) Candidate) []Candidate {
		var of []Candidate
		for _, w := range ws {
			of = append(of, level(w))
		}
		return of
	}
	anys := pick(func(w wants) Candidate { return w.any })
	plains := pick(func(w wants) Candidate { return w.plain })
	owns := pick(func(w wants) Candidate { return w.own })
	switch c.op {
	case opAnd:
		return wants{any: allOf(anys), plain: allOf(plains), own: allOf(append(anys, oneOf(owns)))}
	case opOr:
		return wants{any: oneOf(anys), plain: oneOf(plains), own: oneOf(owns)}
	case opNot:
		if at.certain(&c.of[0]) {
			return same(None{}, None{})
		}
		return same(All{}, None{})
	case opWord, opExact:
		own := Candidate(Has{Text: string(c.text), Path: c.slash})
		switch {
		case len(c.text) == 0:
			own = All{}
		case c.slash && at.known && len(c.last) > 0:
			own = Has{Text: string(c.last)}
		case c.slash && at.known && strings.HasSuffix(c.raw, "/"):
			own = None{}
		case c.slash && at.known: // it ends in what folds to nothing
			own = All{}
		}
		return wants{any: p.above(c, at, own), plain: None{}, own: own}
	case opGlob, opRegexp, opName:
		own := hasOneOf(c.needs, false)
		return wants{any: own, plain: None{}, own: own}
	default:
		filter := p.filter(c, at)
		return same(filter, None{})
	}
}

// same returns the wants of a condition that has no words.
func same(filter, own Candidate) wants { return wants{any: filter, plain: filter, own: own} }

// above returns what a word wants that may also be in the directory; own is what
// it wants of the name.
func (p *Plan) above(c *cond, at place, own Candidate) Candidate {
	switch {
	case at.known && at.mask&c.bit != 0:
		return All{}
	case at.known || len(c.text) == 0:
		return own
	}
	return Has{Text: string(c.text), Path: true}
}

// filter returns what a condition without words wants.
func (p *Plan) filter(c *cond, at place) Candidate {
	switch c.op {
	case opAll:
		return All{}
	case opNone:
		return None{}
	case opDir, opHost:
		if at.known {
			return decided(at.mask&c.bit != 0)
		}
		return p.decider(c)
	case opPath:
		if at.known && !c.slash {
			return p.above(c, at, Has{Text: string(c.text)})
		}
		return p.above(c, place{}, nil)
	case opPathRE, opPathRaw:
		return hasOneOf(c.needs, true)
	case opExt, opType:
		return extCandidate(c.exts)
	case opKind:
		var of []index.Kind
		for k, ok := range c.kinds {
			if ok {
				of = append(of, index.Kind(k))
			}
		}
		return Kind{of}
	case opSize:
		return Size{c.lo, c.hi}
	case opTime:
		return Time{c.lo, c.hi}
	case opText:
		return At{p.hits}
	default:
		return All{}
	}
}

// decider returns what a condition on directories or hosts wants where they are
// not known.
func (p *Plan) decider(c *cond) Candidate {
	switch {
	case c.op == opHost:
		var ordinals []int
		for i, ok := range c.hosts {
			if ok {
				ordinals = append(ordinals, i)
			}
		}
		if ordinals == nil {
			return None{}
		}
		return Host{ordinals}
	case c.re != nil:
		return hasOneOf(c.needs, true)
	case c.raw == "/":
		return All{}
	case c.raw != "":
		return Within{c.raw}
	}
	return Has{Text: string(c.text), Path: true}
}

func decided(yes bool) Candidate {
	if yes {
		return All{}
	}
	return None{}
}

// certain tells whether everything in the directory matches a condition.
func (at place) certain(c *cond) bool {
	switch c.op {
	case opAll:
		return true
	case opWord, opExact, opPath, opDir, opHost:
		return at.known && at.mask&c.bit != 0
	case opAnd:
		return !slices.ContainsFunc(c.of, func(c cond) bool { return !at.certain(&c) })
	case opOr:
		return slices.ContainsFunc(c.of, func(c cond) bool { return at.certain(&c) })
	default:
		return false
	}
}

// hasOneOf wants one of the texts; none of them is no wish at all.
func hasOneOf(texts [][]byte, path bool) Candidate {
	if texts == nil {
		return All{}
	}
	var of []Candidate
	for _, s := range texts {
		of = append(of, Has{Text: string(s), Path: path})
	}
	return oneOf(of)
}

// extCandidate wants what is after the last dot of each extension.
func extCandidate(exts map[string]bool) Candidate {
	var values []string
	for ext := range exts {
		last := ext[strings.LastIndexByte(ext, '.')+1:]
		if last == "" {
			return All{}
		}
		values = append(values, last)
	}
	slices.Sort(values)
	return Ext{slices.Compact(values)}
}

// allOf joins conditions by And.
//
//	(and x all) => x
//	(and x none) => none
//	(and (and x y) z) => (and x y z)
func allOf(of []Candidate) Candidate {
	var out []Candidate
	for _, c := range of {
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
func oneOf(of []Candidate) Candidate {
	var out []Candidate
	for _, c := range of {
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

// unique leaves out the conditions that are there already, those of texts at
// least.
func unique(of []Candidate) []Candidate {
	seen := map[Has]bool{}
	return slices.DeleteFunc(of, func(c Candidate) bool {
		has, ok := c.(Has)
		double := ok && seen[has]
		if ok {
			seen[has] = true
		}
		return double
	})
}

// probe returns what a candidate's conditions ask of folded names.
func probe(c Candidate) Probe {
	switch c := c.(type) {
	case None:
		return Probe{Never: true}
	case Has:
		if !c.Path {
			return Probe{AnyOf: [][]byte{[]byte(c.Text)}}
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

// weight tells how much of a filter a probe is: the length of its shortest text,
// less one for each other text.
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

// short leaves out the texts that hold another one.
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
