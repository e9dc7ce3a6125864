package listing

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"trawl/index"
)

// scan reads one answer of a server.
type scan struct {
	collector
	reader
	src  *sampled
	root index.Path
	tree *tree // nil for the listing of one directory

	crlf    bool // lines end in CRLF
	bare    bool // the line before was an entry and ended in LF alone
	blank   bool // the line before was blank, or there was none
	below   bool // the section that is read is of a directory below that which List reads
	item    item // of the line that is read
	entries int
	excuse  string // an error that the server may have written in place of entries
}

// read does the work of List and, if whole is set, of Tree.
func (p *Parser) read(r io.Reader, root index.Path, way string, hand func(index.Listing) error, whole bool) error {
	c, before := p.clock()
	m, ok := p.rooms.Get().(*room)
	if !ok {
		m = newRoom()
	}
	defer p.rooms.Put(m)
	src := newSampled(r, m)
	fresh := func() *clock { fresh := *c; return &fresh }
	d, got := detect(p.offers, newTrial(src.sample, m.names), before, whole, fresh)
	if cut := src.cutAtReturns(); cut != nil {
		if e, more := detect(p.offers, newTrial(cut, m.names), before, whole, fresh); more.entries > got.entries && more.aliens <= got.aliens {
			d, got = e, more
			src.returns(cut)
		}
	}
	s := &scan{
		collector: collector{names: p.names, part: p.part, shown: p.shown, way: way, taken: p.taken(), hand: hand, report: p.lost},
		src:       src,
		root:      root,
	}
	if d == nil {
		d = begin(p.offers, "unix", fresh)
	}
	if got.entries > 0 {
		defer func() { p.vote(d.name(), learned(d)) }()
	}
	s.dialect = d
	if whole {
		s.tree = newTree(root, got.paths > 0 && got.headers == 0, p.memory)
		defer s.tree.forget()
		if _, err := s.tree.again(root); err != nil {
			return err
		}
	}
	return s.run()
}

func (p *Parser) taken() time.Time {
	if p.now.IsZero() {
		return time.Now()
	}
	return p.now
}

// learned returns the habits that a dialect found in the lines that it read.
func learned(d dialect) habits {
	if c, ok := d.(interface{ learned() habits }); ok {
		return c.learned()
	}
	return noHabits()
}

func (c *clock) learned() habits { return c.habits }

// run reads all lines.
func (s *scan) run() error {
	s.directory = &directory{}
	s.begin(s.root)
	s.blank = true
	var failed error
	for failed == nil {
		ln, ok := s.src.line()
		if !ok {
			break
		}
		err := s.line(ln)
		switch {
		case errors.Is(err, ErrRepeats):
			failed = err
		case err != nil:
			return err
		case s.src.n%chatty == 0 && s.entries < s.src.n/chatty:
			failed = errChatter
		}
	}
	if rest := s.rest(); rest != nil {
		s.lose(s.src.n, rest)
	}
	if failed = cmp.Or(failed, s.src.failed()); failed != nil {
		s.broken("reading was cut off: " + failed.Error())
	} else if s.entries == 0 {
		s.nothing()
	}
	if err := s.close(); err != nil {
		return err
	}
	if err := s.release(); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("read listing of %s: %w", index.Visible(string(s.root)), failed)
	}
	return nil
}

// chatty is how many lines a listing has for each entry at most, on average. It is
// checked every so many lines.
const chatty = 100_000

var errChatter = fmt.Errorf("%w: most of its lines are no entries", ErrRepeats)

// broken marks all open directories as incomplete.
func (s *scan) broken(why string) {
	s.cut(why)
	if s.tree != nil {
		for _, p := range s.tree.above {
			p.cut(why)
		}
	}
}

// nothing distinguishes an empty listing from one that could not be made. A directory may
// be empty, but a tree without anything in it is not listed.
func (s *scan) nothing() {
	switch {
	case s.tree == nil && s.excuse != "":
		s.deny(s.excuse)
	case s.tree != nil && !s.tree.headed:
		s.cut("it lists nothing")
	}
}

// line reads one line.
func (s *scan) line(ln line) error {
	s.crlf = s.crlf || !ln.bare
	wasBare, after := s.bare, s.blank
	s.bare, s.blank = false, isBlank(ln.text)
	if s.blank && (!wasBare || len(ln.text) == 0) {
		return nil
	}
	if ln.cut {
		s.lose(ln.n, ln.text)
		return nil
	}
	it := &s.item
	*it = item{}
	v, lost := s.read(ln, it)
	if lost != nil {
		s.lose(ln.n-1, lost)
	}
	switch v {
	case entry:
		if s.below {
			s.lose(ln.n, ln.text)
			return nil
		}
		ok, err := s.put(it)
		if !ok {
			s.lose(ln.n, ln.text)
			return nil
		}
		s.entries++
		s.bare = s.crlf && ln.bare
		return err
	case amends:
		if !s.retarget(it.target) {
			s.lose(ln.n, ln.text)
		}
	case heading:
		return s.head(ln, it.name)
	case alien:
		return s.other(ln, wasBare, after)
	case chatter, wrapped:
	}
	return nil
}

// isBlank reports whether there is nothing in a line but blanks.
func isBlank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.Trim(line, " \t")) == 0
}

// head begins the directory of a heading. In the listing of one directory, the entries of
// further ones are none of its own.
func (s *scan) head(ln line, name []byte) error {
	if s.tree != nil {
		return s.section(ln, name, true)
	}
	s.below = s.entries > 0
	return nil
}

// other reads a line that the dialect does not understand. after says whether it follows a blank
// line.
func (s *scan) other(ln line, wasBare, after bool) error {
	if t, ok := readTrouble(ln.text); ok {
		return s.trouble(t)
	}
	if s.tree != nil && isHeader(ln.text, after) {
		return s.section(ln, slashed(ln.text[:len(ln.text)-1], s.name()), false)
	}
	if s.tree == nil && s.entries == 0 && s.lost == 0 && isHeader(ln.text, false) || isRemark(ln.text) {
		return nil // "." or the directory's own name
	}
	s.below = s.below || s.tree == nil && after && s.entries > 0 && isHeader(ln.text, false)
	if wasBare && s.extend(ln.text) {
		s.bare = ln.bare
		return nil
	}
	s.lose(ln.n, ln.text)
	return nil
}
