package download

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/index"
)

// Opener opens files of hosts; a [fetch.Fetcher] is one.
type Opener interface {
	// Open opens a file at the best place that gives it, from the offset on.
	Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error)

	// Stat asks the best place that answers for size and time.
	Stat(ctx context.Context, file fetch.File) (fetch.Info, index.Place, error)
}

var _ Opener = (*fetch.Fetcher)(nil)

// Meter shows how far a download is. The zero value is ready; its methods may be called at any time.
type Meter struct {
	done, size, open atomic.Int64
	place            atomic.Pointer[index.Place]
}

// Done returns the bytes that are there, those of earlier calls included, and the size of the
// file, or index.UnknownSize.
func (m *Meter) Done() (done, size int64) { return m.done.Load(), m.size.Load() }

// Place returns the place that was opened last, and over how many connections the file comes.
func (m *Meter) Place() (place index.Place, connections int) {
	if p := m.place.Load(); p != nil {
		place = *p
	}
	return place, int(m.open.Load())
}

const (
	bufferSize = 256 << 10       // of a connection, in bytes
	mostTries  = 3               // of a transfer that breaks off, in a row without a byte
	tryPause   = time.Second     // Options.Pause
	noteEvery  = 2 * time.Second // how often the bytes are brought to the disk, and noted
)

// errBroken wraps the errors of transfers that broke off, which may be taken up again.
var errBroken = errors.New("transfer broke off")

// output is where a file is written.
type output interface {
	io.WriterAt
	io.ReaderAt
}

// transfer fetches what is missing of a file.
type transfer struct {
	src    Opener
	file   fetch.File
	info   fetch.Info  // what the first place says
	place  index.Place // the first place
	out    output
	part   *part // out, if that is a part file
	shares *shares
	meter  *Meter
	pause  time.Duration
}

// run fetches all that is missing, over some connections at most. The first of them reads body,
// if that is not nil, and closes it.
func (t *transfer) run(ctx context.Context, connections int, body fetch.Body) error {
	begun := t.shares.take(false) // which body reads
	if connections <= 1 || begun == nil {
		return t.work(ctx, t.file, begun, body, false)
	}
	stop := t.keepNoting(ctx)
	var group sync.WaitGroup
	failed := make([]error, connections)
	for i := range connections {
		if i == 0 {
			group.Go(func() { failed[i] = t.work(ctx, t.file, begun, body, true) })
			continue
		}
		file, sh := t.from(i), t.shares.take(true) // here, so that places get their shares in turn
		if sh == nil {
			break
		}
		group.Go(func() { failed[i] = t.work(ctx, file, sh, nil, true) })
	}
	group.Wait()
	err := errors.Join(failed...)
	if t.shares.missing() && ctx.Err() == nil && !isLocal(err) {
		err = t.work(ctx, t.file, nil, nil, false) // over one connection: perhaps the host allows no more
	}
	if noted := stop(); t.shares.missing() || noted != nil {
		return cmp.Or(err, noted, ctx.Err())
	}
	return nil
}

// from returns the file with the place first that connection i reads: the places that hold the
// same file, as far as their times say, take turns.
func (t *transfer) from(i int) fetch.File {
	same := []index.Place{t.place}
	for _, p := range t.file.Places {
		if !p.Down && !p.Stale && !samePlace(p, t.place) && index.SameTime(p.Time, p.Precision, t.info.Time, t.info.Precision) {
			same = append(same, p)
		}
	}
	file := t.file
	turn := i % len(same)
	file.Places = slices.Concat(same[turn:], same[:turn])
	return file
}

// work fetches one share after the other, beginning with sh by body if these are not nil. It gives
// back the rest of a share that it could not fetch.
func (t *transfer) work(ctx context.Context, file fetch.File, sh *share, body fetch.Body, divide bool) error {
	if sh == nil && body != nil {
		defer body.Close() // nothing is missing
	}
	for {
		if sh == nil {
			sh = t.shares.take(divide)
		}
		if sh == nil {
			return nil
		}
		err := t.fetch(ctx, file, sh, body)
		t.shares.give(sh)
		if err != nil {
			return err
		}
		sh, body = nil, nil
	}
}

