package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"trawl/index"
)

// ready is a catalogue that has one answer, for all.
type ready struct {
	Catalogue
	answer index.Answer
}

func (r ready) Search(context.Context, index.Query) (index.Answer, error) { return r.answer, nil }

// aPage is an answer as large as those of a first page are.
func aPage() index.Answer {
	a := index.Answer{Total: 8461, Exact: true, Next: "abcdef", Took: time.Millisecond}
	for i := range index.DefaultLimit {
		r := index.Result{Name: fmt.Sprintf("linux-kernel-%d.tar.xz", i), Kind: index.File, Size: 1e8, Time: time.Unix(1.7e9, 0), Score: 0.9, Count: 3, Marks: []index.Range{{Start: 6, End: 12}}}
		for j := range 3 {
			shown := fmt.Sprintf("/pub/linux/kernel/v%d.x/%s", j, r.Name)
			r.Places = append(r.Places, index.Place{
				Host: index.HostID(fmt.Sprintf("ftp://ftp%d.example.org/", j)), Path: index.Path(shown), Shown: shown,
				Time: r.Time, Precision: index.Minute, Seen: r.Time, Marks: []index.Range{{Start: 11, End: 17}},
			})
		}
		a.Results = append(a.Results, r)
	}
	for _, name := range []string{"type", "host", "ext", "year", "size"} {
		f := index.Facet{Name: name}
		for i := range 10 {
			f.Values = append(f.Values, index.FacetValue{Value: fmt.Sprint(name, i), Count: 100, Query: fmt.Sprint(name, ":", i)})
		}
		a.Facets = append(a.Facets, f)
	}
	return a
}

// BenchmarkPortal measures what the portal adds to an answer that is there.
func BenchmarkPortal(b *testing.B) {
	portal, err := New(Options{Schemes: schemes(), Catalogue: ready{answer: aPage()}})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/api/v1/search?q=kernel", "/?q=kernel"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				portal.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
