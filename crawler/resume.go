package crawler

import (
	"context"
	"errors"
	"fmt"

	"trawl/crawler/loops"
	"trawl/index"
)

// seen returns the listing of a directory that this crawl recorded before it was cut off.
// A listing of a bulk way does not count, for it was not proved, nor does one of a
// directory that could not be read, or not wholly.
func (w *walk) seen(ctx context.Context, dir index.Path) (index.Listing, bool, error) {
	l, err := w.run.out.crawl.Seen(ctx, dir)
	if errors.Is(err, index.ErrNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("resume at %s: %w", dir, err)
	}
	_, _, believed := w.run.link.way(l.Way)
	whole := l.State != index.Stale && l.State != index.Denied && l.State != index.Truncated
	return l, believed && whole, nil
}

// again takes a directory's listing from the part of the crawl that was done before it
// was cut off.
func (w *walk) again(ctx context.Context, t task, l index.Listing) error {
	if t.Dir == w.run.host.root {
		if errors.Is(w.run.robots.meet(&l), errRobots) {
			if err := w.run.robots.read(ctx); err != nil {
				return err
			}
		}
	}
	if err := w.run.out.again(&l); err != nil {
		return err
	}
	if l.State == index.Unchanged {
		return nil
	}
	var p loops.Fingerprint
	p.Add(w.run.loops.seed, l.Entries)
	kids := w.subdirectories(&l, earlier{})
	line := &loops.Lineage{Print: p, Dir: t.Dir, Self: t.Self, Above: t.Above, Names: w.names(kids)}
	line.Ties, _ = w.run.loops.links.Check(t.Dir, t.Above, p) // the directories to be cut were cut then
	return w.descend(line, kids, l.Way)
}
