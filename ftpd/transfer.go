package ftpd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// transfer is the state of one transfer over a data connection.
type transfer struct {
	label  string // its name in replies and logs
	sent   atomic.Int64
	cancel context.CancelFunc
	done   chan struct{}
}

func (t *transfer) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
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

// endTransfer aborts the transfer that is under way.
func (s *session) endTransfer() {
	if s.transfer != nil {
		s.transfer.cancel()
		<-s.transfer.done
		s.transfer = nil
	}
}

// payload is the content of a transfer.
type payload struct {
	label string // its name in replies and logs
	write func(w *dataConn) error
	close func() // called in any case
}

// send starts a transfer over the data connection that the client has set up. The
// transfer sends its replies itself.
func (s *session) send(ctx context.Context, p payload) {
	connect := s.dataConnector()
	if connect == nil {
		p.close()
		s.reply(425, "Use EPSV, PASV, EPRT or PORT first.")
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &transfer{label: p.label, cancel: cancel, done: make(chan struct{})}
	s.transfer = t
	s.update(func() { s.busy = true })
	go func() {
		defer close(t.done)
		defer cancel()
		code, text := s.run(ctx, t, connect, p)
		p.close()
		s.reply(code, text)
		_ = s.flush() // the session meets the error when it reads
		s.update(func() { s.busy = false })
	}()
}

// run does one transfer. It returns the reply that ends it.
func (s *session) run(ctx context.Context, t *transfer, connect connector, p payload) (code int, text string) {
	start := time.Now()
	conn, err := connect(ctx)
	if err != nil {
		s.log.Debug("no data connection", "err", err)
		return 425, "The data connection could not be opened."
	}
	s.reply(150, "Here comes "+p.label+".")
	if err := s.flush(); err != nil {
		conn.Close()
		return 426, "The control connection was lost."
	}
	stop := context.AfterFunc(ctx, func() { reset(conn) })
	w := &dataConn{TCPConn: conn, stall: s.Stall, sent: &t.sent}
	err = p.write(w)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		reset(conn)
	} else {
		err = conn.Close()
	}
	if err != nil {
		s.log.Info("not sent", "what", p.label, "bytes", t.sent.Load(), "after", time.Since(start), "err", err)
	} else {
		s.log.Info("sent", "what", p.label, "bytes", t.sent.Load(), "took", time.Since(start))
	}
	var network net.Error
	switch {
	case err == nil:
		return 226, "Transfer complete."
	case ctx.Err() != nil:
		return 426, "The transfer was aborted."
	case errors.As(err, &network):
		return 426, "The data connection was lost or stood still."
	default:
		return 451, "The file or directory could not be read to its end."
	}
}

// reset closes a connection with an error, so that its peer does not believe that it
// got everything.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	conn.Close()
}

// dataConn is a data connection that fails if it makes no progress for some time.
type dataConn struct {
	*net.TCPConn
	stall time.Duration // the longest time without progress
	sent  *atomic.Int64
}

// chunk is how many bytes must be sent within Stall.
const chunk = 256 << 10

// copyFrom sends r to its end. It gives r to the connection without a wrapper that
// hides its type, so that the system itself sends an *os.File (sendfile(2)).
func (w *dataConn) copyFrom(r io.Reader) error {
	for {
		if err := w.SetWriteDeadline(time.Now().Add(w.stall)); err != nil {
			return err
		}
		n, err := io.Copy(w.TCPConn, &io.LimitedReader{R: r, N: chunk})
		w.sent.Add(n)
		if err != nil || n < chunk {
			return err
		}
	}
}

// Write sends p within Stall.
func (w *dataConn) Write(p []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(w.stall)); err != nil {
		return 0, err
	}
	n, err := w.TCPConn.Write(p)
	w.sent.Add(int64(n))
	return n, err
}

// buffered calls write with a buffer before w, and flushes it.
func (w *dataConn) buffered(write func(*bufio.Writer) error) error {
	b := bufio.NewWriterSize(w, 32<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func cmdAbor(_ context.Context, s *session, _ string) {
	s.endTransfer()
	s.dropData()
	s.reply(226, "Nothing is being transferred.")
}
