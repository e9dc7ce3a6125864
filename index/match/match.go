package match

import (
	"bytes"
	"regexp"
	"strings"

	"trawl/index"
	"trawl/index/match/dfa"
)

// matcher tells how entries match, directory by directory. It keeps nothing of
// what it is given: strings and slices may lie in buffers that are used again.
type matcher struct {
	plan  *Plan
	dir   Directory
	path  []byte           // the folded directory with a slash at its end; entries' names follow
	stem  int              // the length of path without a name
	mask  uint64           // the conditions that the directory meets, by cond.bit
	hints map[uint64]Probe // by mask
	hint  Probe            // of mask; valid if warm
	warm  bool
	dfas  map[*regexp.Regexp]*dfa.DFA
	asks  []*dfa.DFA // of plan.asks
}

func newMatcher(p *Plan) matcher {
	m := matcher{plan: p, hints: map[uint64]Probe{}, dfas: map[*regexp.Regexp]*dfa.DFA{}}
	for _, c := range p.asks {
		m.asks = append(m.asks, m.dfa(c.re))
	}
	return m
}

// Named tells whether an entry of this name may match, whatever else is told of it, by
// the expressions that Plan.Asks for.
func (m *matcher) Named(name []byte) bool {
	for _, d := range m.asks {
		if !d.Match(name) {
			return false
		}
	}
	return true
}

// Directory is what an engine tells of a directory before its entries.
type Directory struct {
	Host   int        // position in the hosts of Compile
	Path   index.Path // on the wire
	Shown  string     // Path decoded, where that differs, else ""
	Folded []byte     // the decoded path, folded by AppendFold
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

// Probe is what can be told of a folded name before anything else of its entry
// is decoded.
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
	for _, c := range m.plan.fixed {
		if m.decides(c) {
			mask |= c.bit
		}
	}
	if !m.warm || mask != m.mask {
		m.mask, m.warm = mask, true
		m.hint = m.probe(mask)
	}
	return m.hint
}

// probe returns the probe of directories that meet the conditions in mask.
func (m *matcher) probe(mask uint64) Probe {
	p, ok := m.hints[mask]
	if !ok {
		want := m.plan.wants(&m.plan.root, place{known: true, mask: mask})
		p = probe(oneOf([]Candidate{want.plain, want.own}))
		if len(m.hints) < maxHints {
			m.hints[mask] = p
		}
	}
	return p
}

// maxHints bounds the probes that a matcher keeps.
const maxHints = 1 << 10

// decides tells whether the directory alone meets a condition.
func (m *matcher) decides(c *cond) bool {
	switch c.op {
	case opHost:
		return c.hosts[m.dir.Host]
	case opExact:
		return bytes.Contains(m.path, c.text) && strings.Contains(m.dir.display()+"/", c.raw)
	case opDir:
		dir := m.path[:max(1, m.stem-1)]
		switch {
		case c.re != nil:
			return m.dfa(c.re).Match(dir)
		case c.raw != "":
			return c.raw == "/" || bytes.HasPrefix(m.path, []byte(c.raw)) && m.path[len(c.raw)] == '/'
		}
		return bytes.Contains(m.path[:m.stem], c.text)
	default:
		return bytes.Contains(m.path[:m.stem], c.text)
	}
}

// matches tells whether an entry of the directory last entered matches.
func (m *matcher) matches(e *index.Entry, folded []byte) bool {
	m.path = m.path[:m.stem]
	return m.level(&m.plan.root, e, folded) >= plain
}

// level says how an entry matches a condition. It is what makes a directory that
// is called kernel one result and not ten thousand: a word counts as matched
// above when it is in the path but not in the own name, and a query whose words
// are all matched above does not match.
//
//	(and above own)   => own
//	(and above plain) => above
//	(or above plain)  => plain
type level uint8

const (
	none  level = iota
	above       // only the directory has the words
	plain       // there are no words: filters match
	own         // a word is in the own name
)

func when(yes bool, l level) level {
	if yes {
		return l
	}
	return none
}

