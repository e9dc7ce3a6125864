package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"

	"trawl/ftpd/tree"
)

// reading is a file that is open to be read. A file that cannot be read at any place is read in its order.
type reading struct {
	fs.File
	at    io.ReaderAt // nil: only in order
	pos   int64       // where the next Read begins, if at is nil
	size  int64       // when it was opened, or tree.UnknownSize
	end   int64       // of a file of a mount, which need not bear to be read behind it; endless if it is not known
	asked bool
	whole bool // it was read to its end

	mounted bool
}

// endless is behind all that is read.
const endless = math.MaxInt64

// readAt reads as io.ReaderAt does. Clients ask for more than there is before they know the end.
func (r *reading) readAt(b []byte, off int64) (int, error) {
	if off > r.end {
		return 0, io.EOF
	}
	n, err := r.readFrom(b, off)
	if errors.Is(err, io.EOF) && r.mounted {
		r.end = min(r.end, off+int64(n))
	}
	return n, err
}

// readFrom reads from an offset on.
func (r *reading) readFrom(b []byte, off int64) (int, error) {
	if r.at != nil {
		return r.at.ReadAt(b, off) //nolint:wrapcheck // io.EOF as it is
	}
	if s, ok := r.File.(io.Seeker); ok && off != r.pos {
		pos, err := s.Seek(off, io.SeekStart)
		if err != nil {
			return 0, err //nolint:wrapcheck // of the file
		}
		r.pos = pos
	}
	if off < r.pos {
		return 0, errUnsupported
	}
	n, err := io.CopyN(io.Discard, r.File, off-r.pos)
	r.pos += n
	if err != nil {
		return 0, err //nolint:wrapcheck // io.EOF as it is
	}
	m, err := io.ReadFull(r.File, b)
	r.pos += int64(m)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return m, err //nolint:wrapcheck // as above
}

// readWith is readAt; the end of ctx ends a read that waits for another host.
func (r *reading) readWith(ctx context.Context, b []byte, off int64) (int, error) {
	if tree.Waits(r.File) {
		defer context.AfterFunc(ctx, func() { tree.Interrupt(r.File) })()
	}
	return r.readAt(b, off)
}

// read answers with some bytes of a file. The answer is as long as was asked for, but at the end of the file: there are clients
// to which less is the end.
func read(ctx context.Context, c *channel, id uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil || h.dir != nil {
		return errHandle
	}
	off, want := int64(a.q), int(min(a.u, maxData))
	if off < 0 {
		return io.EOF
	}
	const head = 13 // length, type, id, length of the data
	b := slices.Grow(c.buf[:0], head+want)[:head+want]
	c.buf = b
	var n int
	var err error
	switch {
	case h.reading != nil:
		n, err = h.reading.readWith(ctx, b[head:], off)
		h.reading.asked = true
		h.reading.whole = h.reading.whole || errors.Is(err, io.EOF) || err == nil && h.reading.size >= 0 && off+int64(n) >= h.reading.size
	default:
		n, err = h.writing.readAt(b[head:], off)
	}
	if n == 0 && want > 0 {
		return err
	}
	if err := c.paced(ctx, n, false); err != nil {
		return err
	}
	h.transfer.moved.Add(int64(n))
	b = b[:head+n]
	binary.BigEndian.PutUint32(b, uint32(head-4+n))
	b[4] = fxpData
	binary.BigEndian.PutUint32(b[5:], id)
	binary.BigEndian.PutUint32(b[9:], uint32(n))
	_, _ = c.out.Write(b) // an error is met again by flush
	return errDone
}

// paced waits until n bytes may be sent, or received if up is set.
func (s *session) paced(ctx context.Context, n int, up bool) error {
	piece := s.pace.Piece(up)
	if piece == 0 {
		return nil
	}
	for n > 0 {
		m := min(n, piece)
		if err := s.pace.Wait(ctx, m, up); err != nil {
			return err //nolint:wrapcheck // of the session
		}
		s.activity.Touch()
		n -= m
	}
	return nil
}