// fetch fetches a share, and goes on where the transfer breaks off.
func (t *transfer) fetch(ctx context.Context, file fetch.File, sh *share, body fetch.Body) error {
	for tries := 0; ; {
		before, _ := t.shares.room(sh, 0)
		err := t.read(ctx, file, sh, body)
		body = nil
		after, _ := t.shares.room(sh, 0)
		if after > before {
			tries = 0
		}
		if err == nil || ctx.Err() != nil || tries == mostTries || isLocal(err) || !errors.Is(err, errBroken) && tries == 0 {
			return err
		}
		select {
		case <-time.After(t.pause << tries):
		case <-ctx.Done():
			return ctx.Err()
		}
		tries++
	}
}

// read reads a share from where it has come to, until it ends.
func (t *transfer) read(ctx context.Context, file fetch.File, sh *share, body fetch.Body) error {
	at, _ := t.shares.room(sh, 0)
	if body == nil {
		var err error
		if body, err = t.src.Open(ctx, file, at-sh.overlap); err != nil {
			return err
		}
	}
	defer body.Close()
	if err := t.agrees(body); err != nil {
		return err
	}
	t.meter.open.Add(1)
	defer t.meter.open.Add(-1)
	if err := compare(body, t.out, at, sh.overlap); err != nil {
		if errors.Is(err, ErrForeign) {
			return errChanged // the note says that they were of this file
		}
		return err
	}
	sh.overlap = 0
	return t.copy(body, sh)
}

// copy writes a share to the part file.
func (t *transfer) copy(body fetch.Body, sh *share) error {
	buffer := make([]byte, bufferSize)
	for {
		n, err := body.Read(buffer)
		at, own := t.shares.room(sh, n)
		if _, err := t.out.WriteAt(buffer[:own], at); err != nil {
			return LocalError{err}
		}
		t.meter.done.Add(int64(own))
		last, end := t.shares.advance(sh, own)
		switch {
		case end && own < n, end && err == nil && grows(body):
			return errGrown
		case last:
			return nil
		case errors.Is(err, io.EOF) && t.shares.ended(sh):
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: %s ended after %d bytes", errBroken, t.place.Host.Join(t.place.Path), at+int64(own))
		case err != nil:
			return fmt.Errorf("%w: %w", errBroken, err)
		}
		if n > 0 {
			place := body.Place()
			t.meter.place.Store(&place)
		}
	}
}

// grows reports whether a file goes on behind its end, which a Fetcher says by an error. Reading the end leaves the
// connection of use.
func grows(body fetch.Body) bool {
	n, err := io.ReadFull(body, make([]byte, 1))
	return n > 0 || crawler.CauseOf(err) == index.Garbled
}

// agrees returns errChanged if a place that was opened has another file than the first place.
func (t *transfer) agrees(body fetch.Body) error {
	info, place := body.Info(), body.Place()
	t.meter.place.Store(&place)
	if info.Size != t.info.Size {
		return errChanged
	}
	if samePlace(place, t.place) || index.SameTime(info.Time, info.Precision, t.info.Time, t.info.Precision) {
		return nil
	}
	return errChanged
}

// compare reads the n bytes before at, which are there, and returns ErrForeign if the file has
// others there.
func compare(body io.Reader, there io.ReaderAt, at, n int64) error {
	if n == 0 {
		return nil
	}
	ours, theirs := make([]byte, n), make([]byte, n)
	if _, err := there.ReadAt(ours, at-n); err != nil {
		return LocalError{err}
	}
	if _, err := io.ReadFull(body, theirs); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	if !bytes.Equal(ours, theirs) {
		return fmt.Errorf("%w: its last bytes are others", ErrForeign)
	}
	return nil
}

// keepNoting brings the note up to date now and then, until stop is called and once then.
func (t *transfer) keepNoting(ctx context.Context) (stop func() error) {
	noting, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-noting.Done():
				return
			case <-time.After(noteEvery):
				if t.part.Sync() == nil {
					_ = t.record() // the next one may be written
				}
			}
		}
	}()
	return func() error {
		cancel()
		<-stopped
		return t.record()
	}
}

// record notes what is there. A span is noted after its bytes are written.
func (t *transfer) record() error {
	n := *t.part.note
	n.Done = nil
	for _, s := range t.shares.fetched() {
		n.Done = append(n.Done, [2]int64{s.start, s.end})
	}
	return t.part.keep(n)
}

func samePlace(a, b index.Place) bool { return a.Host == b.Host && a.Path == b.Path }
