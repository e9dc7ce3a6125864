package indextest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"trawl/index"
)

// bruteCrawl is a crawl, from its first Begin to Finish.
type bruteCrawl struct {
	engine *Brute
	host   *bruteHost
	open   bool                         // between Begin and Close
	seen   map[index.Path]index.State   // directories that this crawl recorded whole
	parts  map[index.Path]index.Listing // those whose parts are still coming
}

var errClosed = errors.New("the crawl is closed")

// Begin implements index.Recorder.
func (b *Brute) Begin(_ context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[id]
	switch {
	case h == nil:
		return nil, index.ErrNoHost
	case h.crawl != nil && h.crawl.open:
		return nil, index.ErrBusy
	}
	seen := map[index.Path]index.State{}
	if h.crawl != nil && !fresh {
		seen = h.crawl.seen
	}
	h.crawl = &bruteCrawl{engine: b, host: h, open: true, seen: seen, parts: map[index.Path]index.Listing{}}
	h.host.Health.Crawling = true
	return h.crawl, nil
}

// Amend implements index.Recorder.
func (b *Brute) Amend(_ context.Context, id index.HostID, listings ...index.Listing) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[id]
	switch {
	case h == nil:
		return fmt.Errorf("amend %s: %w", id, index.ErrNoHost)
	case h.crawl != nil && h.crawl.open:
		return fmt.Errorf("amend %s: %w", id, index.ErrBusy)
	}
	c := h.crawl
	if c == nil {
		c = &bruteCrawl{engine: b, host: h, seen: map[index.Path]index.State{}}
	}
	for _, l := range listings {
		if err := c.record(l); err != nil {
			return err
		}
		c.seen[l.Dir] = l.State
	}
	return nil
}

// Put implements index.Crawl.
func (c *bruteCrawl) Put(_ context.Context, listings ...index.Listing) error {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	if !c.open {
		return errClosed
	}
	for _, l := range listings {
		if before, ok := c.parts[l.Dir]; ok {
			l.Entries = slices.Concat(before.Entries, l.Entries)
			l.Unparsed = slices.Concat(before.Unparsed, l.Unparsed)
			l.Lost += before.Lost
		}
		if l.More {
			c.parts[l.Dir] = l
			continue
		}
		if err := c.record(l); err != nil {
			return err
		}
		delete(c.parts, l.Dir)
		c.seen[l.Dir] = l.State
	}
	return nil
}

// record adds a whole listing.
func (c *bruteCrawl) record(l index.Listing) error {
	before := c.host.dirs[l.Dir]
	switch l.State {
	case index.Unchanged:
		if before == nil {
			return fmt.Errorf("confirm %s: %w", c.host.host.ID.Join(l.Dir), index.ErrNotFound)
		}
		before.seen = l.Taken
		if before.listing.State == index.Stale {
			before.listing.State, before.listing.Why = index.Complete, ""
		}
		return nil
	case index.Denied, index.Stale:
		if before != nil && before.listing.State != index.Denied {
			before.listing.State, before.listing.Why = index.Stale, l.Why
			return nil
		}
		l.Entries = nil
	case index.Truncated, index.Unparsed:
		if before != nil {
			l.Entries = merge(before.listing.Entries, l.Entries)
		}
	}
	c.replace(l)
	return nil
}

// replace replaces the known listing by l, and forgets everything below a name that
// is no longer a directory.
func (c *bruteCrawl) replace(l index.Listing) {
	l.Entries = merge(nil, l.Entries)
	l.Unparsed = l.Unparsed[:min(len(l.Unparsed), index.MaxUnparsed)]
	dirs := map[string]bool{}
	for _, e := range l.Entries {
		dirs[e.Wire()] = e.Kind == index.Dir
	}
	if before := c.host.dirs[l.Dir]; before != nil {
		for _, e := range before.listing.Entries {
			if e.Kind == index.Dir && !dirs[e.Wire()] {
				c.forget(l.Dir.Join(e.Wire()))
			}
		}
	}
	c.host.dirs[l.Dir] = &bruteDir{listing: l, seen: l.Taken}
}

// forget drops a directory and all below it.
func (c *bruteCrawl) forget(dir index.Path) {
	gone := func(p index.Path) bool { return p.Within(dir) }
	maps.DeleteFunc(c.host.dirs, func(p index.Path, _ *bruteDir) bool { return gone(p) })
	maps.DeleteFunc(c.seen, func(p index.Path, _ index.State) bool { return gone(p) })
	maps.DeleteFunc(c.parts, func(p index.Path, _ index.Listing) bool { return gone(p) })
}

// merge returns the entries of both by wire name. The later of two with one name wins.
func merge(old, young []index.Entry) []index.Entry {
	byName := map[string]index.Entry{}
	for _, e := range slices.Concat(old, young) {
		byName[e.Wire()] = e
	}
	out := slices.Collect(maps.Values(byName))
	slices.SortFunc(out, func(x, y index.Entry) int { return strings.Compare(x.Wire(), y.Wire()) })
	return out
}

// Seen implements index.Crawl.
func (c *bruteCrawl) Seen(ctx context.Context, dir index.Path) (index.Listing, error) {
	c.engine.mu.RLock()
	_, ok := c.seen[dir]
	c.engine.mu.RUnlock()
	if !ok {
		return index.Listing{}, fmt.Errorf("seen %s: %w", dir, index.ErrNotFound)
	}
	return c.engine.List(ctx, c.host.host.ID, dir, "", 0)
}

// Finish implements index.Crawl.
func (c *bruteCrawl) Finish(_ context.Context, complete bool) error {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	if !c.open {
		return errClosed
	}
	for dir, d := range c.host.dirs {
		if _, ok := c.seen[dir]; ok {
			continue
		}
		if complete && !c.belowUnread(dir) {
			delete(c.host.dirs, dir)
			continue
		}
		if d.listing.State != index.Denied {
			d.listing.State = index.Stale
		}
	}
	c.dropTexts()
	c.open, c.host.crawl, c.host.host.Health.Crawling = false, nil, false
	return nil
}

// belowUnread reports whether dir is below one that this crawl could not read
// whole.
func (c *bruteCrawl) belowUnread(dir index.Path) bool {
	for dir != "/" {
		dir = dir.Dir()
		switch c.seen[dir] {
		case index.Truncated, index.Unparsed, index.Denied, index.Stale:
			return true
		}
	}
	return false
}

// dropTexts forgets the texts of files that are gone.
func (c *bruteCrawl) dropTexts() {
	maps.DeleteFunc(c.engine.texts[c.host.host.ID], func(p index.Path, _ index.Text) bool {
		d := c.host.dirs[p.Dir()]
		if d == nil {
			return true
		}
		_, found := slices.BinarySearchFunc(d.listing.Entries, p.Base(), byWire)
		return !found
	})
}

// Close implements index.Crawl.
func (c *bruteCrawl) Close() error {
	c.engine.mu.Lock()
	defer c.engine.mu.Unlock()
	c.open = false
	clear(c.parts)
	return nil
}
