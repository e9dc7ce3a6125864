package web

import (
	"html/template"

	"trawl/index"
	"trawl/search"
)

// A page has some hundred places, and each action of a template takes half a
// microsecond. So the fields of these types are ready to print.

// result is a result as the search page shows it.
type result struct {
	Name       string // before the first mark
	Marks      []mark
	Dir        bool
	Open       template.URL // the file on its host; "" for a directory
	Browse     template.URL // the parameters of a directory's page
	What       string       // the size, or the kind
	Time       string
	Count      string // of places
	About      string
	Line       string // of its text, before the first mark
	LineMarks  []mark
	Places     []place
	More       string // how many places are not shown ("3" or "at least 3"), or ""
	Everywhere template.URL
}

// place is a place as the search page shows it.
type place struct {
	Host   string
	Browse template.URL // the parameters of the page of its directory
	Open   template.URL // the file on its host
	Path   string       // before the first mark
	Marks  []mark
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
		What: drawSize(r.Size), Time: drawTime(best.Time, best.Precision), Count: search.Places(r.Count, !r.Cut).String(),
		About: index.Visible(r.About), Places: newPlaces(schemes, r),
	}
	out.Name, out.Marks = marked(r.Name, r.Marks)
	switch r.Kind {
	case index.Dir:
		out.Dir, out.What, out.Browse = true, "directory", browse(best.Host, best.Path)
	case index.Link:
		out.What, out.Open = "link", out.Places[0].Open
	default:
		out.Open = out.Places[0].Open
	}
	if r.Text != nil {
		out.Line, out.LineMarks = marked(r.Text.Line, r.Text.Marks)
	}
	if more := r.Count - len(r.Places); more > 0 && len(r.Places) < mostAtOnce {
		out.More, out.Everywhere = search.MorePlaces(more, !r.Cut).Number, everywhere(r)
	}
	return out
}

// newPlaces returns the places of a result as the page shows them.
func newPlaces(schemes index.Schemes, r *index.Result) []place {
	out := make([]place, len(r.Places))
	for i := range r.Places {
		p := &r.Places[i]
		out[i] = place{
			Host: index.Visible(p.Host.Name()), Browse: browse(p.Host, p.Path.Dir()),
			Open: open(schemes, p.Host, p.Path, r.Kind), Doubt: search.Doubt(p),
		}
		out[i].Path, out[i].Marks = marked(p.Shown, p.Marks)
	}
	return out
}
