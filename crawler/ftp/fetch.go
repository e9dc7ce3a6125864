package ftp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"

	jlaffaye "github.com/jlaffaye/ftp"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/index"
)

// fetchList opens a published list: by jlaffaye/ftp over a connection of its own if the
// limits and the server leave room for one, else over a connection of the pool. The two
// ways differ in nothing that a caller sees.
func (s *server) fetchList(ctx context.Context, p index.Path) (io.ReadCloser, error) {
	if s.plainLogin() && sendable(p) == nil && s.pacer.AllowConnections(2) {
		body, err := s.fetchApart(ctx, p)
		if err == nil {
			return body, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s.log.Debug("fetch over another connection", "host", s.id, "path", index.Visible(string(p)), "err", index.Visible(err.Error()))
	}
	return s.retrieve(ctx, p, 0, span{s.limits.Tree, s.limits.Watchdog + s.limits.Silence})
}

// plainLogin reports whether jlaffaye/ftp can log in and fetch here, as far as is known:
// it sends neither ACCT nor HOST, opens no data connection in active mode, and sends PRET
// only where FEAT names it.
func (s *server) plainLogin() bool {
	can := s.able()
	return can.met && !can.account && !can.virtual && !can.announce && can.passive != "EPRT" && can.passive != "PORT"
}

// errNoPlace is the error of fetchApart if the pool has no place for another connection.
var errNoPlace = errors.New("no further connection is free")

// fetchApart fetches a file by jlaffaye/ftp.
func (s *server) fetchApart(ctx context.Context, p index.Path) (*apart, error) {
	ctx, leave, ok := s.connections.reserve(ctx)
	if !ok {
		return nil, errNoPlace
	}
	a := &apart{limits: s.limits, leave: leave}
	a.pace = func(n int) error { return s.pacer.Bytes(ctx, n) }
	err := s.enterApart(ctx, a)
	if err == nil {
		a.body, err = a.client.Retr(s.wirePath(p))
	}
	if secure, ok := a.data.(*tls.Conn); ok && err == nil {
		// Only now: servers begin the handshake after their answer to RETR.
		shake, cancel := context.WithTimeout(ctx, s.limits.Silence)
		err = secure.HandshakeContext(shake)
		cancel()
	}
	if err != nil {
		a.end(refusesPlace(err))
		return nil, err
	}
	return a, nil
}

// enterApart opens the control connection and logs in.
func (s *server) enterApart(ctx context.Context, a *apart) error {
	// The lists that are looked for have names of ASCII. OPTS UTF8 would be a round trip.
	ascii := s.settings.Charset != "" || listing.IsASCII(string(s.root))
	options := []jlaffaye.DialOption{
		jlaffaye.DialWithDialFunc(func(_, addr string) (net.Conn, error) { return s.dialApart(ctx, a, addr) }),
		jlaffaye.DialWithDisabledEPSV(s.able().passive == "PASV"),
		jlaffaye.DialWithDisabledUTF8(ascii),
		jlaffaye.DialWithTrustPasvIP(s.settings.Follow), // dialData decides
	}
	if s.encryption() != "" {
		a.sessions = tls.NewLRUClientSessionCache(1)
	}
	switch config := s.tlsConfig(a.sessions); s.encryption() {
	case "explicit":
		options = append(options, jlaffaye.DialWithExplicitTLS(config))
	case "implicit":
		options = append(options, jlaffaye.DialWithTLS(config))
	}
	var err error
	if a.client, err = jlaffaye.Dial(address(s.id), options...); err != nil {
		return err
	}
	user, password := s.credentials()
	return a.client.Login(user, password)
}

// dialApart opens the control connection, and after it the data connection.
func (s *server) dialApart(ctx context.Context, a *apart, addr string) (net.Conn, error) {
	if a.control != nil {
		return s.dialData(ctx, a, addr)
	}
	conn, err := s.dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	if _, ok := conn.RemoteAddr().(*net.TCPAddr); !ok { // the library relies on it
		conn.Close()
		return nil, fmt.Errorf("the address of the server is %s", conn.RemoteAddr())
	}
	a.control = &wire{Conn: conn, silence: s.limits.Silence}
	a.control.allow(maxReply, 2*s.limits.Silence)
	a.stops = append(a.stops, context.AfterFunc(ctx, func() { conn.Close() }))
	commands := &commands{Conn: a.control, control: a.control, before: func() error { return s.pacer.Command(ctx) }}
	if s.encryption() == "implicit" {
		commands.Conn, err = s.handshake(ctx, a.control, a.sessions)
	}
	return commands, err
}

// dialData opens the data connection, to the address that the rules of target allow.
func (s *server) dialData(ctx context.Context, a *apart, addr string) (net.Conn, error) {
	named, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if named == a.control.RemoteAddr().(*net.TCPAddr).IP.String() {
		named = "" // the server named no host
	}
	conn, err := s.dial(ctx, net.JoinHostPort(s.target(a.control, named), port))
	if err != nil {
		return nil, err
	}
	a.stops = append(a.stops, context.AfterFunc(ctx, func() { conn.Close() }))
	limited := &wire{Conn: conn, silence: s.limits.Silence}
	limited.allow(s.limits.Tree, s.limits.Watchdog+s.limits.Silence)
	a.data = limited
	if a.sessions != nil {
		a.data = tls.Client(limited, s.tlsConfig(held{a.sessions}))
	}
	return quiet{a.data}, nil
}

// commands is a control connection that waits for the pacer before each command and
// expects no more than one reply to it.
type commands struct {
	net.Conn
	control *wire
	before  func() error
}

func (c *commands) Write(p []byte) (int, error) {
	if err := c.before(); err != nil {
		return 0, err
	}
	c.control.allow(maxReply, 2*c.control.silence)
	return c.Conn.Write(p)
}

// quiet closes a data connection without an error: the server's reply says whether all
// was sent.
type quiet struct{ net.Conn }

func (q quiet) Close() error { _ = q.Conn.Close(); return nil }

// apart is a file that jlaffaye/ftp fetches over a connection of its own. Its end is
// io.EOF only once the server has said that all was sent.
type apart struct {
	limits   Limits
	client   *jlaffaye.ServerConn
	sessions tls.ClientSessionCache // for the data connection to resume; nil without TLS
	control  *wire
	data     net.Conn
	body     *jlaffaye.Response
	pace     func(n int) error
	stops    []func() bool // what ends with the context
	leave    func(refused bool)
	err      error // how it ended
}

func (a *apart) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	n, err := readPaced(a.body, p, a.pace)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		err = a.complete()
	default:
		err = a.limits.lost(err)
	}
	a.err = err
	a.end(false)
	return n, err
}

