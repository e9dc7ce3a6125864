package web

import (
	"html/template"

	"trawl/index"
	"trawl/search"
	"trawl/web/address"
	"trawl/web/request"
)

// A page has some hundred places, and each action of a template takes half a
// microsecond. So the fields of these types are ready to print.

// chipsShown is how many hosts a result names.
const chipsShown = 4

// result is a result as the search page shows it: a row.
type result struct {
	Icon      icon
	Name      string // before the first mark
	Marks     []mark
	Plain     string       // the whole name
	To        template.URL // the page of the file, or of the directory
	Get       template.URL // the bytes; "" if the portal does not give them
	Size      string
	Time      string
	Hosts     string // how many: "3", or "3+" if there may be more
	Noun      string // of Hosts
	About     string
	Line      string // of its text, before the first mark
	LineMarks []mark

	Paths []line       // that of the best place, or all if they are asked for
	All   template.URL // the page with all places
}

// line is a path with hosts.
type line struct {
	Path  string // before the first mark
	Marks []mark
	Chips []chip

	More   string // on the last line: "+5" hosts that have no chip
	Others string // likewise: "and 10 other directories"
}

// chip is a host that has a file.
type chip struct {
	Host  string
	To    template.URL // the page of the file's directory there
	State string       // "up", "stale" or "down"
	Doubt string       // what is unsure about the place, or ""
	Doors []door       // of the file there; nil if its host has but one
}

// door is a protocol by which a place is reached.
type door struct {
	Name string       // "ftps"
	To   template.URL // the link to the file by it
}

// newResults returns the results of an answer as the page shows them; if all, with all places that
// it has.
func (p *portal) newResults(v visit, a *index.Answer, all bool) []result {
	out := make([]result, len(a.Results))
	for i := range a.Results {
		out[i] = p.newResult(v, &a.Results[i])
		if all {
			out[i].addPlaces(v, &a.Results[i])
		} else {
			out[i].addHosts(v, &a.Results[i])
		}
	}
	return out
}

func (p *portal) newResult(v visit, r *index.Result) result {
	best := &r.Places[0]
	out := result{
		Icon: p.icon(v.Locale, r.Name, r.Kind, r.Size), Time: drawTime(best.Time, best.Precision), About: index.Visible(r.About), Plain: index.Visible(r.Name),
	}
	out.Name, out.Marks = marked(r.Name, r.Marks)
	if r.Text != nil {
		out.Line, out.LineMarks = marked(r.Text.Line, r.Text.Marks)
	}
	if r.Kind == index.Dir {
		out.To = v.page(address.Browse, best.Host, best.Path)
		out.All = v.search(search.Request{Text: search.ForResult(r), Sort: index.ByRelevance, Limit: index.DefaultLimit, Places: request.Most})
	} else {
		out.Size = v.Size(r.Size)
		out.To = v.page(address.File, best.Host, best.Path)
		out.All = out.To
		if p.gets() {
			out.Get = template.URL(address.Get.Of(best.Host, best.Path)) //nolint:gosec // it is percent-encoded
		}
	}
	out.Hosts, out.Noun = v.Number(int64(r.Hosts)), v.Count("search.hosts-noun", int64(r.Hosts))
	if r.Cut {
		out.Hosts += "+"
	}
	return out
}

// addHosts adds the path of the best place with the hosts that have the result: those with that path come
// first, and no host comes twice.
func (out *result) addHosts(v visit, r *index.Result) {
	best := &r.Places[0]
	hosts, dirs := map[index.HostID]bool{}, map[index.Path]bool{}
	only := newLine(best)
	for _, same := range []bool{true, false} {
		for i := range r.Places {
			p := &r.Places[i]
			dirs[p.Path.Dir()] = true
			if hosts[p.Host] || (p.Shown == best.Shown) != same {
				continue
			}
			hosts[p.Host] = true
			if len(only.Chips) < chipsShown {
				only.Chips = append(only.Chips, newChip(v, p, r.Kind))
			}
		}
	}
	if more := r.Hosts - len(only.Chips); more > 0 {
		only.More = "+" + v.Number(int64(more))
	}
	switch left := int64(r.Count - len(r.Places)); {
	case r.Cut:
		only.Others = v.Count("search.at-least-more-places", max(left, 1))
	case left > 0:
		only.Others = v.Count("search.more-places", left)
	case len(dirs) > 1:
		only.Others = v.Count("search.other-directories", int64(len(dirs)-1))
	}
	out.Paths = []line{only}
}

// addPlaces adds all paths, each once, with the hosts that have it.
func (out *result) addPlaces(v visit, r *index.Result) {
	at := map[string]int{}
	for i := range r.Places {
		p := &r.Places[i]
		n, ok := at[p.Shown]
		if !ok {
			n = len(out.Paths)
			at[p.Shown] = n
			out.Paths = append(out.Paths, newLine(p))
		}
		out.Paths[n].Chips = append(out.Paths[n].Chips, newChip(v, p, r.Kind))
	}
	if left := int64(r.Count - len(r.Places)); left > 0 || r.Cut {
		out.Paths[len(out.Paths)-1].Others = v.Count("search.more-places", max(left, 1))
	}
}

func newLine(p *index.Place) line {
	var out line
	out.Path, out.Marks = marked(p.Shown, p.Marks)
	return out
}

func newChip(v visit, p *index.Place, kind index.Kind) chip {
	c := chip{Host: index.Visible(p.Host.Name()), To: v.page(address.Browse, p.Host, p.Path.Dir()), State: "up", Doors: v.doors(p, kind)}
	switch {
	case p.Down:
		c.State, c.Doubt = "down", v.Text("place.down")
	case p.Stale:
		c.State, c.Doubt = "stale", v.Text("place.stale", "Day", p.Seen.UTC().Format("2006-01-02"))
	}
	return c
}
