package crawler

import (
	"context"
	"sync"
	"time"

	"trawl/crawler/pace"
	"trawl/index"
)

// sink hands listings to the catalogue in batches: by the number of their
// entries, long names counting more, or by their age, whichever comes first,
// and earlier while the listings of all crawls have too little room. It puts listings in
// the order in which they came; those that were not yet put when the process dies are
// listed again. While a batch is put the next one gathers, and then put waits.
type sink struct {
	crawl   index.Crawl
	entries int
	age     time.Duration
	flow    *pace.Flow
	portion int64 // of the flow

	begun  chan struct{} // holds a token while batch is not empty
	full   chan struct{} // and one when it is large enough
	ending chan struct{} // closed when no put follows
	done   chan struct{} // closed when the writer has ended

	mu    sync.Mutex // guards the following
	room  *sync.Cond // batch was taken, or err set
	batch []index.Listing
	size  int   // as bulk counts it
	heft  int64 // in flow
	err   error // of the writer
}

// newSink starts a sink's writer. The writer ends with close or when a put
// fails, and then calls failed.
func newSink(ctx context.Context, crawl index.Crawl, limits Limits, f *pace.Flow, failed func(error)) *sink {
	s := &sink{
		crawl: crawl, entries: limits.BatchEntries, age: limits.BatchAge,
		flow: f, portion: f.Portion(limits.Hosts),
		begun: make(chan struct{}, 1), full: make(chan struct{}, 1),
		ending: make(chan struct{}), done: make(chan struct{}),
	}
	s.room = sync.NewCond(&s.mu)
	go func() {
		defer close(s.done)
		writing, cancel := lastly(ctx)
		defer cancel()
		if err := s.write(writing); err != nil {
			s.fail(err)
			failed(err)
		}
	}()
	return s
}

// mercy is how long the last listings and facts are still written when the crawl is to
// stop.
const mercy = 500 * time.Millisecond

// lastly returns a context in which the last facts are written: it ends mercy after ctx.
func lastly(ctx context.Context) (context.Context, context.CancelFunc) {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(mercy, cancel) })
	return writing, func() { stop(); cancel() }
}

// put adds a listing to the batch; it waits while the catalogue is slower than the hosts.
func (s *sink) put(l index.Listing) error {
	weight, ok := s.flow.Enter(listingMemory(&l), s.flush, s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		return s.err
	}
	for s.size >= s.entries && s.err == nil {
		s.room.Wait()
	}
	if s.err != nil {
		s.flow.Leave(weight)
		return s.err
	}
	s.heft += weight
	s.batch = append(s.batch, l)
	if s.size += bulk(&l); len(s.batch) == 1 {
		s.begun <- struct{}{}
	}
	if s.size >= s.entries || s.heft >= s.portion && s.flow.Congested() {
		s.signal()
	}
	return nil
}

// flush lets the batch be put as it is.
func (s *sink) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.batch) > 0 {
		s.signal()
	}
}

// signal has the batch put; mu is held.
func (s *sink) signal() {
	select {
	case s.full <- struct{}{}:
	default:
	}
}

// close puts the last batch and ends the writer. No put may follow.
func (s *sink) close() error {
	close(s.ending)
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flow.Leave(s.heft)
	return s.err
}

// next takes the batch and its tokens out, and returns its weight in the flow.
func (s *sink) next() (batch []index.Listing, weight int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, weight = s.batch, s.heft
	s.batch, s.size, s.heft = nil, 0, 0
	for _, tokens := range []chan struct{}{s.begun, s.full} {
		select {
		case <-tokens:
		default:
		}
	}
	s.room.Broadcast()
	return batch, weight
}

func (s *sink) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	s.room.Broadcast()
}

func (s *sink) write(ctx context.Context) error {
	timer := time.NewTimer(s.age)
	defer timer.Stop()
	for last := false; !last; {
		select {
		case <-s.begun:
			timer.Reset(s.age)
		case <-s.ending:
			last = true
		}
		select {
		case <-s.full:
		case <-timer.C:
		case <-s.ending:
		}
		batch, weight := s.next()
		if len(batch) == 0 {
			continue
		}
		err := s.crawl.Put(ctx, batch...)
		s.flow.Leave(weight)
		if err != nil {
			return err
		}
	}
	return nil
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
