package search

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"trawl/index"
	"trawl/search/fold"
	"trawl/search/query"
)

// The limits of a search for other places.
const (
	mostPlaces  = 20
	placeBudget = 100 * time.Millisecond
)

// distinct is the size in bytes from which two files of one name and size are taken for the same.
const distinct = 1 << 20

// OtherPlaces returns the other places that have the file at a place, as far as the catalogue can
// say: the best first, at most 19. Small files of one name often have one size by chance: theirs must
// agree in time, or in the name of the directory. A file of unknown size has no other place.
func OtherPlaces(ctx context.Context, s index.Searcher, name string, size int64, of index.Place) ([]index.Place, error) {
	if size == index.UnknownSize {
		return nil, nil
	}
	answer, err := s.Search(ctx, index.Query{Tree: SameFile(name, size), Limit: mostPlaces, Places: mostPlaces, Budget: placeBudget})
	if err != nil {
		return nil, err
	}
	var others []index.Place
	for i := range answer.Results {
		r := &answer.Results[i]
		if r.Size != size || r.Kind != index.File || !SameName(r.Name, name) {
			continue
		}
		for _, p := range r.Places {
			if (p.Host != of.Host || p.Path != of.Path) && alike(size, &of, &p) {
				others = append(others, p)
			}
		}
	}
	slices.SortStableFunc(others, func(a, b index.Place) int { return doubts(&a) - doubts(&b) })
	return others[:min(len(others), mostPlaces-1)], nil
}

// SameFile returns the query for the files of a name and a size. It finds other spellings of the name, too: see SameName.
func SameFile(name string, size int64) query.Node {
	return query.And{Of: []query.Node{
		query.Glob{Pattern: Literally(name), In: query.InName},
		query.Kind{Of: []string{index.File.String()}},
		query.Size{Min: size, Max: size},
	}}
}

// SameName reports whether two names are one to a search.
func SameName(a, b string) bool { return fold.String(a) == fold.String(b) }

// Literally returns the pattern of a query.Glob that matches a name as it is.
//
//	a*b => a\*b
func Literally(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(name)
}

// alike reports whether two places of one name and size have the same file as far as the
// catalogue can say.
//
//	/pub/a/README, /pub/b/README, 12 bytes => false
func alike(size int64, a, b *index.Place) bool {
	if size >= distinct || path.Base(string(a.Path.Dir())) == path.Base(string(b.Path.Dir())) {
		return true
	}
	return index.SameTime(a.Time, a.Precision, b.Time, b.Precision)
}

// doubts orders places: those that probably answer come first.
func doubts(p *index.Place) int {
	switch {
	case p.Down:
		return 2
	case p.Stale:
		return 1
	}
	return 0
}