// complete reads the server's word on the transfer, and returns io.EOF if it is good.
func (a *apart) complete() error {
	a.control.allow(maxReply, 2*a.limits.Silence)
	err := a.body.Close()
	var answer *textproto.Error
	switch {
	case errors.As(err, &answer) && answer.Code/100 != 2:
		return reply{answer.Code, answer.Msg}.failed("RETR")
	case err != nil && answer == nil:
		return a.limits.lost(err)
	}
	_ = a.client.Quit() // a courtesy; the answer is of no use
	return io.EOF
}

// end closes the connections and gives their place back. It may be called again.
func (a *apart) end(refused bool) {
	if a.leave == nil {
		return
	}
	for _, stop := range a.stops {
		stop()
	}
	if a.data != nil {
		_ = a.data.Close()
	}
	if a.control != nil {
		_ = a.control.Close()
	}
	a.leave(refused)
	a.leave = nil
}

// Close ends the fetch. It may be called again.
func (a *apart) Close() error {
	if a.err == nil {
		a.err = errClosed
	}
	a.end(false)
	return nil
}

// refusesPlace reports whether a login failed because the server takes no more of them.
func refusesPlace(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer) && tooMany(reply{answer.Code, answer.Msg}) || errors.Is(err, crawler.ErrBusy)
}
