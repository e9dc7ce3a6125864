package listing

import (
	"bytes"
	"errors"
	"io"
)

// lines cuts a stream into lines without copying them.
type lines struct {
	r          io.Reader
	buf        []byte
	start, end int   // buf[start:end] is not cut yet
	err        error // of r, kept until the buffer is used up
	n          int   // lines so far
	cr         bool  // CR alone ends a line, too
}

// line is one line, without its end. Its bytes hold until the next call of next.
type line struct {
	text []byte
	n    int  // its number, from 1
	bare bool // it ended in LF alone
	cut  bool // text is only its beginning: it is longer than MaxLine, or reading failed
}

// The buffer grows where much arrives at once, for most listings are short.
const (
	minBuffer = 4 << 10
	maxBuffer = 4 * MaxLine
)

// newLines cuts what r reads, which it reads into buf.
func newLines(r io.Reader, buf []byte) *lines { return &lines{r: r, buf: buf} }

// next returns the next line; ok is false at the end, when failed returns the error
// that ended reading.
func (l *lines) next() (ln line, ok bool) {
	searched := 0
	for {
		if i := l.lineEnd(l.buf[l.start+searched : l.end]); i >= 0 {
			text := l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			return l.made(text, false), true
		}
		searched = l.end - l.start
		if l.n == 0 && !l.cr && (l.err != nil || searched >= minBuffer) && onlyReturns(l.buf[l.start:l.end]) {
			l.cr = true
			searched = 0
			continue
		}
		if searched > MaxLine {
			return l.skip(), true
		}
		if l.err != nil {
			if searched == 0 {
				return line{}, false
			}
			text := l.buf[l.start:l.end]
			l.start = l.end
			return l.made(text, l.failed() != nil), true
		}
		l.fill()
	}
}

// lineEnd returns where the first line of b ends, or -1.
func (l *lines) lineEnd(b []byte) int {
	if l.cr {
		return bytes.IndexAny(b, "\r\n")
	}
	return bytes.IndexByte(b, '\n')
}

// onlyReturns reports whether b, which has no LF in it, has lines that end in CR alone.
func onlyReturns(b []byte) bool {
	for i, c := range b {
		if c == '\r' && i+1 < len(b) && b[i+1] != '\r' {
			return true
		}
	}
	return bytes.HasSuffix(b, []byte{'\r'}) && len(b) < minBuffer
}

// fill reads more, after moving what is left to the front. A buffer that was
// filled to the end grows.
func (l *lines) fill() {
	if l.end == len(l.buf) {
		buf := l.buf
		if len(buf) < maxBuffer {
			buf = make([]byte, min(4*len(buf), maxBuffer))
		}
		l.end = copy(buf, l.buf[l.start:l.end])
		l.start, l.buf = 0, buf
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// skip returns the beginning of a line that is too long and reads past its end.
func (l *lines) skip() line {
	text := bytes.Clone(l.buf[l.start : l.start+MaxLine])
	for {
		if i := l.lineEnd(l.buf[l.start:l.end]); i >= 0 {
			l.start += i + 1
			break
		}
		l.start, l.end = 0, 0
		if l.err != nil {
			break
		}
		l.fill()
	}
	return l.made(text, true)
}

// made makes a line of text. The mark of UTF-8 at the beginning and the mark of DOS at the end are no part
// of it.
func (l *lines) made(text []byte, cut bool) line {
	l.n++
	if l.n == 1 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	if len(text) > 0 && text[len(text)-1] == 0x1a && (len(text) == 1 || l.err != nil && l.start == l.end) {
		text = text[:len(text)-1]
	}
	bare := !l.cr
	for len(text) > 0 && text[len(text)-1] == '\r' {
		text = text[:len(text)-1]
		bare = false
	}
	if len(text) > MaxLine {
		text, cut = text[:MaxLine], true
	}
	return line{text: text, n: l.n, bare: bare, cut: cut}
}

// failed returns the error of reading, nil if all was read.
func (l *lines) failed() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}
