package ftpd

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"trawl/ftpd/names"
)

// maxLine bounds a command line where no limit is set: a path of 4,096 bytes with each byte doubled,
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
	conn    net.Conn  // in the clear, or what TLS is put on; deadlines hold for both
	tls     *tls.Conn // on conn, or nil
	r       *bufio.Reader
	line    []byte        // what came of the next line
	came    int           // bytes of the next line, with those that line has no room for
	longest int           // bytes of a line; 0 is maxLine
	timeout time.Duration // of a write

	mu sync.Mutex // guards w
	w  *bufio.Writer
}

func newControl(conn net.Conn, timeout time.Duration) *control {
	onSocket(conn, inlineUrgent)
	return &control{conn: conn, r: bufio.NewReaderSize(conn, 1<<10), w: bufio.NewWriterSize(conn, 1<<10), timeout: timeout}
}

// onSocket calls do with the descriptor of a connection, if it has one.
func onSocket(conn net.Conn, do func(fd int)) {
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := sys.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { do(int(fd)) })
	}
}

// secure puts TLS on the connection. Nothing that came before in the clear is read as a part of it.
func (c *control) secure(ctx context.Context, config *tls.Config) error {
	secured := tls.Server(c.conn, config)
	_ = c.conn.SetDeadline(time.Now().Add(c.timeout))
	if err := secured.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("begin tls: %w", err)
	}
	_ = c.conn.SetDeadline(time.Time{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tls = secured
	c.r.Reset(secured)
	c.w.Reset(secured)
	return nil
}

// readLine returns the next line without its end and without telnet commands.
// A line ends in CR LF or in a bare LF. errLongLine may be followed by others;
// errFlood and the errors of the connection may not, except that of a deadline: what came of
// the line by then is kept.
func (c *control) readLine() (string, error) {
	longest := cmp.Or(max(c.longest, 0), maxLine)
	for {
		part, err := c.r.ReadSlice('\n')
		c.came += len(part)
		if len(c.line) <= longest {
			c.line = append(c.line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && c.came > maxFlood:
			return "", errFlood
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			return "", err
		}
		line, came := c.line, c.came
		c.line, c.came = c.line[:0], 0
		switch {
		case err != nil:
			return "", err
		case came > longest:
			return "", errLongLine
		}
		return string(unTelnet(line)), nil
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

// pending reports whether anything of another command has arrived already.
func (c *control) pending() bool { return c.came > 0 || c.r.Buffered() > 0 }

// ready reports whether another command has arrived already. Then its reply may be sent together with the last one.
func (c *control) ready() bool {
	held, _ := c.r.Peek(c.r.Buffered())
	return bytes.IndexByte(held, '\n') >= 0
}

// reply writes "code text", which flush sends. More lines make a reply of several
// lines (RFC 959 section 4.2). Foreign text in it neither ends a line nor drives a terminal. flush returns the error if
// there was one.
func (c *control) reply(code int, lines ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setWriteDeadline()
	for i, line := range lines {
		switch {
		case i == len(lines)-1:
			fmt.Fprintf(c.w, "%d %s\r\n", code, names.Line(line))
		case i == 0:
			fmt.Fprintf(c.w, "%d-%s\r\n", code, names.Line(line))
		default:
			fmt.Fprintf(c.w, " %s\r\n", names.Line(line))
		}
	}
}

// Write writes a piece of a reply: lines that end in CR LF. It doubles the bytes
// that telnet would read as commands, and gives control characters the form of names.Line.
func (c *control) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setWriteDeadline()
	safe := make([]byte, 0, len(p))
	for _, b := range p {
		switch {
		case b == iac:
			safe = append(safe, iac, iac)
		case b != '\r' && b != '\n' && (b < ' ' || b == 0x7f):
			safe = append(safe, names.Line(string(rune(b)))...)
		default:
			safe = append(safe, b)
		}
	}
	if _, err := c.w.Write(safe); err != nil {
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
