package dtp

import (
	"bufio"
	"bytes"
	"io"
)

// STRU R sends a file as records (RFC 959 section 3.1.2.2). A line is a record; its line end is not sent. MODE B has descriptors
// for the ends of records and of the file; in the other modes they are two bytes (RFC 959 section 3.4.1):
//
//	FF 01  the end of a record      FF 02  the end of the file      FF 03  both      FF FF  the byte FF
//
//	a LF b LF => a FF 01 b FF 01 FF 02
//	a LF b    => a FF 01 b FF 02

const escape = 0xff

// records is what records are written to. A record comes in pieces, of which the last is its end.
type records interface {
	record(piece []byte, end bool) error
	Close() error // the end of the file
}

var (
	_ records = (*blocks)(nil)
	_ records = (*escapes)(nil)
)

// lines makes a record of each line.
type lines struct {
	to    records
	ascii bool // CR LF is a line end, too
	held  bool // a CR, behind which LF may come
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte{'\n'})
		rest = after
		if err := l.release(len(line) > 0); err != nil {
			return 0, err
		}
		if l.held = false; l.ascii {
			line, l.held = bytes.CutSuffix(line, []byte{'\r'})
		}
		l.held = l.held && !ended
		if err := l.to.record(line, ended); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// release writes the CR that was held, if it is not that of a line end.
func (l *lines) release(alone bool) error {
	if !l.held || !alone {
		return nil
	}
	return l.to.record([]byte{'\r'}, false)
}

func (l *lines) Close() error {
	if err := l.release(true); err != nil {
		return err
	}
	return l.to.Close()
}

// escapes writes records with ends of two bytes.
type escapes struct {
	w   io.WriteCloser
	buf []byte
}

func (e *escapes) record(piece []byte, end bool) error {
	e.buf = e.buf[:0]
	for {
		plain, rest, found := bytes.Cut(piece, []byte{escape})
		e.buf, piece = append(e.buf, plain...), rest
		if !found {
			break
		}
		e.buf = append(e.buf, escape, escape)
	}
	if end {
		e.buf = append(e.buf, escape, 1)
	}
	_, err := e.w.Write(e.buf)
	return err
}

func (e *escapes) Close() error {
	if _, err := e.w.Write([]byte{escape, 2}); err != nil {
		return err
	}
	return e.w.Close()
}

// unescape reads what escapes writes. Each record gives a line.
type unescape struct {
	r      *bufio.Reader
	inside bool // r has an end of its own
	ended  bool
}

func (u *unescape) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case u.ended:
		return 0, atEnd(u.r, u.inside)
	}
	if _, err := u.r.Peek(1); err != nil {
		return 0, noEnd(err)
	}
	held, _ := u.r.Peek(min(u.r.Buffered(), len(p)))
	if plain, _, _ := bytes.Cut(held, []byte{escape}); len(plain) > 0 {
		if bytes.IndexByte(plain, '\n') >= 0 {
			return 0, errLine
		}
		return u.r.Read(p[:len(plain)])
	}
	return u.code(p)
}

// code reads the two bytes of an end.
func (u *unescape) code(p []byte) (int, error) {
	code, err := u.r.Peek(2)
	if err != nil {
		return 0, noEnd(err)
	}
	second := code[1]
	_, _ = u.r.Discard(2)
	switch second {
	case escape:
		p[0] = escape
		return 1, nil
	case 1, 3:
		u.ended = second == 3
		p[0] = '\n'
		return 1, nil
	case 2:
		u.ended = true
		return 0, atEnd(u.r, u.inside)
	}
	return 0, FormError("a byte of value 255 is neither doubled nor the beginning of an end")
}
