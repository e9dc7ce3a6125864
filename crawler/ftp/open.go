package ftp

import (
	"context"
	"fmt"
	"io"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// Open reads a file from the offset on. The file has a connection of its own until it
// is closed.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	body, err := s.retrieve(ctx, p, offset, span{s.limits.File, forever})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	return body, nil
}

// forever is longer than any file takes: its reader watches over it.
const forever = 10 * 365 * 24 * time.Hour

// fewReads is the number of files that are read before the server is tested, once, for
// accepting the next EPSV behind a RETR. The test takes as long as one file.
const fewReads = 4

func (s *server) retrieve(ctx context.Context, p index.Path, offset int64, most span) (*file, error) {
	if err := sendable(p); err != nil {
		return nil, err
	}
	if s.reads.Add(1) == fewReads+1 {
		_ = s.tryOut(ctx) // what fails costs a round trip for each file
	}
	l, err := s.connections.get(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.fetch(ctx, l, s.wirePath(p), offset, most)
	if err != nil {
		s.connections.put(l)
		return nil, err
	}
	return &file{transfer: t, done: func() { s.connections.put(l) }}, nil
}

// fetch sends RETR, behind REST (RFC 3659 section 5) if the file is not read from its
// beginning, and opens the data connection as for a listing.
func (s *server) fetch(ctx context.Context, l *connection, name string, offset int64, most span) (*transfer, error) {
	what := request{kind: "I", command: "RETR " + name}
	t, err := s.arrange(ctx, l, what)
	if err != nil {
		return nil, err
	}
	if offset > 0 {
		err = s.restart(ctx, l, offset)
	}
	if err == nil {
		err = s.command(ctx, t, what.command, s.able().ahead)
	}
	if err == nil {
		err = s.accepted(t)
	}
	if err == nil {
		err = s.secure(ctx, t, most)
	}
	if err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// restart says from which byte on the next file is sent.
func (s *server) restart(ctx context.Context, l *connection, offset int64) error {
	r, err := l.ask(ctx, s.pacer, fmt.Sprintf("REST %d", offset))
	switch {
	case err != nil:
		return err
	case r.code == 350:
		s.learn(func(_ *index.Known, can *abilities) { can.restart = yes })
		return nil
	case r.code/100 == 4:
		return r.failed("REST")
	}
	s.learn(func(_ *index.Known, can *abilities) { can.restart = no })
	return &turned{crawler.ErrNoRestart, "REST", r, ""}
}

// file is a transfer that gives its connection back.
type file struct {
	*transfer
	done func()
}

// Close ends the transfer and gives the connection back. It may be called again.
func (f *file) Close() error {
	if f.done == nil {
		return nil
	}
	f.release()
	f.done()
	f.done = nil
	return nil
}
