package ftp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"trawl/crawler"
	"trawl/crawler/words"
	"trawl/index"
)

// errCut is wrapped by the error of a transfer that the server calls truncated.
var errCut = errors.New("the server cuts its listings")

// transfer reads the answer to a command from its data connection. It ends with io.EOF
// only after the server has said that it sent everything.
type transfer struct {
	server     *server
	connection *connection
	verb       string
	open       func(context.Context) (net.Conn, error) // the data connection, once the command is under way
	wire       *wire                                   // the data connection; its Conn is nil until it is open
	data       io.ReadCloser                           // the bytes that come over it
	pace       func(n int) error
	early      reply         // came before the data, and may be the last one
	nothing    bool          // the reply says that there is nothing to be sent
	first      bool          // a reply was there before the data
	ahead      bool          // EPSV was sent behind the command
	within     time.Duration // in which it must be accepted; 0 is as long as the server is given
	silence    time.Duration // how long bytes are waited for; likewise
	got        int64         // bytes so far
	ended      bool          // by the end of a line
	stop       func() bool
	err        error // how it ended
}

// request is a command that transfers.
type request struct {
	kind    string        // TYPE: "A" or "I"
	command string        // "LIST /pub"
	within  time.Duration // in which it must be accepted; 0 is as long as the server is given
}

