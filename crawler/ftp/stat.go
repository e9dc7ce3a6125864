package ftp

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/words"
	"trawl/index"
)

// statDir lists a directory by STAT (RFC 959 section 4.1.3), which answers on the
// control connection: it needs no data connection and no wait between commands.
func (s *server) statDir(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	err := s.list(ctx, "STAT", dir, hand, func(ctx context.Context, c *check) error {
		return s.shared(ctx, func(l *connection) error {
			c.doubt = s.cutsStat()
			return s.statOn(ctx, l, c)
		})
	})
	entered := errors.Is(err, crawler.ErrDenied) && s.within(dir) && s.able().vain < mostVain // by CWD in one step
	if !errors.Is(err, errDoubt) && !entered {
		return err
	}
	if s.feature("MLST") {
		return s.mlsdDir(ctx, dir, hand)
	}
	return s.listDir(ctx, dir, hand)
}

// doubtful is the number of entries from which on a listing by STAT may be cut.
// Pure-FTPd cuts each listing after the number of lines that its -L sets, mostly 2,000
// or 10,000. MLSD and LIST say so at the end, STAT does not; so a long directory is
// listed again by one of them.
const doubtful = 1000

var errDoubt = errors.New("the listing may be cut")

func (s *server) cutsStat() bool { return s.runs("pure-ftpd") }

// statOn sends STAT and reads the answer. Before it comes CWD if the directory is entered, and PWD
// where its reply is like no other: so an answer to STAT is not taken for the next one.
func (s *server) statOn(ctx context.Context, l *connection, c *check) error {
	can, argument := s.able(), s.wirePath(c.dir)
	var commands []string
	if c.enter {
		commands, argument = []string{"CWD " + argument}, "."
	}
	if can.marks {
		commands = append(commands, "PWD")
	}
	return s.ahead(ctx, l, append(commands, can.stat+argument), func() error {
		refused := error(nil)
		for _, command := range commands {
			r, err := l.answer(verbOf(command))
			switch {
			case err != nil:
				return err
			case command == "PWD" && r.code != 257:
				return l.lost(errAstray)
			case !r.ok():
				refused = r.failed("CWD")
				l.stands.Store(nil)
			case command != "PWD":
				l.stands.Store(&c.dir)
			}
		}
		if refused == nil {
			return s.readStat(ctx, l, c)
		}
		// STAT lists another directory.
		_, err := s.statReply(ctx, l, s.limits.Listing, s.limits.Watchdog, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
		return cmp.Or(err, refused)
	})
}

// readStat reads the answer to STAT as a listing.
func (s *server) readStat(ctx context.Context, l *connection, c *check) error {
	c.dots, c.stands = s.able().dots, l.stands.Load()
	r, err := s.statReply(ctx, l, s.limits.Listing, s.limits.Watchdog, func(body io.Reader) error {
		c.body = body
		return s.parser.List(c, c.dir, "STAT", c.pass)
	})
	switch {
	case err != nil || r.ok():
		return err
	case words.Of(r.text) == words.Empty:
		return s.parser.List(strings.NewReader(""), c.dir, "STAT", c.pass)
	}
	return r.failed("STAT")
}

// statReply reads one reply of at most so many bytes. If it has lines that are a
// listing, it calls read with them, which must read them all. An error of read other
// than a refusal ends the connection, since the rest of the reply cannot be
// distinguished from the next one.
func (s *server) statReply(ctx context.Context, l *connection, most int64, within time.Duration, read func(io.Reader) error) (reply, error) {
	l.wire.allow(most, within)
	code, text, more, err := l.beginning()
	for i := 0; err == nil && !more && stray("STAT", reply{code, text}) && i < strays; i++ {
		code, text, more, err = l.beginning()
	}
	switch {
	case err != nil:
		return reply{}, l.lost(err)
	case code == 421:
		l.kill()
		return reply{}, reply{code, text}.failed("STAT")
	case !more && code/100 == 2:
		return reply{}, fmt.Errorf("%w: STAT does not list: %d %s", crawler.ErrBroken, code, index.Visible(text))
	case !more:
		return reply{code, text}, nil
	}
	body := &statBody{connection: l, end: fmt.Appendf(nil, "%03d ", code), pace: func(n int) error { return s.pacer.Bytes(ctx, n) }}
	if code/100 != 2 { // a refusal of several lines
		rest, err := io.ReadAll(io.LimitReader(body, maxReply))
		if err == nil {
			err = body.drain()
		}
		return reply{code, text + "\n" + string(rest)}, err
	}
	err = read(body)
	if body.err == nil && (errors.Is(err, crawler.ErrDenied) || errors.Is(err, errDoubt)) {
		return reply{}, errors.Join(err, body.drain())
	}
	if !errors.Is(body.err, io.EOF) {
		l.kill()
	}
	return reply{code, text}, err
}

// statBody reads the lines of a reply that are a listing, up to the last line
// of the reply.
type statBody struct {
	connection *connection
	end        []byte // how the last line begins: "213 "
	pace       func(int) error
	rest       []byte // of the line under way
	err        error
}

func (b *statBody) Read(p []byte) (int, error) {
	if len(b.rest) == 0 && b.err == nil {
		b.fill()
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// fill reads the next line.
func (b *statBody) fill() {
	line, err := b.connection.text.R.ReadSlice('\n')
	switch {
	case err != nil && !errors.Is(err, bufio.ErrBufferFull):
		b.err = b.connection.lost(err)
	case bytes.HasPrefix(line, b.end), bytes.Equal(bytes.TrimRight(line, "\r\n"), b.end[:3]):
		b.err = io.EOF
	default:
		code, rest, _ := bytes.Cut(line, []byte("-")) // some servers write "213-" before each line
		if b.rest = line; bytes.Equal(code, b.end[:3]) {
			b.rest = rest
		}
		b.err = b.pace(len(line))
	}
}

// drain reads the rest of the reply.
func (b *statBody) drain() error {
	_, err := io.Copy(io.Discard, b)
	return err
}
