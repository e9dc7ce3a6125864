package metrics_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"trawl/index"
	"trawl/web"
	"trawl/web/answered"
)

// ready is a catalogue that has one answer, for all.
type ready struct {
	web.Catalogue
	answer index.Answer
}

func (r ready) Search(context.Context, index.Query) (index.Answer, error) { return r.answer, nil }

// BenchmarkObserver asks a portal for a page with one result, with and without those who count. Kept is the quickest answer of all: the
// page is there already.
func BenchmarkObserver(b *testing.B) {
	for _, kept := range []uint64{0, 1} {
		answer := index.Answer{Total: 1, Exact: true, Kept: kept, Results: []index.Result{{Name: "a.iso", Kind: index.File, Size: 1, Count: 1, Places: []index.Place{{Host: "ftp://h/", Path: "/a.iso"}}}}}
		name := map[uint64]string{0: "new", 1: "kept"}[kept]
		for _, on := range []bool{false, true} {
			m, _ := watched()
			opt := web.Options{Catalogue: ready{answer: answer}}
			if on {
				opt.Searched = m.Searched
			}
			portal, err := web.New(opt)
			if err != nil {
				b.Fatal(err)
			}
			observed := map[bool]string{false: "off", true: "on"}[on]
			if on {
				portal = answered.Handler(portal, m.Answered)
			}
			b.Run(name+"/"+observed, func(b *testing.B) {
				for b.Loop() {
					w := httptest.NewRecorder()
					portal.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?q=iso", nil))
					if w.Code != http.StatusOK {
						b.Fatal(w.Body)
					}
				}
			})
		}
	}
}
