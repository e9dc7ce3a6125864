package crawler

import (
	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// expected is the directories that a bulk answer has named and not yet listed, and those
// of which nothing is to come.
type expected struct {
	budget  *pace.Budget
	pending map[index.Path]*loops.Lineage
	spent   int64                   // on pending
	dropped map[index.Path]bool     // those that are skipped, with all below: true if it repeats, false if the host asks that
	torn    map[index.Path]struct{} // those that came in parts, and not wholly: they are listed singly, with all below
}

func newExpected(budget *pace.Budget, root index.Path) expected {
	return expected{
		budget: budget, pending: map[index.Path]*loops.Lineage{root: nil},
		dropped: make(map[index.Path]bool), torn: make(map[index.Path]struct{}),
	}
}

// expect adds a directory and reports whether there was memory for it.
func (x *expected) expect(dir index.Path, above *loops.Lineage) bool {
	if _, known := x.pending[dir]; !known {
		cost := weight(dir) + waitCosts // a map takes more
		x.spent += cost
		if !x.budget.Spend(cost) {
			return false
		}
	}
	x.pending[dir] = above
	return true
}

// arrived removes a directory.
func (x *expected) arrived(dir index.Path) {
	delete(x.pending, dir)
	x.spent -= weight(dir) + waitCosts
	x.budget.Restore(weight(dir) + waitCosts)
}

// forgetAll removes all directories.
func (x *expected) forgetAll() {
	x.budget.Restore(x.spent)
	x.pending, x.spent = nil, 0
}

// under returns the directory that is skipped which a directory is, or is below.
func (x *expected) under(dir index.Path) (top index.Path, ok bool) {
	for len(x.dropped) > 0 {
		if _, ok := x.dropped[dir]; ok {
			return dir, true
		}
		if dir == "/" {
			break
		}
		dir = dir.Dir()
	}
	return "", false
}

// isTorn reports whether the parent of a directory is torn.
func (x *expected) isTorn(dir index.Path) bool {
	_, torn := x.torn[dir.Dir()]
	return torn && dir != "/"
}
