package match

import "trawl/index"

// Judge decides about entries one by one, outside of an answer. It belongs to one goroutine.
type Judge struct{ matcher matcher }

// Judge returns a judge of the plan. What a query asks of whole results it cannot judge: a plan with Text needs SetTexts
// first, and places: counts for nothing.
func (p *Plan) Judge() *Judge { return &Judge{newMatcher(p)} }

// Matches reports whether an entry of a directory matches; folded is its Name folded by fold.Append.
func (j *Judge) Matches(d Directory, e *index.Entry, folded []byte) bool {
	return !j.matcher.enter(d).Never && j.matcher.matches(e, folded)
}