// start sends a command on a connection that is not shared and opens its data
// connection, from which at most limit bytes are read. With ahead it asks for the next
// data connection at once.
func (s *server) start(ctx context.Context, l *connection, what request, limit int64, ahead bool) (*transfer, error) {
	t, err := s.arrange(ctx, l, what)
	if err != nil {
		return nil, err
	}
	if err = s.command(ctx, t, what.command, ahead); err == nil && !t.nothing {
		err = s.accepted(t)
	}
	if err == nil {
		err = s.secure(ctx, t, span{limit, s.limits.Watchdog + s.limits.Silence}) // a listing ends before, with its context
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
	t := &transfer{server: s, connection: l, within: what.within, verb: verbOf(what.command), wire: &wire{silence: s.limits.Silence}}
	t.data = t.wire
	t.pace = func(n int) error { return s.pacer.Bytes(ctx, n) }
	t.stop = context.AfterFunc(ctx, l.kill)
	if l.kind != what.kind && !s.hushed("TYPE") {
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
	if r, lost := t.connection.reply(2 * s.limits.Silence); lost == nil && r.code/100 > 3 && r.code != 425 {
		t.follow()
		return t.refused(r)
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
	r, err := t.connection.answerWithin(t.verb, cmp.Or(t.within, 2*s.limits.Silence))
	switch {
	case err != nil:
		return t.given(err)
	case r.ok() && t.verb != "RETR" && words.Of(r.text) == words.Empty:
		_ = t.wire.Close()
		t.follow()
		return t.refused(r)
	case r.ok(): // the last reply came before the data
		t.early = r
	case r.code/100 != 1:
		_ = t.wire.Close()
		t.follow()
		return t.refused(r)
	}
	return nil
}

// refused returns what a refusal of the command means. A directory that is empty is no error: there
// is nothing to be read.
func (t *transfer) refused(r reply) error {
	if t.verb == "RETR" || words.Of(r.text) != words.Empty {
		return r.failed(t.verb)
	}
	t.nothing, t.data = true, io.NopCloser(strings.NewReader(""))
	return nil
}

// given gives MLSD up, for LIST, if nothing came of it although it has not listed anything before.
func (t *transfer) given(err error) error {
	if t.verb != "MLSD" || t.server.able().mlsd || !silence(err) || !t.server.hush(t.verb, err) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", crawler.ErrBroken, t.verb, crawler.ErrSilent)
}

// follow reads the reply to the EPSV that was sent behind the command, if it was.
func (t *transfer) follow() {
	if t.ahead && !t.connection.dead.Load() {
		t.connection.follow()
	}
	t.ahead = false
}

// span bounds what is read of a data connection.
type span struct {
	bytes  int64
	within time.Duration
}

// secure makes the data connection of an accepted command ready to be read: encrypted
// if the control connection is, and bounded.
func (s *server) secure(ctx context.Context, t *transfer, most span) error {
	if t.nothing {
		return nil
	}
	if t.connection.sessions != nil {
		secure, err := s.handshake(ctx, t.wire.Conn, held{t.connection.sessions})
		if err != nil {
			t.connection.kill()
			return err
		}
		t.wire.Conn = secure
	}
	t.wire.allow(most.bytes, most.within)
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
	n, err := t.receive(p)
	if t.got += int64(n); n > 0 {
		t.ended = p[n-1] == '\n'
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF), t.ended && t.verb != "RETR" && errors.Is(err, syscall.ECONNRESET): // the last reply decides
		err = t.complete()
	default:
		err = t.given(t.connection.lost(err))
	}
	_ = t.fail(err)
	return n, err
}

// lull is how long nothing comes before the last reply is looked for: some servers say that they
// sent everything, and do not close the data connection.
const lull = 2 * time.Second

// receive reads data. Where nothing more comes the last reply is the end of a listing too, unless it
// came before the data, and says nothing of its end.
func (t *transfer) receive(p []byte) (n int, err error) {
	left, l := cmp.Or(t.silence, t.server.limits.Silence), t.connection
	if t.got == 0 && l.text.R.Buffered() > 0 { // is there no data yet, but a reply?
		t.wire.silence = 10 * time.Millisecond
		if n, err = readPaced(t.data, p, t.pace); !timedOut(err) {
			return n, err
		}
		t.first = true
	}
	for short, slice := min(lull, left/2), left; ; {
		if t.verb != "RETR" && t.ended && !t.first && !t.early.ok() {
			slice = short
		}
		t.wire.silence = min(slice, left)
		n, err = readPaced(t.data, p, t.pace)
		if left -= slice; n > 0 || !timedOut(err) || left <= 0 {
			return n, err
		}
		l.wire.allow(maxReply, time.Millisecond)
		if code, none := l.text.R.Peek(3); none == nil && string(code) != "229" { // that answers the EPSV behind
			if t.early, err = t.lastWithin(l.optional()); err == nil && !t.early.ok() {
				err = t.early.failed(t.verb)
			}
			return 0, cmp.Or(err, io.EOF)
		}
	}
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
	r, err := t.end()
	if err != nil {
		return err
	}
	if r.code == 229 { // the answer to the EPSV behind: the transfer was forgotten
		t.connection.kill()
		return fmt.Errorf("%w: %s dropped for the next", crawler.ErrGone, t.verb)
	}
	t.follow()
	switch {
	case r.code == 426 && t.ended && t.verb != "RETR" && t.again226():
		return io.EOF
	case !r.ok(), t.got == 0 && t.verb != "RETR" && words.Of(r.text) == words.Denied:
		return r.failed(t.verb)
	case r.says("truncat"):
		return fmt.Errorf("%w: %d %s", errCut, r.code, r.words())
	}
	if t.verb == "MLSD" {
		t.server.learn(func(_ *index.Known, can *abilities) { can.mlsd = true })
	}
	return io.EOF
}

// again226 reports whether a server that says that the transfer was broken off says next that it was
// not: some do when the data connection is closed too early for them.
func (t *transfer) again226() bool {
	t.early = reply{}
	r, err := t.later()
	return err == nil && r.ok()
}

// end returns the last reply to the transfer. A listing that came whole, and whose data connection
// was closed in order, is kept though nothing more is said: it ends with a line.
func (t *transfer) end() (reply, error) {
	s, l := t.server, t.connection
	whole := t.verb != "RETR" && !t.ahead && (t.got == 0 || t.ended)
	switch {
	case t.nothing:
		return reply{code: 226}, nil
	case t.early.ok():
		return t.later()
	case !whole:
		return t.lastWithin(2 * s.limits.Silence)
	case s.able().mute:
		return t.passOver()
	}
	r, err := t.lastWithin(l.optional())
	if !silence(err) {
		return r, err
	}
	s.learn(func(_ *index.Known, can *abilities) { can.mute = true })
	s.note("226: nothing is said at the end of a listing")
	return reply{code: 226}, nil
}

// later returns the last reply if one came before the data. If the reply to the transfer itself
// comes now, that one was left of a command before.
func (t *transfer) later() (reply, error) {
	const patience = 50 * time.Millisecond // what was sent before the data is there by now
	l := t.connection
	if t.ahead {
		return t.early, nil
	}
	l.wire.allow(maxReply, patience)
	if _, err := l.text.R.Peek(1); err != nil {
		return t.early, nil //nolint:nilerr // if the connection is lost the next command shows it
	}
	return t.lastWithin(2 * l.limits.Silence)
}

// lastWithin reads a reply, unless it says once more that the transfer begins.
func (t *transfer) lastWithin(within time.Duration) (r reply, err error) {
	for range strays {
		if r, err = t.connection.reply(within); err != nil || r.code/100 > 1 {
			return r, err
		}
	}
	return r, t.connection.lost(errAstray)
}

// passOver reads what comes before the reply to PWD, which is like no other: that is the last reply
// to the transfer, if there is any.
func (t *transfer) passOver() (reply, error) {
	done, l := reply{code: 226}, t.connection
	if !t.server.able().marks {
		l.kill()
		return done, nil
	}
	if err := l.send("PWD"); err != nil {
		return reply{}, err
	}
	for range strays {
		r, err := l.reply(l.optional())
		if err != nil || r.code == 257 {
			return done, err
		}
		done = r
	}
	return reply{}, l.lost(errAstray)
}

// release gives up a transfer that has not ended: it closes the data connection. The control
// connection is killed, unless the server says soon that the transfer has ended.
func (t *transfer) release() {
	if t.err != nil {
		return
	}
	t.data.Close()
	if !t.settle() {
		t.connection.kill()
	}
	_ = t.fail(errClosed)
}

// parting is how long the reply to a transfer that was given up is waited for, beside what
// replies took so far.
const parting = 300 * time.Millisecond

// settle reads the last reply to a transfer whose data connection was closed by us, and reports
// whether the connection is ready for the next command.
func (t *transfer) settle() bool {
	l := t.connection
	if t.verb != "RETR" || t.early.code != 0 || l.dead.Load() {
		return false
	}
	r, err := t.lastWithin(parting + min(2*l.slowest, 2*parting))
	if err != nil || r.code == 229 {
		return false
	}
	t.follow()
	return !l.dead.Load()
}

// follow reads the reply to the EPSV that was sent ahead.
func (l *connection) follow() {
	l.next = ""
	if r, err := l.answer("EPSV"); err == nil {
		l.follows(r)
	}
}

// follows keeps the address in the reply to an EPSV that was sent ahead.
func (l *connection) follows(r reply) {
	if l.next = ""; r.ok() {
		l.next = extendedPort(r.text)
	}
}
