package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"trawl/index"
)

// mostCompleted bounds the words that are proposed.
const mostCompleted = 200

// completeGet returns what a started argument of get may become: a URL goes on by the names of the
// catalogue, and another one by the words of a search.
func completeGet(ctx context.Context, e engine, started string) ([]string, error) {
	hosts, err := hostURLs(ctx, e, started)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(hosts, func(host string) bool { return strings.HasPrefix(started, host) }) {
		return completePath(ctx, e, started)
	}
	if isURL(started) {
		return hosts, nil
	}
	return e.Complete(ctx, started, 20)
}

// completePath returns the URLs of the entries of a directory that begin as a URL does.
func completePath(ctx context.Context, e engine, started string) ([]string, error) {
	last := strings.LastIndexByte(started, '/')
	where, err := readFileURL(started[:last+1])
	if err != nil {
		return nil, err
	}
	host, err := (&getter{cat: newGuests(e)}).host(ctx, where)
	if err != nil {
		return nil, err
	}
	listing, err := e.List(ctx, host.ID, where.path, "", 0)
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrNoHost) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	schemes := schemes()
	for i := range listing.Entries {
		entry := &listing.Entries[i]
		url := schemes.URL(host.ID, where.path.Join(entry.Wire()), entry.Kind)
		if strings.HasPrefix(url, started) && len(found) < mostCompleted {
			found = append(found, url)
		}
	}
	return found, nil
}
