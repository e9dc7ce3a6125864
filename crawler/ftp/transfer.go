package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"trawl/crawler"
	"trawl/index"
)

// errCut is wrapped by the error of a transfer that the server calls truncated.
var errCut = errors.New("the server cuts its listings")

// transfer reads the answer to a command from its data connection. It ends with io.EOF
// only after the server has said that it sent everything.
type transfer struct {
	connection *connection
	verb       string
	open       func(context.Context) (net.Conn, error) // the data connection, once the command is under way
	wire       *wire                                   // the data connection; its Conn is nil until it is open
	data       io.ReadCloser                           // the bytes that come over it
	pace       func(n int) error
	last       func() (reply, error) // reads the last reply, on how it ended
	ahead      bool                  // EPSV was sent behind the command
	stop       func() bool
	err        error // how it ended
}

// request is a command that transfers.
type request struct {
	kind    string // TYPE: "A" or "I"
	command string // "LIST /pub"
}

// start sends a command on a connection that is not shared and opens its data
// connection, from which at most limit bytes are read. With ahead it asks for the next
// data connection at once.
func (s *server) start(ctx context.Context, l *connection, what request, limit int64, ahead bool) (*transfer, error) {
	t, err := s.arrange(ctx, l, what)
	if err != nil {
		return nil, err
	}
	if err = s.command(ctx, t, what.command, ahead); err == nil {
		err = s.accepted(t)
	}
	if err == nil {
		err = s.secure(ctx, t, limit)
	}
	if err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// command sends the command of a transfer and opens its data connection. With ahead it
// sends the EPSV of the next transfer along, where data connections are opened so.
func (s *server) command(ctx context.Context, t *transfer, command string, ahead bool) error {
	commands := []string{command}
	if can := s.able(); ahead && can.passive == "EPSV" && !can.announce {
		commands = append(commands, "EPSV")
		t.ahead = true
	}
	for range commands {
		if err := s.pacer.Command(ctx); err != nil {
			return err
		}
	}
	if err := t.connection.send(commands...); err != nil {
		return err
	}
	return s.attach(ctx, t)
}

// arrange sets the type of a transfer and agrees on its data connection.
func (s *server) arrange(ctx context.Context, l *connection, what request) (*transfer, error) {
	verb, _, _ := strings.Cut(what.command, " ")
	t := &transfer{connection: l, verb: verb, wire: &wire{silence: s.limits.Silence}, last: l.reply}
	t.data = t.wire
	t.pace = func(n int) error { return s.pacer.Bytes(ctx, n) }
	t.stop = context.AfterFunc(ctx, l.kill)
	if l.kind != what.kind {
		if _, err := l.ask(ctx, s.pacer, "TYPE "+what.kind); err != nil {
			return nil, t.fail(err)
		}
		l.kind = what.kind
	}
	var err error
	if t.open, t.wire.Conn, err = s.prepare(ctx, l, what.command); err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// attach opens the data connection of a command that is under way, unless it is open.
func (s *server) attach(ctx context.Context, t *transfer) error {
	if t.wire.Conn == nil {
		conn, err := t.open(ctx)
		if err != nil {
			return s.unopened(t, err)
		}
		t.wire.Conn = conn
	}
	control, conn := t.stop, t.wire.Conn
	data := context.AfterFunc(ctx, func() { conn.Close() })
	t.stop = func() bool { data(); return control() }
	return nil
}

// unopened returns why there is no data connection for a command that is under way: a
// server that refuses the command closes its port at once.
func (s *server) unopened(t *transfer, err error) error {
	if r, lost := t.connection.reply(); lost == nil && r.code/100 > 3 && r.code != 425 {
		if t.ahead {
			t.connection.follow()
		}
		return r.failed(t.verb)
	}
	t.connection.kill()
	s.learn(func(_ *index.Known, can *abilities) { can.passive = "" })
	return fmt.Errorf("%w: data connection: %w", crawler.ErrGone, err)
}

// accepted reads the reply to the command.
func (s *server) accepted(t *transfer) error {
	if half, ok := t.wire.Conn.(*net.TCPConn); ok && s.lingers(t) {
		_ = half.CloseWrite() // a courtesy: without it the listing comes as well, only later
	}
	r, err := t.connection.reply()
	switch {
	case err != nil:
		return err
	case r.ok(): // the last reply came before the data
		t.last = func() (reply, error) { return r, nil }
	case r.code/100 != 1:
		_ = t.wire.Close()
		if t.ahead {
			t.connection.follow()
		}
		return r.failed(t.verb)
	}
	return nil
}

// secure makes the data connection of an accepted command ready to be read: encrypted
// if the control connection is, and bounded to limit bytes.
func (s *server) secure(ctx context.Context, t *transfer, limit int64) error {
	if t.connection.sessions != nil {
		secure, err := s.handshake(ctx, t.wire.Conn, held{t.connection.sessions})
		if err != nil {
			t.connection.kill()
			return err
		}
		t.wire.Conn = secure
	}
	t.wire.allow(limit, s.limits.Watchdog+s.limits.Silence) // a listing ends before, with its context
	return nil
}

// lingers reports whether the server waits, for a round trip, until our end of the data
// connection is closed, before it says that it sent everything. ProFTPD does, and
// accepts an end that is closed from the beginning. TLS needs both ends open.
func (s *server) lingers(t *transfer) bool {
	return t.connection.sessions == nil && t.verb != "RETR" && s.runs("proftpd")
}

// fail ends the transfer with an error.
func (t *transfer) fail(err error) error {
	t.stop()
	t.data.Close()
	t.err = err
	return err
}

func (t *transfer) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := readPaced(t.data, p, t.pace)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		err = t.complete()
	default:
		err = t.connection.lost(err)
	}
	_ = t.fail(err)
	return n, err
}

// readPaced reads and then waits for the pace. The error is that of reading, or else that of
// waiting.
func readPaced(from io.Reader, p []byte, pace func(n int) error) (int, error) {
	n, err := from.Read(p)
	if n > 0 {
		if slow := pace(n); slow != nil && err == nil {
			err = slow
		}
	}
	return n, err
}

// complete reads the last reply to the transfer and returns io.EOF if it succeeded.
func (t *transfer) complete() error {
	t.data.Close() // some servers wait for it before they answer
	r, err := t.last()
	if err != nil {
		return err
	}
	if r.code == 229 { // the answer to the EPSV behind: the transfer was forgotten
		t.connection.kill()
		return fmt.Errorf("%w: %s dropped for the next", crawler.ErrGone, t.verb)
	}
	if t.ahead {
		t.connection.follow()
	}
	switch {
	case !r.ok():
		return r.failed(t.verb)
	case r.says("truncat"):
		return fmt.Errorf("%w: %d %s", errCut, r.code, index.Visible(r.last()))
	}
	return io.EOF
}

// release gives up a transfer that has not ended, which kills its connection.
func (t *transfer) release() {
	if t.err == nil {
		t.connection.kill()
		_ = t.fail(errClosed)
	}
}

// follow reads the reply to the EPSV that was sent ahead.
func (l *connection) follow() {
	l.next = ""
	if r, err := l.answer(); err == nil {
		l.follows(r)
	}
}

// follows keeps the address in the reply to an EPSV that was sent ahead.
func (l *connection) follows(r reply) {
	if l.next = ""; r.ok() {
		l.next = extendedPort(r.text)
	}
}
