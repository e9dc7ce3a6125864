package match

import (
	"trawl/index"
	"trawl/index/match/dfa"
)

// matcher decides how entries match, directory by directory. It keeps nothing that it
// is given: strings and slices may lie in buffers that are used again.
type matcher struct {
	plan   *Plan
	dir    Directory
	path   []byte           // the folded directory with a slash at its end; entries' names follow
	stem   int              // the length of path without a name
	mask   uint64           // the bits of the conditions that the directory meets
	probes map[uint64]Probe // by mask
	probe  Probe            // of mask; valid if entered
	ready  bool             // probe is set
	dfas   []*dfa.DFA       // of the plan's expressions
}

func newMatcher(p *Plan) matcher {
	m := matcher{plan: p, probes: map[uint64]Probe{}}
	for _, re := range p.conds.expressions {
		m.dfas = append(m.dfas, dfa.New(re))
	}
	return m
}

// dfa returns the matcher's own state machine of an expression.
func (m *matcher) dfa(x expression) *dfa.DFA { return m.dfas[x.n] }

// NameMayMatch reports whether an entry of this name may match, as far as the expressions
// of Plan.TestsNames decide.
func (m *matcher) NameMayMatch(name []byte) bool {
	for _, x := range m.plan.conds.nameTests {
		if !m.dfa(x).Match(name) {
			return false
		}
	}
	return true
}

// Directory is a directory as an engine shows it before its entries.
type Directory struct {
	Host   int        // position in the hosts of Compile
	Path   index.Path // on the wire
	Shown  string     // Path decoded, where that differs, else ""
	Folded []byte     // the decoded path, folded by fold.Append
	State  index.State
	Stale  bool  // it could not be read since
	Seen   int64 // when a crawl last saw it, in seconds since 1970
}

// display returns the directory as people read it.
func (d *Directory) display() string {
	if d.Shown != "" {
		return d.Shown
	}
	return string(d.Path)
}

// Probe is a condition on folded names, which are decoded before the rest of an entry.
type Probe struct {
	Never bool     // no entry matches
	AnyOf [][]byte // one of these must be in the folded name; empty: any name may match
}

// enter starts on a directory and returns what its entries must have.
func (m *matcher) enter(d Directory) Probe {
	m.dir = d
	m.path = append(m.path[:0], d.Folded...)
	if n := len(m.path); n == 0 || m.path[n-1] != '/' {
		m.path = append(m.path, '/')
	}
	m.stem = len(m.path)
	var mask uint64
	for _, c := range m.plan.conds.directed {
		if c.met(m) {
			mask |= c.bit()
		}
	}
	if !m.ready || mask != m.mask {
		m.mask, m.ready = mask, true
		m.probe = m.probeOf(mask)
	}
	return m.probe
}

// probeOf returns the probe of directories that meet the conditions in mask.
func (m *matcher) probeOf(mask uint64) Probe {
	p, ok := m.probes[mask]
	if !ok {
		p = probe(m.plan.conds.root.wants(dirMask{true, mask}).matching())
		if len(m.probes) < maxProbes {
			m.probes[mask] = p
		}
	}
	return p
}

// maxProbes bounds the probes that a matcher keeps.
const maxProbes = 1 << 10

// matches reports whether an entry of the directory last entered matches.
func (m *matcher) matches(e *index.Entry, folded []byte) bool {
	m.path = m.path[:m.stem]
	return m.plan.conds.root.level(m, e, folded) >= plain
}

// span returns the least and the greatest level that an entry of a host can have,
// whatever its directory is. Where they fall on the same side of plain the entry
// matches or not, and its directory need not be decoded.
//
//	word in the own name  => own, own
//	word elsewhere        => none, above
//	(not x) of l, h       => (not h), (not l)
func (m *matcher) span(host int, e *index.Entry, folded []byte) (least, most level) {
	return m.plan.conds.root.span(m, host, e, folded)
}

// whole returns the folded path of an entry.
func (m *matcher) whole(folded []byte) []byte {
	if len(m.path) == m.stem {
		m.path = append(m.path, folded...)
	}
	return m.path
}
