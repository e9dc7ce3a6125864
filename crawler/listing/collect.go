package listing

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/index"
)

// collector makes listings of items and hands them over.
type collector struct {
	names  *Decoder
	part   int
	shown  bool // the listings are only shown: names may have slashes in them
	way    string
	taken  time.Time
	hand   func(index.Listing) error
	report func(number int, line []byte) // of lost lines; may be nil

	*directory                 // of the directory that is read
	lines      []string        // that were not understood
	lost       int             // how many there were
	held       []index.Listing // wait for the charset to be found out
	heap       int             // bytes in held
}

// directory gathers the entries of one directory.
type directory struct {
	dir        index.Path
	state      index.State
	why        string
	ident      string // of the directory itself
	rows       []row
	identified bool   // some of the rows have an identifier
	arena      []byte // names, targets and identifiers of the rows
	sorted     bool   // the names of rows rise, so that none occurs twice
	parts      int    // that were handed over
}

// weight returns about how many bytes the directory takes.
func (p *directory) weight() int { return len(p.arena) + rowSize*len(p.rows) }

// rowSize is how many bytes a row takes, and about how many an entry does beside its name.
const rowSize = 80

// maxArena is where a part ends even if its entries are few, in bytes of names.
const maxArena = 1 << 20

// The times that RFC 3339 can write: of the years 1 to 9999.
const firstTime, lastTime = -62_135_596_800, 253_402_300_799

// row is an entry whose identifier, name and target lie in the arena, one behind
// the other.
type row struct {
	ident, name, target, end int32 // where each begins, and the last one ends
	size                     int64
	unix                     int64
	kind                     index.Kind
	prec                     index.Precision
}

// begin makes p an empty directory.
func (p *directory) begin(dir index.Path) {
	p.dir, p.state, p.why, p.ident = dir, index.Complete, "", ""
	p.clear()
	p.parts = 0
}

// clear removes the rows, for those of the next part.
func (p *directory) clear() {
	p.rows, p.arena, p.sorted, p.identified = p.rows[:0], p.arena[:0], true, false
}

// last returns the name of the last row, or nothing.
func (p *directory) last() []byte {
	if len(p.rows) == 0 {
		return nil
	}
	r := &p.rows[len(p.rows)-1]
	return p.arena[r.name:r.target]
}

// deny marks a directory as one that may not be listed.
func (p *directory) deny(why string) { p.state, p.why = index.Denied, why }

// cut marks a directory as incomplete.
func (p *directory) cut(why string) { p.state, p.why = index.Truncated, why }

// add makes a row of an item; ok is false if its name cannot be one.
func (c *collector) add(it *item) (ok bool, err error) {
	name := it.name
	slash := bytes.IndexByte(name, '/') >= 0
	if slash && !it.slash {
		name = localName(name, c.dir)
		slash = bytes.IndexByte(name, '/') >= 0
	}
	switch {
	case len(name) == 0 || bytes.IndexByte(name, 0) >= 0 || slash && (!it.slash || !c.shown):
		return false, nil
	case string(name) == ".":
		c.ident = string(it.ident)
		return true, nil
	case string(name) == "..":
		return true, nil
	}
	if it.when.unix < firstTime || it.when.unix > lastTime {
		it.when = instant{} // RFC 3339 cannot write its year
	}
	r := row{ident: int32(len(c.arena)), size: it.size, unix: it.when.unix, kind: it.kind, prec: it.when.prec}
	c.sorted = c.sorted && !it.fold && (len(c.rows) == 0 || bytes.Compare(c.last(), name) < 0)
	c.arena = append(c.arena, it.ident...)
	r.name = int32(len(c.arena))
	c.identified = c.identified || r.ident < r.name
	c.arena = append(c.arena, name...)
	if it.fold {
		lower(c.arena[r.name:])
	}
	r.target = int32(len(c.arena))
	c.arena = append(c.arena, it.target...)
	r.end = int32(len(c.arena))
	c.rows = append(c.rows, r)
	if len(c.rows) >= c.part || len(c.arena) > maxArena {
		return true, c.flush(true)
	}
	return true, nil
}

// lower puts ASCII letters in lower case.
func lower(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
}

// localName takes the directory off a name that is a path within dir: "./a", "/pub/x/a", "pub/x/a"
// and "x/a" in /pub/x => "a", "./" => ".".
func localName(name []byte, dir index.Path) []byte {
	for bytes.HasPrefix(name, []byte("./")) {
		name = name[2:]
	}
	if len(name) == 0 {
		return []byte{'.'}
	}
	if dir == "/" {
		return bytes.TrimPrefix(name, []byte{'/'})
	}
	for _, prefix := range []string{string(dir), strings.TrimPrefix(string(dir), "/"), dir.Base()} {
		if rest, ok := bytes.CutPrefix(name, []byte(prefix+"/")); ok && len(rest) > 0 {
			return rest
		}
	}
	return name
}

// extend adds a line to the name of the last row, which had a line feed in it. It
// reports whether there is such a row.
func (c *collector) extend(more []byte) bool {
	if len(c.rows) == 0 {
		return false
	}
	last := &c.rows[len(c.rows)-1]
	if last.target != last.end || len(more)+int(last.target-last.name) > 4096 || bytes.ContainsAny(more, "/\x00") {
		return false
	}
	c.arena = append(append(c.arena, '\n'), more...)
	last.target = int32(len(c.arena))
	last.end = last.target
	return true
}