func (m *matcher) level(c *cond, e *index.Entry, folded []byte) level {
	switch c.op {
	case opAnd:
		return m.all(c, e, folded)
	case opOr:
		best := none
		for i := range c.of {
			best = max(best, m.level(&c.of[i], e, folded))
		}
		return best
	case opNot:
		return when(m.level(&c.of[0], e, folded) == none, plain)
	case opWord:
		return m.word(c, folded)
	case opExact:
		return m.exact(c, e)
	case opName:
		return when(bytes.Contains(folded, c.text), own)
	case opGlob:
		if c.raw != "" {
			return when(c.glob.match([]byte(e.Name)), own)
		}
		return when(c.glob.match(folded), own)
	case opRegexp:
		return when((len(c.needs) > fewNeeds || holdsOne(folded, c.needs)) && m.dfa(c.re).MatchString(e.Name), own)
	default:
		return when(m.filter(c, e, folded), plain)
	}
}

// all returns the level of an And.
func (m *matcher) all(c *cond, e *index.Entry, folded []byte) level {
	of := allOfLevels()
	for i := range c.of {
		l := m.level(&c.of[i], e, folded)
		if l == none {
			return none
		}
		of.add(l)
	}
	return of.level()
}

// word returns the level of a word. One with a slash is in the own name where it
// ends there.
func (m *matcher) word(c *cond, folded []byte) level {
	in := folded
	if c.slash {
		in = m.whole(folded)[max(0, m.stem-len(c.text)+1):]
	}
	if bytes.Contains(in, c.text) {
		return own
	}
	return when(m.mask&c.bit != 0, above)
}

// exact is word for texts as written.
func (m *matcher) exact(c *cond, e *index.Entry) level {
	in := e.Name
	if c.slash {
		dir := strings.TrimSuffix(m.dir.display(), "/") + "/"
		in = (dir + e.Name)[max(0, len(dir)-len(c.raw)+1):]
	}
	if strings.Contains(in, c.raw) {
		return own
	}
	return when(m.mask&c.bit != 0, above)
}

// dfa returns the matcher's own dfa of an expression.
func (m *matcher) dfa(re *regexp.Regexp) *dfa.DFA {
	d := m.dfas[re]
	if d == nil {
		d = dfa.New(re)
		m.dfas[re] = d
	}
	return d
}

// whole returns the folded path of an entry.
func (m *matcher) whole(folded []byte) []byte {
	if len(m.path) == m.stem {
		m.path = append(m.path, folded...)
	}
	return m.path
}

// filter tells whether a condition without words is met.
func (m *matcher) filter(c *cond, e *index.Entry, folded []byte) bool {
	switch c.op {
	case opAll:
		return true
	case opDir, opHost:
		return m.mask&c.bit != 0
	case opPath:
		return m.mask&c.bit != 0 || bytes.Contains(m.whole(folded), c.text)
	case opPathRE:
		return holdsOne(m.whole(folded), c.needs) && m.dfa(c.re).Match(m.path)
	case opPathRaw:
		return holdsOne(m.whole(folded), c.needs) && m.dfa(c.re).MatchString(strings.TrimSuffix(m.dir.display(), "/")+"/"+e.Name)
	case opExt:
		return e.Kind != index.Dir && hasExt(c.exts, folded)
	case opType:
		return e.Kind != index.Dir && c.exts[string(ExtOf(folded))]
	case opKind:
		return c.kinds[e.Kind]
	case opSize:
		return e.Size != index.UnknownSize && c.lo <= e.Size && e.Size <= c.hi
	case opTime:
		return e.Precision != index.Unknown && c.lo <= e.Unix && e.Unix <= c.hi
	case opText:
		_, ok := m.plan.hitAt(&m.dir, e)
		return ok
	default:
		return false
	}
}

// fewNeeds bounds the texts that are looked for before an expression is asked: three
// take 30 ns a name, eight 70 to 100, and a dfa 50.
const fewNeeds = 4

// holdsOne tells whether a folded text holds one of what an expression needs, if
// it needs anything.
func holdsOne(folded []byte, needs [][]byte) bool {
	for _, text := range needs {
		if bytes.Contains(folded, text) {
			return true
		}
	}
	return len(needs) == 0
}

// hasExt tells whether a name ends in one of the extensions, each of which may
// hold dots itself.
func hasExt(exts map[string]bool, folded []byte) bool {
	for i := 1; i < len(folded); i++ {
		if folded[i] == '.' && exts[string(folded[i+1:])] {
			return true
		}
	}
	return false
}
