// Package places finds all places of a file, for the page of the file and for the API.
package places

import (
	"context"
	"time"

	"trawl/index"
	"trawl/search"
	"trawl/web/request"
)

// Of returns a file that was found at a path of a host, with all its places, the best first. The place itself is
// among them. A search for the others that takes longer than the budget is cut (Result.Cut).
func Of(ctx context.Context, s index.Searcher, host *index.Host, at index.Path, found *index.Found, budget time.Duration) (*index.Result, error) {
	e := &found.Entry
	out := &index.Result{Name: e.Name, Kind: e.Kind, Size: e.Size}
	own := found.Place(host, at)
	if e.Kind == index.File && e.Size != index.UnknownSize {
		r, err := same(ctx, s, out, budget)
		if err != nil {
			return nil, err
		}
		if r != nil {
			*out = *r
		}
	}
	for i := range out.Places {
		if out.Places[i].Host == own.Host && out.Places[i].Path == own.Path {
			return out, nil
		}
	}
	out.Places = append(append([]index.Place{}, out.Places...), own)
	out.Count = max(out.Count, len(out.Places))
	return out, nil
}

// same searches for a file by its name and size. It returns nil if the search does not find it in time.
func same(ctx context.Context, s index.Searcher, r *index.Result, budget time.Duration) (*index.Result, error) {
	found, err := s.Search(ctx, index.Query{Tree: search.SameFile(r.Name, r.Size), Limit: 10, Places: request.Most, Budget: budget, Now: request.Present()})
	if err != nil {
		return nil, err
	}
	for i := range found.Results {
		if got := &found.Results[i]; got.Size == r.Size && got.Kind == r.Kind && search.SameName(got.Name, r.Name) {
			return got, nil
		}
	}
	return nil, nil
}
