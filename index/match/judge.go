package match

import "trawl/index"

// Judge is shown entries, block by block, and counts the results that match. It keeps no
// more of them than Choose needs; Collectors collect the rest. It belongs to one
// goroutine.
type Judge struct {
	matcher
	table groupTable
	host  int
	where uint32
}

// Judge returns a judge for one goroutine.
func (p *Plan) Judge() *Judge { return &Judge{matcher: newMatcher(p), table: newGroupTable(p)} }

// Begin starts on a block, in which all entries are of one host, a position in the
// hosts of Compile. where is a number by which Choice.Where names the block again.
func (j *Judge) Begin(host int, where uint32) { j.host, j.where = host, where }

// Verdict is the answer about an entry.
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota // it does not match
	Yes                  // it matches
	Maybe                // its directory decides
)

// Blind counts one entry of the block, if it matches whatever its directory is; folded is
// its Name folded by AppendFold. Raw and Target are not used. After Maybe the engine
// shows the entry once more by Entry.
func (j *Judge) Blind(e *index.Entry, folded []byte) Verdict {
	switch least, most := j.span(j.host, e, folded); {
	case least >= plain:
		j.table.count(e, folded, seenAt{1, j.host, j.where})
		return Yes
	case most >= plain:
		return Maybe
	}
	return No
}

// Matches reports whether an entry matches a plan that is ByNames. It counts nothing.
func (j *Judge) Matches(e *index.Entry, folded []byte) bool {
	least, _ := j.span(0, e, folded)
	return least >= plain
}

// Count counts an entry that Matches as one in n places whose hosts and times are not
// known, so that it is in no facets. A negative n takes places away that are gone but were
// counted, or will be. where is as in Begin.
func (j *Judge) Count(e *index.Entry, folded []byte, n int, where uint32) {
	j.table.count(e, folded, seenAt{n: int32(n), where: where})
}

// Enter starts on a directory of the block and returns the probe of its entries. Entries
// that fail it need not be shown. The probe is valid until the next Enter.
func (j *Judge) Enter(d Directory) Probe { return j.enter(d) }

// Entry counts one entry of the directory last entered if it matches, and reports whether
// it does. The arguments are those of Blind.
func (j *Judge) Entry(e *index.Entry, folded []byte) bool {
	if !j.matches(e, folded) {
		return false
	}
	j.table.count(e, folded, seenAt{1, j.host, j.where})
	return true
}

// Results returns how many results this judge has found so far.
func (j *Judge) Results() int { return j.table.groups.n }

// Sightings returns about how many places of them this judge has seen.
func (j *Judge) Sightings() int { return j.table.occurrences.n }

// Full reports whether the judge holds as many results as it may. Then the answer is not
// exact, more entries may be lost, and the engine should stop.
func (j *Judge) Full() bool { return j.table.full }
