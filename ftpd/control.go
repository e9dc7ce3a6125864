package ftpd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// maxLine bounds a command line: a path of 4,096 bytes with each byte doubled,
// and its command. A longer line is answered with 500.
const maxLine = 8<<10 + 64

// maxFlood is how much of a line is read before the connection is closed.
const maxFlood = 64 << 10

// The errors of readLine besides those of the connection.
var (
	errLongLine = errors.New("line is too long")
	errFlood    = errors.New("line has no end")
)

// Bytes of the telnet protocol, which the control connection speaks (RFC 959
// section 3.1, RFC 854).
const (
	iac  = 255 // interpret as command
	se   = 240 // the first of the commands
	will = 251 // the first of those that an option follows
)

// control is the control connection.
type control struct {
	conn    net.Conn
	r       *bufio.Reader
	line    []byte        // scratch of readLine
	timeout time.Duration // of a write

	mu sync.Mutex // guards w
	w  *bufio.Writer
}

func newControl(conn net.Conn, timeout time.Duration) *control {
	return &control{conn: conn, r: bufio.NewReaderSize(conn, 1<<10), w: bufio.NewWriterSize(conn, 1<<10), timeout: timeout}
}

// readLine returns the next line without its end and without telnet commands.
// A line ends in CR LF or in a bare LF. errLongLine may be followed by others;
// errFlood and the errors of the connection may not.
func (c *control) readLine() (string, error) {
	c.line = c.line[:0]
	for read := 0; ; {
		part, err := c.r.ReadSlice('\n')
		read += len(part)
		if len(c.line) <= maxLine {
			c.line = append(c.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && read > maxFlood:
			return "", errFlood
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return "", err
		case read > maxLine:
			return "", errLongLine
		}
		return string(unTelnet(c.line)), nil
	}
}

// unTelnet returns the text of a line, without the commands of telnet and without
// the line's end. It works in place.
//
//	PWD CR LF                => PWD
//	IAC IP IAC DM ABOR CR LF => ABOR
//	CWD a IAC IAC b LF       => CWD a \xff b
//	CWD a CR NUL b CR LF     => CWD a CR b
//
// A single IAC before a byte that is no command of telnet is a byte of a name that
// the client did not double. A command of telnet may come in part, if the rest went
// out of band as urgent data. No command of FTP starts with a byte as high as
// telnet's, so such bytes are dropped from the start of a line.
func unTelnet(line []byte) []byte {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	text := line[:0]
	for i := 0; i < len(line); i++ {
		b := line[i]
		next := -1
		if i+1 < len(line) {
			next = int(line[i+1])
		}
		switch {
		case b == iac && next >= will && next < iac:
			i += 2
			continue
		case b == iac && next >= se && next < will:
			i++
			continue
		case b == iac && next == iac, b == '\r' && next == 0:
			i++
		}
		text = append(text, b)
	}
	for len(text) > 0 && text[0] >= se {
		text = text[1:]
	}
	return text
}

// pending reports whether another command has arrived already. Then its reply may be
// sent together with the last one.
func (c *control) pending() bool { return c.r.Buffered() > 0 }

// reply writes "code text", which flush sends. More lines make a reply of several
// lines (RFC 959 section 4.2). flush returns the error if there was one.
func (c *control) reply(code int, lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setWriteDeadline()
	for i, line := range lines {
		switch {
		case i == len(lines)-1:
			fmt.Fprintf(c.w, "%d %s\r\n", code, onWire(line))
		case i == 0:
			fmt.Fprintf(c.w, "%d-%s\r\n", code, onWire(line))
		default:
			fmt.Fprintf(c.w, " %s\r\n", onWire(line))
		}
	}
}

// Write writes a piece of a reply: lines that end in CR LF. It doubles the bytes
// that telnet would read as commands.
func (c *control) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setWriteDeadline()
	if _, err := c.w.Write(bytes.ReplaceAll(p, []byte{iac}, []byte{iac, iac})); err != nil {
		return 0, err
	}
	return len(p), nil
}

// flush sends the replies that were written.
func (c *control) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setWriteDeadline()
	return c.w.Flush()
}

// setWriteDeadline sets the deadline of the next writes. c.mu is held.
func (c *control) setWriteDeadline() { _ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout)) }

// onWire returns a line of a reply in the form of telnet: no byte ends it early, and
// IAC is doubled.
func onWire(line string) string { return strings.ReplaceAll(oneLine(line), "\xff", "\xff\xff") }

// oneLine returns a name with '?' in place of each byte that would end a line.
func oneLine(name string) string {
	if !strings.ContainsAny(name, "\r\n\x00") {
		return name
	}
	return strings.NewReplacer("\r", "?", "\n", "?", "\x00", "?").Replace(name)
}
