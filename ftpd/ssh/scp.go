package ssh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/index"
)

// The old protocol of SCP has no document but rcp(1): a program at each end of a channel, the one that sends (-f) and the one
// that receives (-t). The sender writes lines, and waits for a zero byte after each; then come the bytes of a file, and a zero:
//
//	T1700000000 0 1700000000 0     the times of what follows (-p)
//	C0644 372 SHA256SUMS           a file
//	D0755 0 debian                 a folder (-r), until
//	E
//
// In place of a zero, a byte 1 or 2 begins a line that says what is wrong.

// scpCommand is what a client asks for.
type scpCommand struct {
	send      bool // the host sends (-f)
	recursive bool
	times     bool
	folder    bool // the path must be a folder
	path      string
}

// parseSCP reads the command that a client wants to be run, and reports false unless it is scp as clients write it:
//
//	scp -r -p -t -- pub/debian   scp -f 'a b'   scp -rpt .
func parseSCP(line string) (c scpCommand, ok bool) {
	rest, ok := strings.CutPrefix(line, "scp ")
	if !ok {
		return c, false
	}
	receive := false
	for strings.HasPrefix(rest, "-") {
		word, tail, more := strings.Cut(rest, " ")
		if !more || word == "-" {
			return c, false
		}
		rest = tail
		if word == "--" {
			break
		}
		for _, flag := range word[1:] {
			switch flag {
			case 'f':
				c.send = true
			case 't':
				receive = true
			case 'r':
				c.recursive = true
			case 'p':
				c.times = true
			case 'd':
				c.folder = true
			case 'v':
			default:
				return c, false
			}
		}
	}
	c.path, ok = unquote(rest)
	return c, ok && c.send != receive
}

// unquote takes the quotes from a path, which clients write for a shell. A path without any is taken as it is, blanks too.
//
//	'a b'  "a b"  a\ b  a b  => a b
func unquote(s string) (string, bool) {
	if !strings.ContainsAny(s, `'"\`) {
		return s, s != ""
	}
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && quote != '\'':
			i++
			if i == len(s) {
				return "", false
			}
			if quote == '"' && !strings.ContainsRune("$`\"\\", rune(s[i])) {
				b.WriteByte(c)
			}
			b.WriteByte(s[i])
		case c == ' ' && quote == 0:
			return "", false // several paths
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), quote == 0 && b.Len() > 0
}

// copier is one run of the protocol.
type copier struct {
	*session
	scpCommand
	in     *bufio.Reader
	out    *bufio.Writer
	failed bool // something was not copied
}

// errPeer says that the other end cannot go on.
var errPeer = errors.New("the client ended it")

// scp copies files over a channel.
func (s *session) scp(ctx context.Context, ch ssh.Channel, c scpCommand) (code uint32) {
	p := &copier{
		session: s, scpCommand: c,
		in: bufio.NewReaderSize(ch, 64<<10), out: bufio.NewWriterSize(ch, 64<<10),
	}
	run := p.receive
	if c.send {
		run = p.sends
	}
	err := run(ctx)
	if err == nil || errors.Is(err, io.EOF) {
		err = p.out.Flush()
	}
	if err != nil {
		s.log.Debug("scp ended", "err", err)
	}
	if err != nil || p.failed {
		return 1
	}
	return 0
}

// maxLine is how long a line of the protocol may be.
const maxLine = 8 << 10

var errLine = errors.New("a line of the protocol has no end or no sense")

// line reads a line without its end.
func (p *copier) line() (string, error) {
	var b []byte
	for {
		c, err := p.in.ReadByte()
		switch {
		case err != nil:
			return "", err //nolint:wrapcheck // io.EOF as it is
		case c == '\n':
			p.activity.Touch()
			return string(b), nil
		case len(b) == maxLine:
			return "", errLine
		}
		b = append(b, c)
	}
}

// ack says that all is well.
func (p *copier) ack() error {
	_ = p.out.WriteByte(0) // an error is met again by Flush
	return p.out.Flush()   //nolint:wrapcheck // of the connection
}

// await waits until the other end says that all is well. Any other answer gives errSkipped, or ends the copying.
func (p *copier) await() error {
	if err := p.out.Flush(); err != nil {
		return err //nolint:wrapcheck // of the connection
	}
	c, err := p.in.ReadByte()
	if err != nil {
		return err //nolint:wrapcheck // io.EOF as it is
	}
	p.activity.Touch()
	switch c {
	case 0:
		return nil
	case 1:
		text, err := p.line()
		if err == nil {
			p.log.Debug("scp: the client says", "text", text)
			p.failed, err = true, errSkipped
		}
		return err
	}
	return errPeer
}

// errSkipped says that one file is not copied, and that all others may be.
var errSkipped = errors.New("skipped")

// warn says why something is not copied. The name is the client's own.
func (p *copier) warn(name string, err error) error {
	p.failed = true
	_, text := verdict(err)
	fmt.Fprintf(p.out, "\x01scp: %s: %s\n", index.Visible(name), text)
	return p.out.Flush() //nolint:wrapcheck // of the connection
}

// event hands an event to all who observe the server.
func (p *copier) event(e ftpd.Event) { p.session.event(ftpd.SCP, e) }
