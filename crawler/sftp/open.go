package sftp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

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
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), sentinel(ctx, err))
	}
	return &file{server: s, path: p, handle: handle, at: uint64(max(offset, 0)), life: ctx}, nil
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
// (section 6.4).
const mostRead = 32 << 10

// file is a file on a server, read one request after the other.
type file struct {
	server *server
	path   index.Path
	handle string
	at     uint64          // where the next READ begins
	left   []byte          // of the last one
	life   context.Context //nolint:containedctx // that of Open: Read has no other
	closed bool
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

// more asks for the next bytes. At the end of the file the error is io.EOF.
func (f *file) more() error {
	call, done := f.server.traffic.call(f.life)
	defer done()
	span := binary.BigEndian.AppendUint64(nil, f.at)
	p, err := f.server.talk.ask(call, fxpRead, f.handle, binary.BigEndian.AppendUint32(span, mostRead)...)
	if err != nil {
		return err
	}
	if p.kind != fxpData {
		err := p.failure()
		if s, ok := errors.AsType[*status](err); ok && s.code == fxEOF {
			return io.EOF
		}
		return err
	}
	if f.left = p.rest.text(); len(f.left) == 0 {
		return io.EOF
	}
	f.at += uint64(len(f.left))
	return nil
}

// Close gives the handle back. It may be called again.
func (f *file) Close() error {
	if !f.closed {
		f.closed = true
		f.server.talk.close(f.life, f.handle)
	}
	return nil
}
