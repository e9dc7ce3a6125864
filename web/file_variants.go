package web

import (
	"context"
	"html/template"
	"regexp"
	"time"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/address"
	"trawl/web/request"
)

// variants are files that are like the one of a page: of the same name and another size, or other versions of it.
type variants struct {
	Files []variant
	All   template.URL // a search for them, if there are more
}

type variant struct {
	Name, Size, Time, Count string
	To                      template.URL
}

// The limits of a search for variants.
const (
	variantsShown  = 6
	variantsBudget = 60 * time.Millisecond
)

// otherSizes returns files of the same name and another size; nil if there are none.
func (p *portal) otherSizes(ctx context.Context, v visit, e *index.Entry) *variants {
	return p.variants(ctx, v, query.Glob{Pattern: search.Literally(e.Name), In: query.InName}, func(r *index.Result) bool { return r.Size != e.Size })
}

// otherVersions returns files whose names differ in numbers alone; nil if there are none.
func (p *portal) otherVersions(ctx context.Context, v visit, e *index.Entry) *variants {
	pattern, ok := versions(e.Name)
	if !ok {
		return nil
	}
	return p.variants(ctx, v, query.Glob{Pattern: pattern, In: query.InName}, func(r *index.Result) bool { return !search.SameName(r.Name, e.Name) })
}

// versions returns a pattern for the other versions of a name. It reports false if the name has no version.
//
//	linux-6.12.3.tar.xz => linux-*.tar.xz
func versions(name string) (string, bool) {
	version := regexp.MustCompile(`\d+(?:[._-]\d+)+(?:[._-]?(?:rc|alpha|beta|pre|p|r)\d*)?`).FindStringIndex(name)
	if version == nil || version[0] < 2 {
		return "", false
	}
	return search.Literally(name[:version[0]]) + "*" + search.Literally(name[version[1]:]), true
}

// variants searches for files by their names.
func (p *portal) variants(ctx context.Context, v visit, name query.Node, other func(*index.Result) bool) *variants {
	tree := query.And{Of: []query.Node{name, query.Kind{Of: []string{index.File.String()}}}}
	found, err := p.catalogue.Search(ctx, index.Query{Tree: tree, Sort: index.ByTime, Limit: 2 * variantsShown, Places: 1, Budget: variantsBudget, Now: request.Present()})
	if err != nil {
		return nil // the page is whole without them
	}
	out := &variants{}
	for i := range found.Results {
		r := &found.Results[i]
		if !other(r) || len(r.Places) == 0 {
			continue
		}
		if len(out.Files) == variantsShown {
			break
		}
		best := &r.Places[0]
		out.Files = append(out.Files, variant{
			Name: index.Visible(r.Name), Size: v.Size(r.Size), Time: drawTime(best.Time, best.Precision),
			Count: v.Count("file.places", int64(r.Count)), To: v.page(address.File, best.Host, best.Path),
		})
	}
	if len(out.Files) == 0 {
		return nil
	}
	if found.Total > len(out.Files)+1 {
		out.All = v.namesLike(tree)
	}
	return out
}
