package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// mostSkip is how many bytes of a file are read and dropped, at most, where a host sends
// files only from their beginning.
const mostSkip = 64 << 20

// Open opens a file at the best place that gives it, from the offset on. It asks each place for
// the size first: a *ChangedError says that no place has the file that the catalogue holds.
// crawler.CauseOf says in a word why another error came about; the error has a line for each
// place. ctx counts as long as the body is read.
func (f *Fetcher) Open(ctx context.Context, file File, offset int64) (Body, error) {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	b := &body{fetcher: f, life: life, end: end, file: file, at: max(0, offset), size: file.Size}
	b.unwatch = context.AfterFunc(ctx, func() { _ = b.Close() }) // in order, so that the connection is kept
	if err := f.hosts.admit(b, func() { _ = b.Close() }); err != nil {
		end(err)
		b.unwatch()
		return nil, withCause(err)
	}
	if err := b.begin(); err != nil {
		_ = b.Close() // it has not begun
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("fetch %s: %w", index.Visible(file.Name), err)
	}
	return b, nil
}

// begin opens the first place that gives the file.
func (b *body) begin() error {
	b.reading.Lock()
	defer b.reading.Unlock()
	failed := &failures{}
	first := func(place index.Place) func(crawler.Fact) error {
		return func(fact crawler.Fact) error { return b.fetcher.same(b.life, b.file, place, fact) }
	}
	for i, place := range b.file.Places {
		s, err := b.fetcher.openAt(b.life, place, b.at, false, first(place))
		if err == nil {
			b.take(i, s)
			return nil
		}
		b.fetcher.note(b.life, place, err)
		failed.add(place, err)
		if b.life.Err() != nil {
			return context.Cause(b.life)
		}
	}
	if b.at <= mostSkip {
		for i, place := range b.file.Places {
			if !errors.Is(failed.all[i].err, crawler.ErrNoRestart) {
				continue
			}
			s, err := b.fetcher.openAt(b.life, place, b.at, true, first(place))
			if err == nil {
				b.take(i, s)
				return nil
			}
			failed.all[i].err = err
		}
	}
	return failed.inWords()
}

// same returns a *ChangedError if a place has another file than the catalogue.
func (f *Fetcher) same(ctx context.Context, file File, place index.Place, fact crawler.Fact) error {
	if fact.Size == index.UnknownSize || file.Size == index.UnknownSize || fact.Size == file.Size {
		return nil
	}
	f.changed(ctx, place, fact)
	return &ChangedError{Place: place, Was: file.Size, Is: fact.Size}
}

// take makes a stream the one that is read.
func (b *body) take(place int, s *stream) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current, b.place = s, s.place
	b.since, b.from = time.Now(), b.at
	b.fetcher.hosts.hold(s.seat, b)
	b.tried = slices.Compact(append(b.tried, place))
	if b.info == nil {
		info := infoOf(s.fact)
		b.info, b.size = &info, s.fact.Size
	}
}

func infoOf(fact crawler.Fact) Info {
	return Info{Size: fact.Size, Time: fact.Time, Precision: fact.Precision, Ranges: fact.Ranges}
}

// Stat asks the best place that answers for size and time, without a data connection. Its
// errors are those of Open.
func (f *Fetcher) Stat(ctx context.Context, file File) (Info, index.Place, error) {
	failed := &failures{}
	for _, place := range file.Places {
		fact, err := f.ask(ctx, place, nil)
		if err == nil {
			err = f.same(ctx, file, place, fact)
		}
		if err == nil {
			return infoOf(fact), place, nil
		}
		f.note(ctx, place, err)
		failed.add(place, err)
		if ctx.Err() != nil {
			break
		}
	}
	return Info{}, index.Place{}, fmt.Errorf("ask for %s: %w", index.Visible(file.Name), failed.inWords())
}
