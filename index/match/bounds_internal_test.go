package match

// Bound has judges and collectors of a plan keep less than usual.
func (p *Plan) Bound(groups, sightings, spots int) { p.most = bounds{groups, sightings, spots} }
