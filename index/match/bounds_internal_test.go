package match

// Bound has judges and collectors of a plan keep less than usual.
func (p *Plan) Bound(groups, occurrences, places int) { p.most = bounds{groups, occurrences, places} }
