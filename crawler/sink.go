package crawler

import (
	"context"
	"time"

	"trawl/index"
)

// sink hands listings to the catalogue in batches: by the number of their
// entries, long names counting more, or by their age, whichever comes first. Listings are put in the order
// in which they came; what was not yet put when the process dies is listed again.
type sink struct {
	crawl   index.Crawl
	entries int
	age     time.Duration
	in      chan index.Listing
	done    chan struct{} // closed when the writer has ended
	err     error         // of the writer; read after done
}

// newSink starts a sink's writer. The writer ends with close or when a put
// fails, and then calls failed.
func newSink(ctx context.Context, crawl index.Crawl, limits Limits, failed func(error)) *sink {
	s := &sink{
		crawl:   crawl,
		entries: limits.BatchEntries,
		age:     limits.BatchAge,
		in:      make(chan index.Listing, 16),
		done:    make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		// What was listed is kept even when the crawl is being stopped.
		if s.err = s.write(context.WithoutCancel(ctx)); s.err != nil {
			failed(s.err)
		}
	}()
	return s
}

// put takes a listing; it waits while the catalogue is slower than the host.
func (s *sink) put(l index.Listing) error {
	select {
	case s.in <- l:
		return nil
	case <-s.done:
		return s.err
	}
}

// close puts what waits and ends the writer. No put may follow.
func (s *sink) close() error {
	close(s.in)
	<-s.done
	return s.err
}

func (s *sink) write(ctx context.Context) error {
	var batch []index.Listing
	size := 0
	timer := time.NewTimer(s.age)
	defer timer.Stop()
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := s.crawl.Put(ctx, batch...)
		batch, size = nil, 0
		return err
	}
	for {
		select {
		case l, open := <-s.in:
			if !open {
				return flush()
			}
			if len(batch) == 0 {
				timer.Reset(s.age)
			}
			batch = append(batch, l)
			size += bulk(&l)
			if size < s.entries {
				continue
			}
		case <-timer.C:
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

// bulk counts the entries of a listing, and one more for so many bytes of names.
func bulk(l *index.Listing) int {
	const bytes = 128
	n := 0
	for i := range l.Entries {
		e := &l.Entries[i]
		n += len(e.Name) + len(e.Raw) + len(e.Target)
	}
	return 1 + len(l.Entries) + n/bytes
}
