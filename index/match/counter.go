package match

import "trawl/index"

// Counter is shown entries, block by block, and counts the results that match. It keeps no
// more of them than Choose needs; Collectors collect the rest. It belongs to one
// goroutine.
type Counter struct {
	matcher
	table groupTable
	host  int
	where uint32
}

// Counter returns a counter for one goroutine.
func (p *Plan) Counter() *Counter { return &Counter{matcher: newMatcher(p), table: newGroupTable(p)} }

// Begin starts on a block, in which all entries are of one host, a position in the
// hosts of Compile. where is a number by which Choice.Blocks names the block again.
func (c *Counter) Begin(host int, where uint32) { c.host, c.where = host, where }

// Decision is the answer about an entry.
type Decision uint8

// The decisions.
const (
	No    Decision = iota // it does not match
	Yes                   // it matches
	Maybe                 // its directory decides
)

// TryEntry counts one entry of the block, if it matches whatever its directory is; folded is
// its Name folded by fold.Append. Raw and Target are not used. After Maybe the engine
// shows the entry once more by Entry.
func (c *Counter) TryEntry(e *index.Entry, folded []byte) Decision {
	switch least, most := c.span(c.host, e, folded); {
	case least >= plain:
		c.table.count(e, folded, seenAt{1, c.host, c.where})
		return Yes
	case most >= plain:
		return Maybe
	}
	return No
}

// Matches reports whether an entry matches a plan that is ByNames. It counts nothing.
func (c *Counter) Matches(e *index.Entry, folded []byte) bool {
	least, _ := c.span(0, e, folded)
	return least >= plain
}

// Count counts an entry that Matches as one in n places whose hosts and times are not
// known, so that it is in no facets. A negative n takes places away that are gone but were
// counted, or will be. where is as in Begin.
func (c *Counter) Count(e *index.Entry, folded []byte, n int, where uint32) {
	c.table.count(e, folded, seenAt{n: int32(n), where: where})
}

// Enter starts on a directory of the block and returns the probe of its entries. Entries
// that fail it need not be shown. The probe is valid until the next Enter.
func (c *Counter) Enter(d Directory) Probe { return c.enter(d) }

// Entry counts one entry of the directory last entered if it matches, and reports whether
// it does. The arguments are those of TryEntry.
func (c *Counter) Entry(e *index.Entry, folded []byte) bool {
	if !c.matches(e, folded) {
		return false
	}
	c.table.count(e, folded, seenAt{1, c.host, c.where})
	return true
}

// Results returns how many results this counter has found so far.
func (c *Counter) Results() int { return c.table.groups.n }

// Occurrences returns about how many places of them this counter has seen.
func (c *Counter) Occurrences() int { return c.table.occurrences.n }

// Full reports whether the counter holds as many results as it may. Then the answer is not
// exact, more entries may be lost, and the engine should stop.
func (c *Counter) Full() bool { return c.table.full }
