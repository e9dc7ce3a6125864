package fetch

import (
	"context"
	"errors"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// The limits of Check.
const (
	MostChecked = 10              // places
	CheckTime   = 5 * time.Second // for all of them
)

// Check asks the first MostChecked places at once whether they still have the file, within
// CheckTime, and corrects the catalogue by what they answer. The answers are in the order of
// the places. The error is that of the catalogue or of ctx.
func (f *Fetcher) Check(ctx context.Context, file File) ([]Checked, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, CheckTime, errSilent)
	defer cancel()
	places := file.Places[:min(len(file.Places), MostChecked)]
	answers, errs := make([]Checked, len(places)), make([]error, len(places))
	var all sync.WaitGroup
	for i, place := range places {
		all.Go(func() { answers[i], errs[i] = f.check(bounded, ctx, file, place) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return answers, context.Cause(ctx)
	}
	return answers, errors.Join(errs...)
}

// check asks one place. An answer within bounded is recorded as long as ctx lasts.
func (f *Fetcher) check(bounded, ctx context.Context, file File, place index.Place) (Checked, error) {
	began := time.Now()
	fact, err := f.ask(bounded, place, nil)
	c := Checked{Place: place, Took: time.Since(began)}
	if err != nil && bounded.Err() != nil {
		err = errSilent
	}
	if err != nil {
		f.note(ctx, place, err)
		c.Cause = crawler.CauseOf(withCause(err))
		return c, nil
	}
	c.Info = infoOf(fact)
	if fact.Size != index.UnknownSize && file.Size != index.UnknownSize && fact.Size != file.Size {
		c.Cause = index.Changed
	}
	return c, f.update(ctx, place, fact)
}

// update corrects the catalogue where it differs from what a place says.
func (f *Fetcher) update(ctx context.Context, place index.Place, fact crawler.Fact) error {
	found, err := f.cat.Entry(ctx, place.Host, place.Path)
	if errors.Is(err, index.ErrNotFound) || errors.Is(err, index.ErrNoHost) {
		return nil // it was forgotten meanwhile
	}
	if err != nil {
		return err
	}
	if found.Entry.Kind == index.Link || agrees(&found.Entry, fact) {
		return nil
	}
	f.changed(ctx, place, fact)
	return nil
}

// agrees reports whether an entry says what a place says, as far as both do.
func agrees(e *index.Entry, fact crawler.Fact) bool {
	if fact.Size != index.UnknownSize && fact.Size != e.Size {
		return false
	}
	if fact.Precision == index.Unknown || e.Precision == index.Unknown {
		return true
	}
	apart := fact.Time.Sub(e.Time()).Abs()
	switch min(fact.Precision, e.Precision) {
	case index.Second:
		return apart == 0
	case index.Minute:
		return apart < time.Minute
	}
	return apart < 48*time.Hour
}
