package scan

import "time"

// budget is the time that a search may take. The zero start is never used.
type budget struct {
	start time.Time
	total time.Duration // negative: no bound
}

// The shares of a budget, in sixteenths. Counted results must also be put together and
// shown, so the counting does not get all of it.
const (
	countShare   = 9
	collectShare = 4 // at least, however long the counting took
	wholeBudget  = 16
)

// bounded reports whether the search has to end at all.
func (b budget) bounded() bool { return b.total > 0 }

// after returns when some sixteenths of the budget have run out since a time. The zero
// time means never.
func (b budget) after(since time.Time, sixteenths int) time.Time {
	if b.total < 0 {
		return time.Time{}
	}
	return since.Add(b.total * time.Duration(sixteenths) / wholeBudget)
}

// counting returns when the counting has to end.
func (b budget) counting() time.Time { return b.after(b.start, countShare) }

// collecting returns when the collecting that begins now has to end: with the budget, but
// it gets its share in any case.
func (b budget) collecting() time.Time {
	end, least := b.after(b.start, wholeBudget), b.after(time.Now(), collectShare)
	if least.After(end) {
		return least
	}
	return end
}

// forResults returns the part of the budget for results, where facets are counted apart
// from them.
func (b budget) forResults() budget {
	if b.bounded() {
		b.total = b.total * 5 / 8
	}
	return b
}

// forFacets returns what is left of the budget for facets that are counted from now on: a
// quarter at least.
func (b budget) forFacets() budget {
	if !b.bounded() {
		return b
	}
	return budget{time.Now(), max(b.total/4, b.total-time.Since(b.start))}
}
