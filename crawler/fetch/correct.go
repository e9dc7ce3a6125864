package fetch

import (
	"context"
	"errors"

	"trawl/crawler"
	"trawl/index"
)

// changed corrects the catalogue: a file has another size or time.
func (f *Fetcher) changed(ctx context.Context, place index.Place, fact crawler.Fact) {
	found, err := f.cat.Entry(ctx, place.Host, place.Path)
	if err == nil {
		now := found.Entry
		if fact.Size != index.UnknownSize {
			now.Size = fact.Size
		}
		now.Unix, now.Precision = 0, fact.Precision // the old time is that of the old content
		if fact.Precision != index.Unknown {
			now.Unix = fact.Time.Unix()
		}
		err = f.cat.Correct(ctx, place.Host, place.Path, &now)
	}
	f.corrected(place, err)
}

// corrected logs why the catalogue was not corrected.
func (f *Fetcher) corrected(place index.Place, err error) {
	if err != nil && !errors.Is(err, index.ErrBusy) && !errors.Is(err, index.ErrNotFound) && !errors.Is(err, index.ErrNoHost) {
		f.log.Warn("correct the catalogue", "place", place.Host.Join(place.Path), "err", err)
	}
}

// note logs why a place failed, and corrects the catalogue if the file is no longer there. A link stays: it may
// point at a directory, or at nothing, and is there all the same.
func (f *Fetcher) note(ctx context.Context, place index.Place, why error) {
	f.log.Info("fetch", "place", place.Host.Join(place.Path), "err", index.Visible(why.Error()))
	if !errors.Is(why, crawler.ErrAbsent) {
		return
	}
	found, err := f.cat.Entry(ctx, place.Host, place.Path)
	if err == nil && found.Entry.Kind != index.Link {
		err = f.cat.Correct(ctx, place.Host, place.Path, nil)
	}
	f.corrected(place, err)
}
