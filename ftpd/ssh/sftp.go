package ssh

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/names"
)

// channel is SFTP on one channel. One goroutine answers the requests in their order, so that what comes behind another request
// sees what that has done. The replies to requests that came together are sent together.
type channel struct {
	*session
	in      *bufio.Reader
	out     *bufio.Writer
	buf     []byte // of a reply
	handles map[string]*handle
	last    uint64 // number of the last handle
	ended   int    // transfers whose end the client does not know yet
}

// command answers one kind of request.
type command struct {
	form string // see args
	run  func(ctx context.Context, c *channel, id uint32, a args) error
}

// commands are the requests that are answered. All others are not supported, such as links. An error that a command returns is
// answered with its status, as is nil; errDone says that the command has answered.
func commands() map[byte]command {
	return map[byte]command{
		fxpOpen:     {"sua", open},
		fxpClose:    {"s", closeHandle},
		fxpRead:     {"squ", read},
		fxpWrite:    {"sqd", write},
		fxpLstat:    {"s", lstat},
		fxpFstat:    {"s", fstat},
		fxpSetstat:  {"sa", setstat},
		fxpFsetstat: {"sa", fsetstat},
		fxpOpendir:  {"s", openDir},
		fxpReaddir:  {"s", readDir},
		fxpRemove:   {"s", remove},
		fxpMkdir:    {"sa", mkdir},
		fxpRmdir:    {"s", rmdir},
		fxpRealpath: {"s", realpath},
		fxpStat:     {"s", stat},
		fxpRename:   {"ss", rename},
		fxpReadlink: {"s", readLink},
		fxpExtended: {"s", extended},
	}
}

// errDone says that a request is answered.
var errDone = errors.New("answered")

// sftp answers requests until the client ends.
func (s *session) sftp(ctx context.Context, ch ssh.Channel) (code uint32) {
	c := &channel{
		session: s, in: bufio.NewReaderSize(ch, 64<<10), out: bufio.NewWriterSize(ch, 64<<10),
		buf: make([]byte, 0, 4<<10), handles: map[string]*handle{},
	}
	defer c.close()
	if err := c.serve(ctx); err != nil && !errors.Is(err, io.EOF) {
		s.log.Debug("sftp ended", "err", err)
		return 1
	}
	return 0
}

// close ends what is open. Uploads are left aside.
func (c *channel) close() {
	for name, h := range c.handles {
		_ = c.drop(name, h, false)
	}
	c.activity.End(c.ended)
}

func (c *channel) serve(ctx context.Context) error {
	b := make([]byte, maxPacket)
	for first := true; ; first = false {
		kind, content, err := readPacket(c.in, b)
		if err != nil {
			return err
		}
		c.activity.Touch()
		switch {
		case first != (kind == fxpInit):
			return errPacket
		case first:
			c.version()
		default:
			if err := c.answer(ctx, kind, content); err != nil {
				return err
			}
		}
		if c.in.Buffered() < 4 {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
}

// flush sends the replies.
func (c *channel) flush() error {
	err := c.out.Flush()
	if c.ended > 0 {
		c.activity.End(c.ended)
		c.ended = 0
	}
	return err //nolint:wrapcheck // io.EOF as it is
}

// answer answers one request.
func (c *channel) answer(ctx context.Context, kind byte, content []byte) error {
	if len(content) < 4 {
		return errPacket
	}
	id, content := binary.BigEndian.Uint32(content), content[4:]
	cmd, known := c.requests[kind]
	if !known {
		c.status(id, errUnsupported)
		return nil
	}
	a, ok := parse(cmd.form, content)
	if !ok {
		c.status(id, errMessage)
		return nil
	}
	if kind == fxpExtended {
		a.data = content[4+len(a.s[0]):]
	}
	if err := cmd.run(ctx, c, id, a); !errors.Is(err, errDone) {
		c.status(id, err)
	}
	return ctx.Err() //nolint:wrapcheck // of the session
}

// reply writes a packet whose content rest appends.
func (c *channel) reply(kind byte, id uint32, rest func([]byte) []byte) {
	b := append(c.buf[:0], 0, 0, 0, 0, kind)
	b = rest(binary.BigEndian.AppendUint32(b, id))
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	_, _ = c.out.Write(b) // an error is met again by flush
	c.buf = b
}

// version answers the first packet of a client.
func (c *channel) version() {
	c.reply(fxpVersion, 3, func(b []byte) []byte {
		for _, e := range extensions() {
			if e.version != "" {
				b = appendString(appendString(b, e.name), e.version)
			}
		}
		return b
	})
}

// resolve returns the path that a client means, clean, absolute and in raw bytes. No path leads above the root. Names are
// listed in their own bytes; the form that FTP gives those that are no UTF-8 is understood, too.
func (s *session) resolve(spelled string) (string, error) {
	p := s.below(s.login.Home, spelled)
	return p, s.tooDeep(p)
}

// below returns the path that a name means in a folder. A name that begins with a slash is a path by itself.
func (s *session) below(folder, name string) string {
	absolute := func(raw string) string {
		if strings.HasPrefix(raw, "/") {
			return path.Clean(raw)
		}
		return path.Join(folder, raw)
	}
	return absolute(names.Find(name, func(raw string) bool {
		_, err := s.login.View.Lstat(absolute(raw))
		return err == nil
	}))
}

// tooDeep refuses a path with more folders than the limits allow.
func (s *session) tooDeep(p string) error {
	if s.depth > 0 && strings.Count(p, "/") > s.depth {
		return errDeep
	}
	return nil
}

// changed hands an event to all who observe the server, unless there is an error.
func (c *channel) changed(err error, e ftpd.Event) error {
	if err == nil {
		c.event(ftpd.SFTP, e)
	}
	return err
}
