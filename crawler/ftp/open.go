package ftp

import (
	"context"
	"fmt"
	"io"

	"trawl/index"
)

// Open reads a file from the offset on. It holds a lane until it is closed or
// read to its end.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	body, err := s.retrieve(ctx, p, offset)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	return body, nil
}

func (s *server) retrieve(ctx context.Context, p index.Path, offset int64) (*file, error) {
	if err := sendable(p); err != nil {
		return nil, err
	}
	l, err := s.lanes.get(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.startFile(ctx, l, p, offset)
	if err != nil {
		s.lanes.put(l)
		return nil, err
	}
	return &file{transfer: t, done: func() { s.lanes.put(l) }}, nil
}

// startFile starts RETR, from the offset on (RFC 3659 section 5).
func (s *server) startFile(ctx context.Context, l *lane, p index.Path, offset int64) (*transfer, error) {
	restart := func() error {
		if offset == 0 {
			return nil
		}
		r, err := l.ask(ctx, s.guest, fmt.Sprintf("REST %d", offset))
		if err == nil && r.code != 350 {
			err = r.failed("REST")
		}
		return err
	}
	return s.start(ctx, l, request{"I", "RETR " + s.wirePath(p), restart}, s.limits.Tree, false)
}

// file is a transfer that gives its lane back.
type file struct {
	*transfer
	done func()
}

// Close ends the transfer and gives the lane back. It may be called again.
func (f *file) Close() error {
	if f.done == nil {
		return nil
	}
	f.release()
	f.done()
	f.done = nil
	return nil
}
