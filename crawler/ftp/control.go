package ftp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync/atomic"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// maxReply bounds a reply on the control connection in bytes: banners are long,
// but not longer.
const maxReply = 256 << 10

var (
	errTooLong = errors.New("the server sends without end")
	errUnsafe  = errors.New("the name holds a line break, which cannot be sent")
	errNotNow  = errors.New("it cannot be had now")
)

// wire is a network connection with a deadline for each read and write, and a limit of
// the bytes that are read.
type wire struct {
	net.Conn
	silence time.Duration // the longest wait for a byte
	until   time.Time     // no read waits beyond it
	left    int64         // bytes that may still be read
}

// allow lets so many more bytes be read within so much time. Only the goroutine that
// reads may call it.
func (w *wire) allow(bytes int64, within time.Duration) {
	w.left, w.until = bytes, time.Now().Add(within)
}

func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, errTooLong
	}
	deadline := time.Now().Add(w.silence)
	if w.until.Before(deadline) {
		deadline = w.until
	}
	if err := w.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(w.silence)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}

// Close closes the connection, if there is one yet.
func (w *wire) Close() error {
	if w.Conn == nil {
		return nil
	}
	return w.Conn.Close()
}

// control is a control connection.
type control struct {
	wire     *wire
	text     *textproto.Conn
	limits   Limits
	product  string                 // as the greeting names it; "" if it does not
	sessions tls.ClientSessionCache // what data connections resume; nil without TLS
	remark   string                 // the last line that was no reply
	slowest  time.Duration          // the longest wait for a reply so far
	dead     atomic.Bool            // nothing more comes
	moved    atomic.Bool            // it may have left the home

	// stands is the directory that was entered last, or nil if that is not known.
	stands atomic.Pointer[index.Path]
}

func newControl(conn net.Conn, limits Limits) *control {
	c := &control{limits: limits}
	c.use(conn)
	return c
}

// use makes conn the connection: first the plain one, then the encrypted one.
func (c *control) use(conn net.Conn) {
	c.wire = &wire{Conn: conn, silence: c.limits.Silence}
	c.text = textproto.NewConn(c.wire)
}

// kill closes the connection. Reads and writes that are under way end.
func (c *control) kill() {
	c.dead.Store(true)
	_ = c.wire.Close()
}

// send writes commands in one packet and does not wait for replies.
func (c *control) send(commands ...string) error {
	for _, command := range commands {
		if strings.ContainsAny(command, "\r\n\x00") {
			return errUnsafe
		}
	}
	for _, command := range commands {
		if verb := verbOf(command); verb == "CWD" || verb == "CDUP" {
			c.moved.Store(true)
		}
		// An error sticks to the writer and comes out at Flush.
		_, _ = c.text.W.WriteString(command)
		_, _ = c.text.W.WriteString("\r\n")
	}
	if err := c.text.W.Flush(); err != nil {
		c.kill()
		return fmt.Errorf("%w: %w", crawler.ErrGone, err)
	}
	return nil
}

// lost marks the connection dead and returns why.
func (c *control) lost(err error) error {
	c.kill()
	return c.limits.lost(err)
}

// lost returns the error of the crawler that the error of a connection amounts to.
func (l Limits) lost(err error) error {
	switch {
	case errors.Is(err, errTooLong), errors.As(err, new(textproto.ProtocolError)):
		return fmt.Errorf("%w: %w", crawler.ErrBroken, err)
	case timedOut(err):
		return fmt.Errorf("%w: %w", crawler.ErrGone, crawler.ErrSilent)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the server closed it", crawler.ErrGone)
	}
	return fmt.Errorf("%w: %w", crawler.ErrGone, err)
}

// timedOut reports whether nothing came in time.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
