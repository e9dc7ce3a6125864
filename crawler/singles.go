package crawler

import (
	"context"
	"errors"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// listDir lists a directory while the host is not silent, and calls work with each part
// when the crawl has its slot.
func listDir(ctx context.Context, live *pace.Liveness, way DirWay, dir index.Path, work func(index.Listing) error) error {
	watched, watch := live.Watch(ctx)
	defer watch.Close()
	return way.List(watched, dir, func(l index.Listing) error {
		return watch.Receive(watched, func() (bool, error) { return true, work(l) })
	})
}

// singles lists directories one by one, for comparisons and not for the catalogue.
type singles struct{ run *run }

// whole is a directory that was listed singly. Of a huge one the print is of all entries,
// and entries are but the first.
type whole struct {
	entries []index.Entry
	print   loops.Fingerprint
}

// probe returns the listing as one that is compared.
func (w *whole) probe(dir index.Path) probe {
	return probe{dir: dir, print: w.print, entries: held(w.entries, w.print.Count)}
}

// list lists a directory, and again if that fails.
func (s singles) list(ctx context.Context, way DirWay, dir index.Path) (w whole, err error) {
	limits := s.run.limits
	for attempt := range limits.Attempts {
		if err := pause(ctx, limits.Backoff, attempt); err != nil {
			return w, err
		}
		w = whole{}
		err = listDir(ctx, s.run.live, way, dir, func(l index.Listing) error { return s.gather(&w, l) })
		if err == nil || errors.Is(err, ErrDenied) || errors.Is(err, ErrBroken) || errors.Is(err, errEnough) {
			break
		}
	}
	return w, err
}

// gather adds a part of a listing.
func (s singles) gather(w *whole, l index.Listing) error {
	if l.State == index.Denied {
		return ErrDenied
	}
	s.run.robots.filter(&l)
	w.print.Add(s.run.loops.seed, l.Entries)
	if len(w.entries) <= sampleEntries {
		w.entries = append(w.entries, l.Entries...)
	}
	if int64(w.print.Count) > s.run.limits.Host.DirEntries {
		return errEnough
	}
	return nil
}

// stillLacks lists a directory again, by a way that lists as the bulk answer does and by
// the reference, and reports whether the entry that was missing there is missing again.
// Then it is not new: such ways do not show it.
func (s singles) stillLacks(ctx context.Context, way, ref DirWay, dir index.Path, entry string) bool {
	if way.Name() == ref.Name() {
		return false
	}
	listed, err := s.list(ctx, way, dir)
	if err != nil {
		return false
	}
	single, err := s.list(ctx, ref, dir)
	d := differ(listed.probe(dir), single)
	return err == nil && d.lacks > 0 && d.example == entry
}
