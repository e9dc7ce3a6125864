package gateway

import (
	"context"
	"errors"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/search"
	"trawl/web/address"
)

// entry is a file of the catalogue that was asked for.
type entry struct {
	host  index.Host
	path  index.Path
	found index.Found
}

// find returns the file that an address is about; rest is what follows the page in it, percent-encoded.
func (g *Gateway) find(ctx context.Context, rest string) (*entry, error) {
	where, ok := address.Read(rest)
	if !ok {
		return nil, errUnknown
	}
	host, err := where.Locate(ctx, g.opt.Catalogue)
	if err != nil {
		return nil, err
	}
	found, err := g.opt.Catalogue.Entry(ctx, host.ID, where.Path)
	if err != nil {
		return nil, err
	}
	if found.Entry.Kind == index.Dir {
		return nil, errDirectory
	}
	return &entry{host, where.Path, found}, nil
}

// size returns the size that the catalogue has. That of a link is its own and not that of the file.
func (e *entry) size() int64 {
	if e.found.Entry.Kind == index.Link {
		return index.UnknownSize
	}
	return e.found.Entry.Size
}

// file returns the file with its places: the one that was asked for, then the others, the best first. If
// they cannot be searched for, it has the one.
func (g *Gateway) file(ctx context.Context, e *entry) fetch.File {
	asked := e.found.Place(&e.host, e.path)
	others, err := search.OtherPlaces(ctx, g.opt.Catalogue, e.found.Entry.Name, e.size(), asked)
	if err != nil && !errors.Is(err, index.ErrCrowded) && ctx.Err() == nil {
		g.opt.Log.Warn("search for the places of a file", "err", index.Visible(err.Error()))
	}
	return fetch.File{Name: e.found.Entry.Name, Size: e.size(), Places: append([]index.Place{asked}, others...)}
}
