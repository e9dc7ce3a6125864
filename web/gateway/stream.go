package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// The sizes of what is written at once. A write must end before the visitor counts as stuck, so that one who is slow
// gets small ones.
const (
	leastWrite = 8 << 10
	mostWrite  = 128 << 10
	quickWrite = 100 * time.Millisecond // after which the next write is larger
	slowWrite  = 2 * time.Second        // after which it is smaller
	pause      = 200 * time.Millisecond // of the host, before which what is buffered is sent
)

// stream sends bytes to a visitor.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	rates   []*rate.Limiter
	stall   time.Duration
	step    int
}

func newStream(w http.ResponseWriter, v *visit, stall time.Duration) *stream {
	return &stream{w: w, control: http.NewResponseController(w), rates: v.rates, stall: stall, step: 4 * leastWrite}
}

// chunk is what one read gave.
type chunk struct {
	bytes []byte
	err   error
}

// send sends what was read before and then what body holds, length bytes in all; index.UnknownSize is up to its end. It
// reads ahead while it writes, and closes body. The error of a body that ends early is io.ErrUnexpectedEOF. If the end is
// that of the file, the last bytes are sent once the host has ended it too: a visitor who has all bytes does not see that
// there are more.
func (s *stream) send(ctx context.Context, first []byte, body io.ReadCloser, length int64, toEnd bool) error {
	chunks, stop := readAhead(body)
	defer stop()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	sent := int64(0)
	next := chunk{bytes: first}
	for {
		if length >= 0 {
			next.bytes = next.bytes[:min(int64(len(next.bytes)), length-sent)]
		}
		if toEnd && length > 0 && sent+int64(len(next.bytes)) == length && next.err == nil {
			if err := atEnd(chunks); err != nil {
				return err
			}
		}
		if err := s.write(ctx, next.bytes); err != nil {
			return err
		}
		sent += int64(len(next.bytes))
		switch {
		case sent == length:
			return nil
		case errors.Is(next.err, io.EOF) && length >= 0:
			return io.ErrUnexpectedEOF
		case errors.Is(next.err, io.EOF):
			return nil
		case next.err != nil:
			return next.err
		}
		timer.Reset(pause)
		select {
		case next = <-chunks:
			continue
		case <-timer.C:
		}
		if err := s.flush(); err != nil {
			return err
		}
		s.step = min(s.step, 4*leastWrite)
		next = <-chunks
	}
}

// errMore says that a host sends more than it said.
var errMore = errors.New("the host sends more bytes than it said")

// endWait is for how long the end of a file is waited for, when all its bytes are there.
const endWait = time.Second

// atEnd waits for the end of a file of which all bytes are there. The chunk that was received last stays valid.
func atEnd(chunks <-chan chunk) error {
	select {
	case more := <-chunks:
		switch {
		case len(more.bytes) > 0:
			return errMore
		case errors.Is(more.err, io.EOF):
			return nil
		}
		return more.err
	case <-time.After(endWait):
		return nil
	}
}

// readAhead reads a body in a goroutine of its own, a chunk ahead of the one that was received last. Chunks are valid until
// the next one is received. stop closes the body and waits for the goroutine.
func readAhead(body io.ReadCloser) (chunks <-chan chunk, stop func()) {
	out, done, ended := make(chan chunk), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		bufs := [2][]byte{}
		for i := 0; ; i++ {
			buf := &bufs[i%len(bufs)]
			if *buf == nil {
				*buf = make([]byte, mostWrite)
			}
			n, err := body.Read(*buf)
			select {
			case out <- chunk{(*buf)[:n], err}:
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out, func() {
		close(done)
		body.Close()
		<-ended
	}
}

// flush sends what is buffered, since the host pauses.
func (s *stream) flush() error {
	err := s.control.Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// write sends bytes as fast as the limits and the visitor allow.
func (s *stream) write(ctx context.Context, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), s.step)
		for _, limiter := range s.rates {
			n = min(n, limiter.Burst())
		}
		for _, limiter := range s.rates {
			if err := limiter.WaitN(ctx, n); err != nil {
				return err
			}
		}
		began := time.Now()
		if err := s.control.SetWriteDeadline(began.Add(s.stall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := s.w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
		switch took := time.Since(began); {
		case took > slowWrite:
			s.step = max(s.step/2, leastWrite)
		case took < quickWrite:
			s.step = min(s.step*2, mostWrite)
		}
	}
	return nil
}
