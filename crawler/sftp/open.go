package sftp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"trawl/crawler"
	"trawl/index"
)

// Open reads a file from the offset on, until ctx is done.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	answer, err := s.askOpen(ctx, p)
	var handle string
	if err == nil {
		handle, err = answer.handle()
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), ofFile(ctx, err))
	}
	s.files.Add(1)
	return &file{
		server: s, path: p, handle: handle, at: uint64(max(offset, 0)), size: mostRead, width: fewReads, life: ctx,
	}, nil
}

// ofFile is sentinel for a file: one that is not there is a crawler.ErrAbsent.
func ofFile(ctx context.Context, err error) error {
	if errors.Is(err, fs.ErrNotExist) && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", crawler.ErrAbsent, err)
	}
	return sentinel(ctx, err)
}

// askOpen sends OPEN. That of the root, which should be a directory, is optional.
func (s *server) askOpen(ctx context.Context, p index.Path) (packet, error) {
	if p == s.host.ID.Root() {
		return s.ask(ctx, open, string(p), readOnly()...)
	}
	if err := s.pacer.Command(ctx); err != nil {
		return packet{}, err
	}
	call, done := s.traffic.call(ctx)
	defer done()
	return s.talk.ask(call, fxpOpen, string(p), readOnly()...)
}

// readOnly returns the fields of OPEN after the path: to read it, without attributes.
func readOnly() []byte { return []byte{0, 0, 0, openRead, 0, 0, 0, 0} }

// mostRead is how many bytes of a file are asked for at once: what each server can give
// (section 6.4). A file begins with fewReads of them under way, and has up to mostReads once it
// proves long: 2 MiB, as much as the window of the channel. So that many bytes of a file are held
// at most, if nobody reads them.
const (
	mostRead  = 32 << 10
	fewReads  = 2
	mostReads = 64
)

// file is a file on a server, with READs sent ahead of what is read.
type file struct {
	server *server
	path   index.Path
	handle string
	sent   []readAhead // under way, in the order of the file
	at     uint64      // where the next READ begins
	size   uint32      // bytes that it asks for
	width  int         // how many may be under way
	left   []byte      // of the last answer
	closed bool

	life context.Context //nolint:containedctx // that of Open: Read has no other
}

// readAhead is a READ that is under way.
type readAhead struct {
	request

	at   uint64
	size uint32
}

var _ io.ReadCloser = (*file)(nil)

func (f *file) Read(b []byte) (int, error) {
	if err := f.life.Err(); err != nil {
		return 0, err
	}
	if len(f.left) == 0 && len(b) > 0 {
		err := f.more()
		if errors.Is(err, io.EOF) {
			return 0, err
		}
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", index.Visible(string(f.path)), sentinel(f.life, err))
		}
	}
	n := copy(b, f.left)
	f.left = f.left[n:]
	return n, nil
}

// more takes the next bytes, and asks for some that follow. At the end of the file the error
// is io.EOF.
func (f *file) more() error {
	call, done := f.server.traffic.call(f.life)
	defer done()
	for len(f.sent) < f.width {
		r, err := f.ask(call, f.at, f.size)
		if err != nil {
			return err
		}
		f.at += uint64(f.size)
		f.sent = append(f.sent, r)
	}
	r := f.sent[0]
	p, err := f.server.talk.wait(call, r.request)
	if err != nil {
		return err
	}
	f.sent = f.sent[1:]
	if p.kind != fxpData {
		err := p.failure()
		if s, ok := errors.AsType[*status](err); ok && s.code == fxEOF {
			return io.EOF
		}
		return err
	}
	f.left = p.rest.text()
	switch n := uint32(len(f.left)); {
	case n == 0:
		return io.EOF
	case n > r.size:
		return fmt.Errorf("%w: %d bytes for %d", crawler.ErrBroken, n, r.size)
	case n < r.size:
		return f.short(call, r, n)
	}
	f.width = min(f.width+1, mostReads)
	return nil
}

// short asks for the rest of an answer that was shorter than what was asked for: the file ends
// there, or the server gives no more at once.
func (f *file) short(ctx context.Context, r readAhead, n uint32) error {
	rest, err := f.ask(ctx, r.at+uint64(n), r.size-n)
	if err != nil {
		return err
	}
	f.sent = slices.Insert(f.sent, 0, rest)
	if r.size == f.size { // from now on ask for what it gives
		f.size = max(n, 1<<10)
	}
	return nil
}

// ask sends a READ.
func (f *file) ask(ctx context.Context, at uint64, size uint32) (readAhead, error) {
	span := binary.BigEndian.AppendUint64(nil, at)
	r, err := f.server.talk.sendFree(ctx, fxpRead, f.handle, binary.BigEndian.AppendUint32(span, size)...)
	return readAhead{r, at, size}, err
}

// Close gives the handle back. It may be called again.
func (f *file) Close() error {
	if !f.closed {
		f.closed = true
		f.server.files.Add(-1)
		for _, r := range f.sent {
			f.server.talk.forget(r.request)
		}
		f.server.talk.close(f.life, f.handle)
	}
	return nil
}
