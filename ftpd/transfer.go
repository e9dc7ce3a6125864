package ftpd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/tree"
)

// transfer is the state of one transfer over a data connection, or of other work that takes long: the session reads
// commands meanwhile.
type transfer struct {
	task
	conn   atomic.Pointer[dtp.Conn] // nil until it is open
	wait   func()                   // called before the transfer waits for the client: from then on the session reads commands
	cancel context.CancelFunc
	began  time.Time
	over   chan struct{} // closed when its last reply is about to be sent
	done   chan struct{} // closed when nothing of it is left
}

// task is what a transfer does.
type task struct {
	label string // its name in replies
	begin string // the text of the reply with 150
	end   string // that of the reply with 226; "" is the usual one
	up    bool   // it receives
	brief bool   // it waits for the client only after wait: a file that the system's buffer takes whole, in the clear
	event Event  // of its end: Kind and Path
	// move moves the content; finish makes it count when the connection has ended well.
	move  func(context.Context, *dtp.Conn) (finish func() error, err error)
	close func() // called at the end, in any case
	waits func() // ends a Read of the content that waits for another host; nil if none does
	// ready returns when the first bytes of such a content are there, so that a failure is answered before 150; nil if it never
	// waits.
	ready func() error
}

// ended reports whether nothing of the transfer is left.
func (t *transfer) ended() bool { return closed(t.done) }

// closed reports whether a channel is closed.
func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// moved returns how many bytes have moved so far.
func (t *transfer) moved() int64 {
	if c := t.conn.Load(); c != nil {
		return c.Moved()
	}
	return 0
}

// awaitTransfer returns when no transfer is under way.
func (s *session) awaitTransfer() {
	if s.transfer == nil {
		return
	}
	_ = s.flush() // an error is met again when the next reply is sent
	<-s.transfer.done
	s.transfer = nil
}

// endTransfer aborts the transfer that is under way. It reports whether there was one.
func (s *session) endTransfer() bool {
	if s.transfer == nil {
		return false
	}
	under := !closed(s.transfer.over)
	s.transfer.cancel()
	<-s.transfer.done
	s.transfer = nil
	return under
}

// start starts a transfer over the data connection that the client has set up. The
// transfer sends its replies itself.
func (s *session) start(ctx context.Context, k task) {
	open := s.data.Take()
	if open == nil {
		k.close()
		s.reply(425, noConnection)
		return
	}
	s.transferred = true
	k.event.User, k.event.ASCII = s.login.User, s.params.coding.ASCII
	pace := s.Guard.Pace(s.login.User, s.peer.Addr(), s.login.Limits)
	k.brief = k.brief && pace == nil && !s.data.Protected()
	s.work(ctx, k, func(ctx context.Context, t *transfer) (code int, text string) {
		code, text = s.run(ctx, t, open, pace)
		t.close()
		if code == 226 {
			text = cmp.Or(t.end, text)
		}
		return code, text
	})
}

// noConnection is the reply with 425 where no data connection was set up.
const noConnection = "Unable to build data connection: use EPSV, PASV, EPRT or PORT first"

// work lets do work while the session reads commands. The last reply is the one that do returns. A brief task is done at once, until it
// waits for the client: to start a goroutine for it costs as much as all else.
func (s *session) work(ctx context.Context, k task, do func(context.Context, *transfer) (code int, text string)) {
	ctx, cancel := context.WithCancel(ctx)
	t := &transfer{task: k, cancel: cancel, began: time.Now(), over: make(chan struct{}), done: make(chan struct{})}
	s.transfer = t
	s.course.begin(t)
	all := func() {
		defer close(t.done)
		defer cancel()
		code, text := do(ctx, t)
		close(t.over)
		s.reply(code, text)
		s.course.end()
		_ = s.flush() // the session meets the error when it reads
	}
	if !k.brief {
		t.wait = func() {}
		go all()
		return
	}
	next, _ := iter.Pull(func(yield func(struct{}) bool) {
		t.wait = sync.OnceFunc(func() { yield(struct{}{}) })
		all()
	})
	if _, waits := next(); waits {
		go next()
	}
}

// stranger reports that someone else came to the data connection of the transfer that is under way.
func (s *session) stranger(from netip.AddrPort) {
	s.event(Event{Kind: Stranger, User: s.course.current().event.User, Reason: from.String()})
}

// run does one transfer. It returns the reply that ends it.
func (s *session) run(ctx context.Context, t *transfer, open dtp.Opener, pace dtp.Pace) (code int, text string) {
	start := time.Now()
	conn, err := open(ctx, t.wait)
	if err != nil {
		s.log.Debug("no data connection", "err", err)
		if ctx.Err() != nil {
			return 426, aborted
		}
		return 425, "Unable to build data connection: nobody could be reached"
	}
	t.conn.Store(conn)
	if err := t.prepare(ctx); err != nil {
		conn.Abort()
		if ctx.Err() != nil {
			return 426, aborted
		}
		s.log.Debug("not begun", "path", t.event.Path, "err", err)
		return verdict(err)
	}
	s.reply(150, t.begin)
	if err := s.flush(); err != nil { // before the content: aria2 waits for a reply with 226 that came together with 150
		conn.Abort()
		return 426, "The control connection was lost"
	}
	stop := context.AfterFunc(ctx, func() {
		conn.Abort()
		if t.waits != nil {
			t.waits()
		}
	})
	err = s.carry(ctx, t, conn, pace)
	if !stop() && err != nil {
		err = context.Cause(ctx)
	}
	e := t.event
	e.Bytes, e.Took, e.Whole = conn.Moved(), time.Since(start), err == nil
	if err != nil {
		conn.Abort()
		e.Reason = err.Error()
	}
	s.event(e)
	return outcome(ctx, err)
}

