package ftp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"

	jlaffaye "github.com/jlaffaye/ftp"

	"trawl/index"
)

// Open reads a file from the offset on. It holds a connection until it is closed or
// read to its end.
func (s *server) Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	body, err := s.retrieve(ctx, p, offset)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", index.Visible(string(p)), err)
	}
	return body, nil
}

// fewReads is the number of files that are read before the server is tested, once, for
// accepting the next EPSV behind a RETR. The test takes as long as one file.
const fewReads = 4

func (s *server) retrieve(ctx context.Context, p index.Path, offset int64) (*file, error) {
	if err := sendable(p); err != nil {
		return nil, err
	}
	if s.reads.Add(1) == fewReads+1 {
		_ = s.tryOut(ctx) // its failure costs a round trip for each file
	}
	l, err := s.connections.get(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.fetch(ctx, l, s.wirePath(p), offset)
	if err != nil {
		s.connections.put(l)
		return nil, err
	}
	return &file{transfer: t, done: func() { s.connections.put(l) }}, nil
}

// fetch lets jlaffaye/ftp fetch a file. The connection is lent to it as its control connection,
// and it gets a data connection that was opened as for a listing.
func (s *server) fetch(ctx context.Context, l *connection, name string, offset int64) (*transfer, error) {
	t, err := s.arrange(ctx, l, request{"I", "RETR " + name})
	if err != nil {
		return nil, err
	}
	lent := &loan{Conn: l.wire, hear: l.reply, unread: "220 Lent.\r\n"}
	lent.say = func(command string) error {
		if command == "RETR "+name {
			return s.command(ctx, t, command, s.able().ahead)
		}
		err := s.pacer.Command(ctx)
		if err == nil {
			err = l.send(command)
		}
		return err
	}
	conns := []net.Conn{lent, t.wire}
	client, err := jlaffaye.Dial(address(s.id), jlaffaye.DialWithDialFunc(func(string, string) (net.Conn, error) {
		next := conns[0]
		conns = conns[1:]
		return next, nil
	}))
	var body *jlaffaye.Response
	if err == nil {
		body, err = client.RetrFrom(name, uint64(offset))
	}
	if err != nil {
		if lent.err == nil && t.ahead {
			l.follow()
		}
		return nil, t.fail(lent.failure())
	}
	if err := s.secure(ctx, t, s.limits.Tree); err != nil {
		return nil, t.fail(err)
	}
	t.data, t.last = body, lent.last
	return t, nil
}

// loan is a connection in the form that jlaffaye/ftp needs. The greeting and the port of the
// data connection are made up, since both are already done. All other commands go to the
// server. The client reads the codes of the replies; the replies themselves are kept.
type loan struct {
	net.Conn                            // of the connection
	say      func(command string) error // passes a command on
	hear     func() (reply, error)      // waits for the next reply
	said     []byte                     // a command that is not whole yet
	unread   string                     // text that the client has not read yet
	begun    bool                       // the data was announced
	reply    reply                      // the last one
	err      error                      // why no other follows
}

func (b *loan) Write(p []byte) (int, error) {
	b.said = append(b.said, p...)
	command, whole := bytes.CutSuffix(b.said, []byte("\r\n"))
	switch {
	case !whole: // long names come in pieces
		return len(p), nil
	case b.err != nil:
	case string(command) == "EPSV":
		b.unread = "229 Any (|||1|)\r\n"
	default:
		b.err = b.say(string(command))
	}
	b.said = nil
	return len(p), b.err
}

func (b *loan) Read(p []byte) (int, error) {
	if b.unread == "" && b.err == nil {
		b.reply, b.err = b.hear()
		b.unread = fmt.Sprintf("%03d \r\n", b.reply.code)
		if b.reply.ok() && !b.begun { // the last word came before the data
			b.unread = "150 \r\n" + b.unread
		}
		b.begun = b.begun || b.reply.code/100 == 1
	}
	if b.err != nil {
		return 0, b.err
	}
	n := copy(p, b.unread)
	b.unread = b.unread[n:]
	return n, nil
}

// last returns the last reply.
func (b *loan) last() (reply, error) { return b.reply, b.err }

// failure returns why the file could not be fetched.
func (b *loan) failure() error {
	if b.err != nil {
		return b.err
	}
	return b.reply.failed("RETR")
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
