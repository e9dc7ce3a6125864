package dtp

import (
	"bufio"
	"bytes"
	"io"
)

// toCRLF ends lines in CR LF (RFC 959 section 3.1.1.1). A line that ends so already stays as it is.
//
//	a LF b CR LF => a CR LF b CR LF
type toCRLF struct {
	w    io.WriteCloser
	last byte // the last byte written
	buf  []byte
}

func (t *toCRLF) Write(p []byte) (int, error) {
	t.buf = t.buf[:0]
	for rest := p; len(rest) > 0; {
		line, _, ended := bytes.Cut(rest, []byte{'\n'})
		rest = rest[len(line):]
		t.buf = append(t.buf, line...)
		if len(line) > 0 {
			t.last = line[len(line)-1]
		}
		if !ended {
			break
		}
		if t.last != '\r' {
			t.buf = append(t.buf, '\r')
		}
		t.buf, t.last, rest = append(t.buf, '\n'), '\n', rest[1:]
	}
	if _, err := t.w.Write(t.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (t *toCRLF) Close() error { return t.w.Close() }

// fromCRLF turns each CR LF into LF; another CR stays.
type fromCRLF struct{ r *bufio.Reader }

func (f fromCRLF) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := f.r.Peek(1); err != nil {
		return 0, err
	}
	held, _ := f.r.Peek(min(f.r.Buffered(), len(p)))
	switch at := bytes.IndexByte(held, '\r'); {
	case at < 0:
		return f.r.Read(p[:len(held)])
	case at > 0:
		return f.r.Read(p[:at])
	}
	if next, _ := f.r.Peek(2); len(next) == 2 && next[1] == '\n' {
		_, _ = f.r.Discard(1)
	}
	return f.r.Read(p[:1])
}
