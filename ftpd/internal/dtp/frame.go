package dtp

import (
	"bufio"
	"errors"
	"io"
	"time"
)

// ErrNoEnd is the error of an upload in MODE B or STRU R whose end was not sent.
var ErrNoEnd = errors.New("the end of file is missing, which MODE B and STRU R send: this is not the whole")

// FormError is the error of an upload that is not in the form that MODE and STRU say. It is a text for the client.
type FormError string

func (e FormError) Error() string { return string(e) }

const (
	errBehind = FormError("something is behind the end of file")
	errLine   = FormError("a record has a line end in it, which a file cannot keep")
)

// noEnd returns the error of content that stops before its end.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrNoEnd
	}
	return err
}

// atEnd returns io.EOF, where content has said that it ends, unless something has come behind it. inside: r has an end of its
// own, which must be here.
func atEnd(r *bufio.Reader, inside bool) error {
	if inside {
		if _, err := r.Peek(1); err != nil {
			return err
		}
	}
	if r.Buffered() > 0 {
		return errBehind
	}
	return io.EOF
}

// EndsItself says that an upload says itself where it ends (Coding.Ends), and has done so when Finish is called.
func (c *Conn) EndsItself() { c.ends = true }

// awaitEnd waits for a moment until the client has closed its side, which it need not do: it may as well wait for this side
// (RFC 959 section 3.2).
func (c *Conn) awaitEnd() error {
	_ = c.tcp.SetReadDeadline(time.Now().Add(min(c.stall, glance)))
	if n, _ := c.read(make([]byte, 1)); n > 0 {
		return errBehind
	}
	return nil
}
