package match

// Bound has counters and collectors of a plan keep less than usual.
func (p *Plan) Bound(groups, occurrences, places int) { p.most = bounds{groups, occurrences, places} }