// retarget gives the last row, a link without a target, its target. It reports whether there is
// such a row.
func (c *collector) retarget(target []byte) bool {
	if len(c.rows) == 0 {
		return false
	}
	last := &c.rows[len(c.rows)-1]
	if last.target != last.end || last.kind != index.Link || len(target) > maxTarget || bytes.IndexByte(target, 0) >= 0 {
		return false
	}
	c.arena = append(c.arena, target...)
	last.end = int32(len(c.arena))
	return true
}

// maxTarget is how long the target of a link may be, in bytes.
const maxTarget = 4096

// lose keeps a line that was not understood.
func (c *collector) lose(number int, line []byte) {
	if c.report != nil {
		c.report(number, line)
	}
	c.lost++
	if len(c.lines) < index.MaxUnparsed {
		c.lines = append(c.lines, string(line))
	}
}

// end closes the directory.
func (c *collector) end() error {
	if c.state == index.Denied && (len(c.rows) > 0 || c.parts > 0) {
		c.state = index.Truncated
	}
	return c.flush(false)
}

// flush hands the gathered rows over.
func (c *collector) flush(more bool) error {
	l := index.Listing{
		Dir: c.dir, Taken: c.taken, Way: c.way, State: c.state, Why: c.why,
		Unparsed: c.lines, Lost: c.lost, More: more, Ident: c.ident,
	}
	if l.Lost > 0 && l.State == index.Complete {
		l.State, l.Why = index.Unparsed, fmt.Sprintf("%d lines were not understood", l.Lost)
	}
	l.Entries, l.Idents = c.entries()
	if len(c.rows) >= DefaultPart && len(l.Entries)*repeats < len(c.rows) {
		c.clear()
		return ErrRepeats
	}
	plain := IsASCII(c.arena)
	c.parts++
	c.clear()
	c.lines, c.lost = nil, 0
	return c.pass(l, plain)
}

// repeats is how often each name of a full part may come on average. Servers that keep
// versions of files repeat some.
const repeats = 100

// ErrRepeats ends a listing that goes on without anything new.
var ErrRepeats = errors.New("it lists the same names again and again")

// entries turns the rows into entries, whose names share one string, and their
// identifiers. Names that are not plain ASCII are still the bytes of the wire.
func (c *collector) entries() (list []index.Entry, idents []string) {
	if len(c.rows) == 0 {
		return nil, nil
	}
	all := string(c.arena)
	list = make([]index.Entry, 0, len(c.rows))
	if c.identified {
		idents = make([]string, 0, len(c.rows))
	}
	for i := range c.rows {
		r := &c.rows[i]
		e := index.Entry{
			Name: all[r.name:r.target], Kind: r.kind, Size: r.size, Unix: r.unix, Precision: r.prec,
			Target: all[r.target:r.end],
		}
		list = append(list, e)
		if c.identified {
			idents = append(idents, all[r.ident:r.name])
		}
	}
	if !c.sorted {
		return once(list, idents)
	}
	return list, idents
}

// once leaves out entries whose name occurred before.
func once(list []index.Entry, idents []string) ([]index.Entry, []string) {
	seen := make(map[string]struct{}, len(list))
	kept, theirs := list[:0], idents[:0]
	for i := range list {
		wire := list[i].Wire()
		if _, twice := seen[wire]; twice {
			continue
		}
		seen[wire] = struct{}{}
		kept = append(kept, list[i])
		if idents != nil {
			theirs = append(theirs, idents[i])
		}
	}
	if len(kept) > len(list)/2 {
		return kept, theirs
	}
	few := slices.Clone(kept) // which should not keep the others in memory
	for i := range few {
		few[i].Name, few[i].Raw = strings.Clone(few[i].Name), strings.Clone(few[i].Raw)
		few[i].Target = strings.Clone(few[i].Target)
	}
	return few, theirs
}

// maxHeld is how many bytes may wait for the charset: some 20,000 entries.
const maxHeld = 2 << 20

// pass hands a listing over, or keeps it while there are too few names to detect their
// charset. plain says that all of its names are ASCII.
func (c *collector) pass(l index.Listing, plain bool) error {
	if plain && len(c.held) == 0 && IsASCII(string(l.Dir)) {
		return c.hand(l)
	}
	for i := range l.Entries {
		c.names.Learn(l.Entries[i].Wire())
		c.heap += rowSize + len(l.Entries[i].Name)
	}
	c.held = append(c.held, l)
	c.heap += rowSize + len(l.Dir)
	if c.names.sure() || c.heap > maxHeld {
		return c.release()
	}
	return nil
}

// release decodes the listings that were kept, and hands them over.
func (c *collector) release() error {
	held := c.held
	c.held, c.heap = nil, 0
	for i := range held {
		c.decode(&held[i])
		if err := c.hand(held[i]); err != nil {
			return err
		}
	}
	return nil
}

// decode makes the names of a listing readable.
func (c *collector) decode(l *index.Listing) {
	if !IsASCII(string(l.Dir)) {
		if shown := c.names.Decode(string(l.Dir)); shown != string(l.Dir) {
			l.Shown = shown
		}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if !IsASCII(e.Target) {
			e.Target = c.names.Decode(e.Target)
		}
		if IsASCII(e.Name) && IsASCII(e.Raw) {
			continue
		}
		wire := e.Wire()
		name := cleanName(c.names.Decode(wire))
		e.Name, e.Raw = name, ""
		if name != wire {
			e.Raw = wire
		}
	}
}

// cleanName keeps a decoded name from being what no name may be: some charsets
// have slashes and NULs of their own.
func cleanName(name string) string {
	if strings.ContainsAny(name, "/\x00") {
		name = strings.NewReplacer("/", string(utf8.RuneError), "\x00", string(utf8.RuneError)).Replace(name)
	}
	switch name {
	case "", ".", "..":
		return string(utf8.RuneError)
	}
	return name
}
