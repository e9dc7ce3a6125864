package web

import (
	"html/template"
	"time"

	"trawl/index"
	"trawl/web/address"
)

// samePath are the places of a file that have the same path, on one or more hosts.
type samePath struct {
	Path   string // made visible
	Hosts  string // how many
	Places []filePlace
	More   []filePlace // that are folded away
}

// filePlace is a place of a file.
type filePlace struct {
	Host          string
	To, File, Get template.URL // the pages of its directory and of the file there; Get is "" without a gateway
	Here          bool         // it was asked for
	Doors         []door       // nil if the host has but one
	Chip          badge
	Time, Ago     string
	Seen          time.Time
	Answer        *answer // of a check; nil if it was not asked
}

// placesUnfolded is how many places of a path are shown at once.
const placesUnfolded = 12

// newGroups returns the places of a file by their paths, the best first.
func (p *portal) newGroups(v visit, at spot, r *index.Result, hosts map[index.HostID]*index.Host, checked *checkedPlaces) []samePath {
	var out []samePath
	groups := map[string]int{}
	for i := range r.Places {
		place := &r.Places[i]
		n, ok := groups[place.Shown]
		if !ok {
			n = len(out)
			groups[place.Shown] = n
			out = append(out, samePath{Path: index.Visible(place.Shown)})
		}
		g := &out[n]
		row := p.newFilePlace(v, at, place, r.Kind, hosts[place.Host])
		if row.Answer = checked.answer(v, place); row.Answer != nil && row.Answer.There {
			row.Seen = time.Now()
			row.Ago = v.ago(row.Seen)
		}
		if len(g.Places) < placesUnfolded || row.Here || row.Answer != nil {
			g.Places = append(g.Places, row)
		} else {
			g.More = append(g.More, row)
		}
	}
	for i := range out {
		out[i].Hosts = v.Count("file.on-hosts", int64(len(out[i].Places)+len(out[i].More)))
	}
	return out
}

// newFilePlace returns a place as the page shows it. The host is nil if it has just been removed.
func (p *portal) newFilePlace(v visit, at spot, place *index.Place, kind index.Kind, host *index.Host) filePlace {
	out := filePlace{
		Host: index.Visible(place.Host.Name()), To: v.page(address.Browse, place.Host, place.Path.Dir()), File: v.page(address.File, place.Host, place.Path),
		Doors: v.doors(place, kind), Here: place.Host == at.host.ID && place.Path == at.path, Time: drawTime(place.Time, place.Precision), Ago: v.ago(place.Seen), Seen: place.Seen,
	}
	switch {
	case place.Stale && !place.Down:
		out.Chip = badge{"stale", v.Text("state.stale")}
	case host != nil:
		out.Chip = v.badge(host)
	}
	if p.gets() {
		out.Get = getting(place.Host, place.Path)
	}
	return out
}
