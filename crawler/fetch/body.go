package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// body is a file under way; see Body.
type body struct {
	fetcher *Fetcher
	life    context.Context //nolint:containedctx // that of Open: Read has no other
	end     context.CancelCauseFunc
	unwatch func() bool // ends the watch over the context of Open
	file    File

	// Of the reader alone.
	at    int64     // the next byte
	size  int64     // of the whole file, or index.UnknownSize
	tail  []byte    // the last bytes that were handed over
	fresh bool      // bytes came since the last place was taken
	tried []int     // places in a row that gave nothing new; the last one is read now
	since time.Time // when the current stream was taken, at byte from
	from  int64
	turns int   // how often it went on at a place
	err   error // how it ended

	reading sync.Mutex // held by Read, and by Close while it ends what Read uses
	mu      sync.Mutex // guards the following
	current *stream    // nil if there is none, or if it made room for another fetch
	info    *Info      // of the first place
	place   index.Place
	closed  bool
}

var _ Body = (*body)(nil)

// Info returns what the first place that answered says of the whole file.
func (b *body) Info() Info {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *b.info
}

// Place returns the place that is read now, or was read last.
func (b *body) Place() index.Place {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.place
}

// tailSize is how many bytes the next place must repeat of those that the last one sent.
const tailSize = 4 << 10

// Read reads the next bytes, at another place if that is needed.
func (b *body) Read(p []byte) (int, error) {
	b.reading.Lock()
	defer b.reading.Unlock()
	for b.err == nil {
		if b.current == nil {
			b.err = b.goOn()
			continue
		}
		n, err := b.receive(p)
		if err == nil || n > 0 {
			b.pass(p[:n], err)
			return n, nil
		}
		if b.err = err; errors.Is(err, io.EOF) {
			break
		}
		if b.life.Err() != nil {
			b.err = context.Cause(b.life)
			break
		}
		b.err = b.resume(err)
	}
	return 0, b.err
}

// copySize is how many bytes are copied at once: fewer cost a large file time.
const copySize = 256 << 10

// WriteTo copies the rest of the file, so that io.Copy takes large steps.
func (b *body) WriteTo(w io.Writer) (total int64, err error) {
	p := make([]byte, copySize)
	for {
		n, err := b.Read(p)
		if n > 0 {
			written, failed := w.Write(p[:n])
			total += int64(written)
			if failed != nil {
				return total, failed
			}
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// receive reads from the current place, and holds what comes against the size.
func (b *body) receive(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case b.size != index.UnknownSize && b.at > b.size:
		return 0, io.EOF
	}
	n, err := b.current.Read(p)
	switch left := b.size - b.at; {
	case b.size == index.UnknownSize && errors.Is(err, io.EOF) && isShort(b.at+int64(n), b.file.Size):
		err = errShort
	case b.size == index.UnknownSize:
	case int64(n) > left:
		return int(left), errMore
	case err != nil && int64(n) == left: // all is there, whatever comes behind
		err = io.EOF
	case errors.Is(err, io.EOF):
		err = errShort
	}
	return n, err
}

// isShort reports whether a file of a host that says no size has ended before what the catalogue says, if it does. Some
// listings have sizes in blocks of 512 or 1024 bytes, so that the file may be a little smaller.
func isShort(got, listed int64) bool {
	const largest = 1 << 10
	return listed > 0 && got < listed && (listed%512 != 0 || got <= listed-largest)
}

// pass hands bytes over. The error that came with them comes again without them, unless it is
// the end.
func (b *body) pass(p []byte, err error) {
	b.at += int64(len(p))
	b.fresh = true
	if len(p) >= tailSize {
		b.tail = append(b.tail[:0], p[len(p)-tailSize:]...)
	} else {
		b.tail = append(b.tail, p...)
		b.tail = b.tail[max(0, len(b.tail)-tailSize):]
	}
	if slow := b.fetcher.pace(b.life, len(p)); slow != nil {
		b.err = slow
		return
	}
	switch {
	case errors.Is(err, io.EOF):
		b.err = io.EOF
	case err != nil && b.at == b.size: // more than all
		b.err = withCause(fmt.Errorf("read %s: %w", b.current.place.Host.Join(b.current.place.Path), err))
	case err != nil:
		b.err = b.resume(err)
	}
}

// mostTurns is how often a file goes on at a place: hosts may give a byte at a time.
const mostTurns = 100

// resume goes on at the next place after a failure, at the very byte. A place may be
// tried again once another byte has come.
func (b *body) resume(why error) error {
	failed := &failures{}
	last := b.tried[len(b.tried)-1]
	place := b.file.Places[last]
	b.fetcher.note(b.life, place, why)
	failed.add(place, why)
	b.drop()
	if b.turns++; errors.Is(why, errMore) || b.turns > mostTurns {
		return failed.inWords()
	}
	if b.fresh {
		b.tried = b.tried[:0]
	}
	b.fresh = false
	for i := range b.file.Places {
		next := (last + 1 + i) % len(b.file.Places)
		if slices.Contains(b.tried, next) || b.life.Err() != nil {
			continue
		}
		s, err := b.continueAt(b.file.Places[next])
		if err == nil {
			b.take(next, s)
			return nil
		}
		b.tried = append(b.tried, next)
		b.fetcher.note(b.life, b.file.Places[next], err)
		failed.add(b.file.Places[next], err)
	}
	if b.life.Err() != nil {
		return context.Cause(b.life)
	}
	return failed.inWords()
}

// continueAt opens a place at the byte that comes next. The place must repeat the bytes before
// it, so that a file of other content is not continued, nor that of a server which
// begins elsewhere than it says.
func (b *body) continueAt(place index.Place) (*stream, error) {
	from, info := b.at-int64(len(b.tail)), b.Info()
	check := func(fact crawler.Fact) error {
		if err := b.fetcher.same(b.life, b.file, place, fact); err != nil || b.at == 0 {
			return err
		}
		return unequal(info, fact)
	}
	s, err := b.fetcher.openAt(b.life, place, from, false, check)
	if errors.Is(err, crawler.ErrNoRestart) && from <= mostSkip {
		s, err = b.fetcher.openAt(b.life, place, from, true, check)
	}
	if err != nil {
		return nil, err
	}
	again := make([]byte, len(b.tail))
	if _, err = io.ReadFull(s, again); err == nil && !bytes.Equal(again, b.tail) {
		err = errOther
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// unequal returns an error if a place may hold another file than the first one: the sizes
// must be known and equal, and no times may differ.
func unequal(info Info, fact crawler.Fact) error {
	switch {
	case fact.Size == index.UnknownSize || info.Size == index.UnknownSize:
		return fmt.Errorf("%w: a size is unknown", errUnequal)
	case fact.Size != info.Size:
		return fmt.Errorf("%w: %d bytes there and %d here", errUnequal, info.Size, fact.Size)
	case fact.Precision == index.Second && info.Precision == index.Second && !fact.Time.Equal(info.Time):
		return fmt.Errorf("%w: it is of %s there and of %s here", errUnequal, info.Time, fact.Time)
	}
	return nil
}

// Close ends the transfer at once. It may be called again, also while Read waits.
func (b *body) Close() error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	b.unwatch()
	if !b.reading.TryLock() { // Read waits: it is cut off
		b.end(errClosed)
		b.reading.Lock()
	}
	defer b.reading.Unlock()
	if b.err == nil {
		b.err = errClosed
	}
	b.drop()
	b.end(errClosed)
	b.fetcher.hosts.dismiss(b)
	return nil
}
