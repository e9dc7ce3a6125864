package main

import (
	"context"
	"sync"

	"trawl/crawler/fetch"
	"trawl/index"
)

// guests is a catalogue with hosts beside its own. They are known to this process alone and hold
// nothing: files are fetched from them that the catalogue does not hold.
type guests struct {
	fetch.Catalogue

	mu    sync.Mutex // guards the following
	hosts map[index.HostID]index.Host
}

var _ fetch.Catalogue = (*guests)(nil)

// newGuests returns a catalogue over e, or one that is empty if e is nil.
func newGuests(e engine) *guests {
	g := &guests{Catalogue: nothing{}, hosts: map[index.HostID]index.Host{}}
	if e != nil {
		g.Catalogue = e
	}
	return g
}

// invite adds a host, or takes one of the catalogue for another login.
func (g *guests) invite(h index.Host) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hosts[h.ID] = h
}

func (g *guests) guest(id index.HostID) (index.Host, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	h, found := g.hosts[id]
	return h, found
}

func (g *guests) Host(ctx context.Context, id index.HostID) (index.Host, error) {
	if h, found := g.guest(id); found {
		return h, nil
	}
	return g.Catalogue.Host(ctx, id)
}

func (g *guests) Update(ctx context.Context, id index.HostID, change func(*index.Host) error) error {
	h, found := g.guest(id)
	if !found {
		return g.Catalogue.Update(ctx, id, change)
	}
	if err := change(&h); err != nil {
		return err
	}
	g.invite(h)
	return nil
}

// nothing is a catalogue that holds nothing.
type nothing struct{}

func (nothing) Host(context.Context, index.HostID) (index.Host, error) {
	return index.Host{}, index.ErrNoHost
}

func (nothing) Hosts(context.Context) ([]index.Host, error) { return nil, nil }

func (nothing) Update(context.Context, index.HostID, func(*index.Host) error) error {
	return index.ErrNoHost
}

func (nothing) Remove(context.Context, index.HostID) error { return index.ErrNoHost }

func (nothing) Begin(context.Context, index.HostID, bool) (index.Crawl, error) {
	return nil, index.ErrNoHost
}

func (nothing) Correct(context.Context, index.HostID, index.Path, *index.Entry) error {
	return index.ErrNoHost
}

func (nothing) Amend(context.Context, index.HostID, ...index.Listing) error { return index.ErrNoHost }

func (nothing) List(context.Context, index.HostID, index.Path, string, int) (index.Listing, error) {
	return index.Listing{}, index.ErrNoHost
}

func (nothing) Page(context.Context, index.HostID, index.Path, index.View) (index.Page, error) {
	return index.Page{}, index.ErrNoHost
}

func (nothing) Entry(context.Context, index.HostID, index.Path) (index.Found, error) {
	return index.Found{}, index.ErrNoHost
}
