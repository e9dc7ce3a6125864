package ftp

import (
	"context"
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
	"trawl/crawler/pace"
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
	err     error         // why the last read ended
}

// allow lets so many more bytes be read within so much time. Only the goroutine that
// reads may call it.
func (w *wire) allow(bytes int64, within time.Duration) {
	w.left, w.until = bytes, time.Now().Add(within)
}

func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, w.fails(errTooLong)
	}
	deadline := time.Now().Add(w.silence)
	if w.until.Before(deadline) {
		deadline = w.until
	}
	if err := w.SetReadDeadline(deadline); err != nil {
		return 0, w.fails(err)
	}
	n, err := w.Conn.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	return n, w.fails(err)
}

func (w *wire) fails(err error) error {
	w.err = err
	return err
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
	dead     atomic.Bool            // nothing more comes
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

// reply reads one reply. An error means that the connection is dead, as it is after
// code 421; other refusals are no errors.
func (c *control) reply() (reply, error) {
	c.wire.allow(maxReply, 2*c.limits.Silence)
	code, text, err := c.text.ReadResponse(0)
	if err == nil && c.wire.err != nil && !errors.Is(c.wire.err, io.EOF) {
		err = c.wire.err // a line without an end is no reply
	}
	if err != nil {
		return reply{}, c.lost(err)
	}
	r := reply{code: code, text: text}
	if code == 421 {
		c.kill()
		return r, r.failed("service")
	}
	return r, nil
}

// lost marks the connection dead and returns why.
func (c *control) lost(err error) error {
	c.kill()
	return c.limits.lost(err)
}

// lost returns the error of the crawler that the error of a connection amounts to.
func (l Limits) lost(err error) error {
	var timeout net.Error
	switch {
	case errors.Is(err, errTooLong), errors.As(err, new(textproto.ProtocolError)):
		return fmt.Errorf("%w: %w", crawler.ErrBroken, err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w: no answer within %s", crawler.ErrGone, l.Silence)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the server closed it", crawler.ErrGone)
	}
	return fmt.Errorf("%w: %w", crawler.ErrGone, err)
}

// ask sends one command and reads its reply.
func (c *control) ask(ctx context.Context, pacer *pace.Pacer, command string) (reply, error) {
	if err := pacer.Command(ctx); err != nil {
		return reply{}, err
	}
	defer context.AfterFunc(ctx, c.kill)()
	if err := c.send(command); err != nil {
		return reply{}, err
	}
	return c.answer()
}

// answer reads the reply to a command that transfers nothing. It skips replies that
// are left of the transfer before: some servers say twice that it has ended.
func (c *control) answer() (r reply, err error) {
	for range strays {
		if r, err = c.reply(); err != nil || !isStray(r.code) {
			break
		}
	}
	return r, err
}

// strays is how many such replies in a row are skipped.
const strays = 8

// isStray reports whether a code answers nothing but a transfer.
func isStray(code int) bool { return code == 125 || code == 150 || code == 226 }

// reply is an answer of the server.
type reply struct {
	code int
	text string // its lines, without the codes
}

// last returns the last line, which holds the summary.
func (r reply) last() string { return r.text[strings.LastIndexByte(r.text, '\n')+1:] }

func (r reply) ok() bool           { return r.code/100 == 2 }
func (r reply) says(s string) bool { return strings.Contains(strings.ToLower(r.text), s) }

// unknown reports whether the server does not offer the command.
func (r reply) unknown() bool { return r.code >= 500 && r.code <= 504 || r.code == 202 }

// failed returns the error that the reply means for a listing or a file.
func (r reply) failed(verb string) error {
	return &replyError{verb, r}
}

// replyError is a refusal in the words of the server.
type replyError struct {
	verb  string
	reply reply
}

func (e *replyError) Error() string {
	line, _, _ := strings.Cut(e.reply.text, "\n")
	if len(line) > 200 {
		line = line[:200]
	}
	return fmt.Sprintf("%s: %s: %d %s", e.verb, e.Unwrap(), e.reply.code, index.Visible(line))
}

// Unwrap returns the crawler's error that the code stands for.
func (e *replyError) Unwrap() error {
	r := e.reply
	switch {
	case r.code == 421:
		return crawler.ErrBusy
	case r.code == 425, r.code == 426:
		return crawler.ErrGone
	case r.says("no such"), r.says("not found"), r.says("denied"), r.says("not a directory"):
		return crawler.ErrDenied
	case r.code/10 == 45 && !tooMany(reply{530, r.text}):
		return errNotNow // one directory or file is in trouble, not the server
	case r.code/100 == 4:
		return crawler.ErrBusy
	case r.unknown(), r.code/10 == 53, r.code/100 < 4:
		return crawler.ErrBroken
	}
	return crawler.ErrDenied
}
