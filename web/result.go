package web

import (
	"html/template"

	"github.com/dustin/go-humanize"

	"trawl/index"
	"trawl/search"
)

// A page has some hundred places, and each function that a template calls takes half
// a microsecond. So the fields of these types are ready to print.

// result is a result as the search page shows it.
type result struct {
	Kind       string // "file", "dir" or "link"
	Dir        bool
	Name       []piece
	Open       template.URL // the file on its host; "" for a directory
	Browse     template.URL // the parameters of a directory's page
	What       string       // the size, or the kind
	Time       string
	Count      string // of places
	About      string
	Line       []piece // of its text
	Places     []place
	More       string // how many places are not shown, or ""
	Everywhere template.URL
}

// place is a place as the search page shows it.
type place struct {
	Host   string
	Browse template.URL // the parameters of the page of its directory
	Path   []piece
	Open   template.URL
	Down   bool
	Doubt  string
}

// newResults returns the results of an answer as the page shows them.
func newResults(schemes index.Schemes, a *index.Answer) []result {
	out := make([]result, len(a.Results))
	for i := range a.Results {
		out[i] = newResult(schemes, &a.Results[i])
	}
	return out
}

func newResult(schemes index.Schemes, r *index.Result) result {
	best := &r.Places[0]
	out := result{
		Kind: r.Kind.String(), Name: marked(r.Name, r.Marks), What: drawSize(r.Size), Time: drawTime(best.Time, best.Precision),
		Count: search.Places(r.Count).String(), About: index.Visible(r.About), Places: make([]place, len(r.Places)),
	}
	for i := range r.Places {
		p := &r.Places[i]
		out.Places[i] = place{
			Host: index.Visible(p.Host.Name()), Browse: browse(p.Host, p.Path.Dir()),
			Path: marked(p.Shown, p.Marks), Open: open(schemes, p.Host, p.Path, r.Kind),
			Down: p.Down, Doubt: search.Doubt(p),
		}
	}
	switch r.Kind {
	case index.Dir:
		out.Dir, out.What, out.Browse = true, "directory", browse(best.Host, best.Path)
	case index.Link:
		out.What, out.Open = "link", out.Places[0].Open
	default:
		out.Open = out.Places[0].Open
	}
	if r.Text != nil && r.Text.Line != "" {
		out.Line = marked(r.Text.Line, r.Text.Marks)
	}
	if more := r.Count - len(r.Places); more > 0 && len(r.Places) < mostAtOnce {
		out.More, out.Everywhere = humanize.Comma(int64(more)), everywhere(r)
	}
	return out
}
