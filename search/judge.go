package search

import (
	"bytes"
	"strings"

	"trawl/index"
)

// Judge looks at entries, directory by directory, and keeps what matches. It
// belongs to one goroutine. It keeps nothing of what it is given: strings and
// slices may lie in buffers that are used again.
type Judge struct {
	plan  *Plan
	dir   Directory
	path  []byte           // the folded directory with a slash at its end; entries' names follow
	stem  int              // the length of path without a name
	mask  uint64           // the conditions that the directory meets, by cond.bit
	hints map[uint64]Probe // by mask
	hint  Probe            // of mask; valid if warm
	warm  bool
	pile  pile
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

// Enter starts on a directory and returns what its entries must have. Entries
// that lack it need not be shown. The probe is valid until the next Enter.
func (j *Judge) Enter(d Directory) Probe {
	j.dir = d
	j.path = append(j.path[:0], d.Folded...)
	if n := len(j.path); n == 0 || j.path[n-1] != '/' {
		j.path = append(j.path, '/')
	}
	j.stem = len(j.path)
	j.pile.enter()
	var mask uint64
	for _, c := range j.plan.fixed {
		if j.decides(c) {
			mask |= c.bit
		}
	}
	if !j.warm || mask != j.mask {
		j.mask, j.warm = mask, true
		j.hint = j.probe(mask)
	}
	return j.hint
}

// probe returns the probe of directories that meet the conditions in mask.
func (j *Judge) probe(mask uint64) Probe {
	p, ok := j.hints[mask]
	if !ok {
		want := j.plan.wants(&j.plan.root, place{known: true, mask: mask})
		p = probe(oneOf([]Candidate{want.plain, want.own}))
		if len(j.hints) < maxHints {
			j.hints[mask] = p
		}
	}
	return p
}

// maxHints bounds the probes that a judge keeps.
const maxHints = 1 << 10

// decides tells whether the directory alone meets a condition.
func (j *Judge) decides(c *cond) bool {
	switch c.op {
	case opHost:
		return c.hosts[j.dir.Host]
	case opExact:
		return bytes.Contains(j.path, c.text) && strings.Contains(j.dir.display()+"/", c.raw)
	case opDir:
		dir := j.path[:max(1, j.stem-1)]
		switch {
		case c.re != nil:
			return c.re.Match(dir)
		case c.raw != "":
			return c.raw == "/" || bytes.HasPrefix(j.path, []byte(c.raw)) && j.path[len(c.raw)] == '/'
		}
		return bytes.Contains(dir, c.text)
	default:
		return bytes.Contains(j.path[:j.stem], c.text)
	}
}

// Entry looks at one entry of the directory last entered; folded is its Name
// folded by AppendFold. It reports whether the entry matches.
func (j *Judge) Entry(e *index.Entry, folded []byte) bool {
	j.path = j.path[:j.stem]
	if j.level(&j.plan.root, e, folded) < plain {
		return false
	}
	j.keep(e, folded)
	return true
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

func (j *Judge) level(c *cond, e *index.Entry, folded []byte) level {
	switch c.op {
	case opAnd:
		return j.all(c, e, folded)
	case opOr:
		best := none
		for i := range c.of {
			best = max(best, j.level(&c.of[i], e, folded))
		}
		return best
	case opNot:
		return when(j.level(&c.of[0], e, folded) == none, plain)
	case opWord:
		return j.word(c, folded)
	case opExact:
		return j.exact(c, e)
	case opName:
		return when(bytes.Contains(folded, c.text), own)
	case opGlob:
		if c.raw != "" {
			return when(c.glob.match([]byte(e.Name)), own)
		}
		return when(c.glob.match(folded), own)
	case opRegexp:
		return when(holdsOne(folded, c.needs) && c.re.MatchString(e.Name), own)
	default:
		return when(j.filter(c, e, folded), plain)
	}
}

// all returns the level of an And.
func (j *Judge) all(c *cond, e *index.Entry, folded []byte) level {
	least, best := own, none
	for i := range c.of {
		l := j.level(&c.of[i], e, folded)
		if l == none {
			return none
		}
		least, best = min(least, l), max(best, l)
	}
	if best == own {
		return own
	}
	return least
}

// word returns the level of a word. One with a slash is in the own name where it
// ends there.
func (j *Judge) word(c *cond, folded []byte) level {
	in := folded
	if c.lo > 0 {
		in = j.whole(folded)[max(0, j.stem-len(c.text)+1):]
	}
	if bytes.Contains(in, c.text) {
		return own
	}
	return when(j.mask&c.bit != 0, above)
}

// exact is word for texts as written.
func (j *Judge) exact(c *cond, e *index.Entry) level {
	in := e.Name
	if c.lo > 0 {
		dir := strings.TrimSuffix(j.dir.display(), "/") + "/"
		in = (dir + e.Name)[max(0, len(dir)-len(c.raw)+1):]
	}
	if strings.Contains(in, c.raw) {
		return own
	}
	return when(j.mask&c.bit != 0, above)
}

// whole returns the folded path of an entry.
func (j *Judge) whole(folded []byte) []byte {
	if len(j.path) == j.stem {
		j.path = append(j.path, folded...)
	}
	return j.path
}

// filter tells whether a condition without words is met.
func (j *Judge) filter(c *cond, e *index.Entry, folded []byte) bool {
	switch c.op {
	case opAll:
		return true
	case opDir, opHost:
		return j.mask&c.bit != 0
	case opPath:
		return j.mask&c.bit != 0 || bytes.Contains(j.whole(folded), c.text)
	case opPathRE:
		return holdsOne(j.whole(folded), c.needs) && c.re.Match(j.path)
	case opPathRaw:
		return holdsOne(j.whole(folded), c.needs) && c.re.MatchString(strings.TrimSuffix(j.dir.display(), "/")+"/"+e.Name)
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
		_, ok := j.plan.hit(&j.dir, e)
		return ok
	default:
		return false
	}
}

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

// Results returns how many results this judge has found so far.
func (j *Judge) Results() int { return j.pile.groups.n }

// Full tells that the judge keeps as much as it may. What it is shown from then on
// may be lost, and the answer is not exact: the engine should stop.
func (j *Judge) Full() bool { return j.pile.full }