// prepare waits until the content has come from another host, if it does.
func (t *transfer) prepare(ctx context.Context) error {
	if t.ready == nil {
		return nil
	}
	defer context.AfterFunc(ctx, t.waits)()
	return t.ready()
}

// carry moves the content of a transfer and ends its data connection.
func (s *session) carry(ctx context.Context, t *transfer, conn *dtp.Conn, pace dtp.Pace) error {
	if err := conn.Start(ctx, t.up, pace); err != nil {
		return err
	}
	finish, err := t.move(ctx, conn)
	if err != nil {
		return err
	}
	if err := conn.Finish(t.wait); err != nil {
		return err
	}
	if t.up && (ctx.Err() != nil || !s.alive()) {
		return errGone
	}
	return finish()
}

// errGone is the error of an upload whose client has closed the control connection: it may have died.
var errGone = errors.New("the control connection ended during the upload")

// aborted is the reply with 426 to a transfer that the client, the operator or a shutdown ended.
const aborted = "Transfer aborted. Data connection closed."

// outcome returns the reply that ends a transfer.
func outcome(ctx context.Context, err error) (code int, text string) {
	var network net.Error
	var form dtp.FormError
	switch {
	case err == nil:
		return 226, "Transfer complete"
	case ctx.Err() != nil:
		return 426, aborted
	case errors.Is(err, dtp.ErrNoResume):
		return 522, "The data connection must resume the TLS session of the control connection: use a single connection, or a host with resume = false"
	case errors.Is(err, dtp.ErrNoTLS):
		return 522, "TLS did not come about on the data connection"
	case errors.Is(err, dtp.ErrNoEnd):
		return 426, dtp.ErrNoEnd.Error()
	case errors.As(err, &form):
		return 451, form.Error()
	case errors.Is(err, errPiece):
		return 426, "Transfer aborted: " + err.Error()
	case errors.Is(err, dtp.ErrCut):
		return 426, "The data connection was cut: this is not the whole"
	case errors.Is(err, dtp.ErrCorrupt), errors.Is(err, errShort), errors.Is(err, errGone):
		return 451, err.Error()
	case errors.Is(err, tree.ErrQuota), errors.Is(err, tree.ErrFull), errors.Is(err, errLong):
		return verdict(err)
	case tree.Sentence(err) != "":
		return afterBegin(verdict(err))
	case errors.As(err, &network):
		return 426, "The data connection was lost or stood still"
	default:
		if code, text := verdict(err); code != 550 || text != unknownFault {
			return code, text
		}
		return 451, "It could not be read or written to its end"
	}
}

// afterBegin returns the reply to an error of a mount that came after 150: 550 only where a later try is of no use.
func afterBegin(code int, text string) (int, string) {
	if code == 550 {
		return code, text
	}
	return 451, text
}

// done is the finish of a task that has nothing to make count.
func done() error { return nil }

// send starts a transfer to the client, in the coding that it has chosen.
func (s *session) send(ctx context.Context, k task, write func(io.Writer) error) {
	coding := s.params.coding
	k.event.Kind = Sent
	k.move = func(_ context.Context, c *dtp.Conn) (func() error, error) {
		if coding.Plain() {
			return done, write(c)
		}
		return done, encode(c, coding.Writer, func(w io.Writer) error { return write(c.CodedWriter(w)) })
	}
	s.start(ctx, k)
}

// encode sends what write writes, in the coding that a writer puts it in. Only what is whole gets an end.
func encode(c *dtp.Conn, writer func(io.Writer) io.WriteCloser, write func(io.Writer) error) error {
	held := bufio.NewWriterSize(c, 32<<10)
	w := writer(held)
	if err := write(w); err != nil {
		return err
	}
	return cmp.Or(w.Close(), held.Flush())
}

// cmdAbor ends the transfer that is under way (RFC 959 section 4.1.3). The commands that wait for it came before ABOR, so
// their replies do, too. A transfer that has just ended by itself gets the same reply.
func cmdAbor(ctx context.Context, s *session, _ string) {
	under := false
	for s.transfer != nil {
		under = s.endTransfer() || under
		s.answerHeld(ctx)
	}
	s.data.Drop()
	if under || s.transferred {
		s.transferred = false
		s.reply(226, "Abort successful")
		return
	}
	s.reply(225, "No transfer to abort.")
}

// inBytes is a number of bytes in a reply: "3 bytes".
func inBytes(n int64) string { return strconv.FormatInt(n, 10) + " bytes" }
