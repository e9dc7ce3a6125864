package httpd

import (
	"context"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"trawl/ftpd/guard"
	"trawl/ftpd/internal/dtp"
)

// conn is a connection below net/http, and below TLS if it is secure. Its sending keeps to the rates of the user, fails when the
// client takes nothing, and is counted. Only the goroutine of the session sends.
type conn struct {
	*net.TCPConn
	session *session
	ctx     context.Context //nolint:containedctx // that of the session: Write has none
	out     *dtp.Sender
	pace    *guard.Pace
	moved   atomic.Int64 // bytes sent

	gathers bool
	held    []byte // what is gathered
}

func newConn(tcp *net.TCPConn, stall time.Duration, s *session) *conn {
	return &conn{TCPConn: tcp, session: s, out: dtp.NewSender(tcp, stall)}
}

// RemoteAddr is that of the client, also behind a proxy.
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.session.peer) }

// maxHeld is how many bytes are gathered at most.
const maxHeld = 64 << 10

// keptHeld is how many bytes of room for them a connection keeps between requests.
const keptHeld = 8 << 10

// gather makes what is sent wait for flush, as far as it is not much: an answer with its header goes out in one piece.
func (c *conn) gather() { c.gathers = true }

// flush sends what was gathered, and gathers no more.
func (c *conn) flush() error {
	c.gathers = false
	return c.sendHeld()
}

// ungather makes what is sent go out at once.
func (c *conn) ungather() { c.gathers = false }

func (c *conn) sendHeld() error {
	if len(c.held) == 0 {
		return nil
	}
	_, err := c.send(c.held)
	c.held = c.held[:0]
	if cap(c.held) > keptHeld {
		c.held = nil
	}
	return err
}

// Write sends b.
func (c *conn) Write(b []byte) (int, error) {
	if c.gathers && len(c.held)+len(b) <= maxHeld {
		c.held = append(c.held, b...)
		return len(b), nil
	}
	if err := c.sendHeld(); err != nil {
		return 0, err
	}
	return c.send(b)
}

// send sends b in pieces that the rates allow.
func (c *conn) send(b []byte) (sent int, err error) {
	for len(b) > 0 {
		part := b
		if n := c.pace.Piece(false); n > 0 {
			part = b[:min(len(b), n)]
			if err := c.pace.Wait(c.ctx, len(part), false); err != nil {
				return sent, err //nolint:wrapcheck // of the session
			}
		}
		n, err := c.out.Write(part)
		c.moved.Add(int64(n))
		sent += n
		if err != nil {
			return sent, err //nolint:wrapcheck // of the connection
		}
		b = b[n:]
	}
	return sent, nil
}

// ReadFrom sends what r has. A file is sent by the system itself.
func (c *conn) ReadFrom(r io.Reader) (sent int64, err error) {
	limited, ok := r.(*io.LimitedReader)
	if !ok {
		return io.Copy(onlyWriter{c}, r) //nolint:wrapcheck // of the connection or the file
	}
	k, ok := limited.R.(*content)
	if !ok || k.file == nil {
		return io.Copy(onlyWriter{c}, r) //nolint:wrapcheck // as above
	}
	if err := c.sendHeld(); err != nil {
		return 0, err
	}
	if _, err := k.file.Seek(k.at, io.SeekStart); err != nil {
		return 0, err //nolint:wrapcheck // of the file
	}
	for limited.N > 0 {
		n, err := c.sendFile(k.file, limited.N)
		limited.N -= n
		k.at += n
		sent += n
		if err != nil || n == 0 {
			return sent, err
		}
	}
	return sent, nil
}

// sendFile sends a piece of at most n bytes of a file; 0 is its end.
func (c *conn) sendFile(f *os.File, n int64) (int64, error) {
	if piece := c.pace.Piece(false); piece > 0 {
		n = min(n, int64(piece))
		if err := c.pace.Wait(c.ctx, int(n), false); err != nil {
			return 0, err //nolint:wrapcheck // of the session
		}
	}
	sent, err := c.out.SendFile(f, n)
	c.moved.Add(sent)
	return sent, err //nolint:wrapcheck // of the connection
}

// onlyWriter hides all but Write.
type onlyWriter struct{ io.Writer }
