package ftp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// errCut is wrapped by the error of a transfer that the server itself calls
// truncated.
var errCut = errors.New("the server cuts its listings")

// transfer reads what a command answers over its data connection. Its end is
// io.EOF only once the server has said that all was sent.
type transfer struct {
	lane  *lane
	verb  string
	open  func(context.Context) (net.Conn, error) // the data connection, once the command is under way
	wire  *wire                                   // the data connection; of none until it is opened
	data  io.ReadCloser                           // what comes over it
	pace  func(n int) error
	last  func() (reply, error) // the server's word on it
	ahead bool                  // EPSV was sent behind the command
	stop  func() bool
	err   error // how it ended
}

// request is what a transfer is to bring.
type request struct {
	kind    string // TYPE: "A" or "I"
	command string // "LIST /pub"
}

// start sends a command on a lane that is not shared and opens its data
// connection, from which at most limit bytes are read. ahead asks for the next
// one at once.
func (s *server) start(ctx context.Context, l *lane, what request, limit int64, ahead bool) (*transfer, error) {
	t, err := s.arrange(ctx, l, what)
	if err != nil {
		return nil, err
	}
	commands := []string{what.command}
	if can := s.able(); ahead && can.passive == "EPSV" && !can.announce {
		commands = append(commands, "EPSV")
		t.ahead = true
	}
	for range commands {
		err = errors.Join(err, s.guest.Command(ctx))
	}
	if err == nil {
		err = l.send(commands...)
	}
	if err == nil {
		err = s.attach(ctx, t)
	}
	if err == nil {
		err = s.accepted(t)
	}
	if err == nil {
		err = s.secure(ctx, t, limit)
	}
	if err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// arrange sets the type of a transfer and gets the way ready by which it will come.
func (s *server) arrange(ctx context.Context, l *lane, what request) (*transfer, error) {
	verb, _, _ := strings.Cut(what.command, " ")
	t := &transfer{lane: l, verb: verb, wire: &wire{silence: s.limits.Silence}, last: l.reply}
	t.data = t.wire
	t.pace = func(n int) error { return s.guest.Bytes(ctx, n) }
	t.stop = context.AfterFunc(ctx, l.kill)
	if l.kind != what.kind {
		if _, err := l.ask(ctx, s.guest, "TYPE "+what.kind); err != nil {
			return nil, t.fail(err)
		}
		l.kind = what.kind
	}
	var err error
	if t.open, t.wire.Conn, err = s.prepare(ctx, l, what.command); err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// attach opens the data connection of a command that is under way, unless it is open.
func (s *server) attach(ctx context.Context, t *transfer) error {
	if t.wire.Conn == nil {
		conn, err := t.open(ctx)
		if err != nil {
			return s.unopened(t, err)
		}
		t.wire.Conn = conn
	}
	control, conn := t.stop, t.wire.Conn
	data := context.AfterFunc(ctx, func() { conn.Close() })
	t.stop = func() bool { data(); return control() }
	return nil
}

// unopened tells why there is no data connection for a command that is under way:
// a server that refuses the command closes its port at once.
func (s *server) unopened(t *transfer, err error) error {
	if r, lost := t.lane.reply(); lost == nil && r.code/100 > 3 && r.code != 425 {
		if t.ahead {
			t.lane.follow()
		}
		return r.failed(t.verb)
	}
	t.lane.kill()
	s.learn(func(_ *index.Known, can *abilities) { can.passive = "" })
	return fmt.Errorf("%w: data connection: %w", crawler.ErrGone, err)
}

// accepted reads the reply to the command.
func (s *server) accepted(t *transfer) error {
	if half, ok := t.wire.Conn.(*net.TCPConn); ok && s.lingers(t) {
		_ = half.CloseWrite() // a courtesy: without it the listing comes as well, only later
	}
	r, err := t.lane.reply()
	switch {
	case err != nil:
		return err
	case r.ok(): // the last word came before the data
		t.last = func() (reply, error) { return r, nil }
	case r.code/100 != 1:
		_ = t.wire.Close()
		if t.ahead {
			t.lane.follow()
		}
		return r.failed(t.verb)
	}
	return nil
}

// secure makes the data connection of a command that was accepted ready: encrypted
// if the lane is, and with at most limit bytes to be read.
func (s *server) secure(ctx context.Context, t *transfer, limit int64) error {
	if t.lane.sessions != nil {
		secure, err := s.handshake(ctx, t.wire.Conn, held{t.lane.sessions})
		if err != nil {
			t.lane.kill()
			return err
		}
		t.wire.Conn = secure
	}
	t.wire.allow(limit, s.limits.Watchdog+s.limits.Silence) // a listing ends before, with its context
	return nil
}

// lingers reports whether the server waits for our end of the data connection to
// be closed before it says that all was sent, which is a round trip. ProFTPD does,
// and takes no offence when that end is closed from the beginning: over it we
// have nothing to say. With TLS we have.
func (s *server) lingers(t *transfer) bool {
	return t.lane.sessions == nil && t.verb != "RETR" && s.runs("proftpd")
}

// fail ends the transfer with an error.
func (t *transfer) fail(err error) error {
	t.stop()
	t.data.Close()
	t.err = err
	return err
}

func (t *transfer) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.data.Read(p)
	if n > 0 {
		if slow := t.pace(n); slow != nil && err == nil {
			err = slow
		}
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		err = t.complete()
	default:
		err = t.lane.lost(err)
	}
	_ = t.fail(err)
	return n, err
}

// complete reads the server's word on the transfer, and returns io.EOF if it is
// good.
func (t *transfer) complete() error {
	t.data.Close() // some servers wait for it before they answer
	r, err := t.last()
	if err != nil {
		return err
	}
	if r.code == 229 { // the answer to the EPSV behind: the transfer was forgotten
		t.lane.kill()
		return fmt.Errorf("%w: %s dropped for the next", crawler.ErrGone, t.verb)
	}
	if t.ahead {
		t.lane.follow()
	}
	switch {
	case !r.ok():
		return r.failed(t.verb)
	case r.says("truncat"):
		return fmt.Errorf("%w: %d %s", errCut, r.code, index.Visible(r.last()))
	}
	return io.EOF
}

// release gives the transfer up unless it has ended. The lane is then dead.
func (t *transfer) release() {
	if t.err == nil {
		t.lane.kill()
		_ = t.fail(errClosed)
	}
}

// follow reads the reply to the EPSV that was sent ahead.
func (l *lane) follow() {
	l.next = ""
	if r, err := l.answer(); err == nil {
		l.follows(r)
	}
}

// follows takes the reply to an EPSV that was sent ahead.
func (l *lane) follows(r reply) {
	if l.next = ""; r.ok() {
		l.next = extendedPort(r.text)
	}
}

// prepare gets the way ready by which the data of a command will come. Until a
// data connection has been opened to this server, and when it no longer does as it
// did, it is opened now, by whatever means work; else open is to be called when the
// command is under way.
func (s *server) prepare(ctx context.Context, l *lane, command string) (open func(context.Context) (net.Conn, error), conn net.Conn, err error) {
	if mode := s.able().passive; mode != "" {
		open, err = s.channel(ctx, l, mode, command)
		var refusal *replyError
		if !errors.As(err, &refusal) || !refusal.reply.unknown() || l.dead.Load() {
			return open, nil, err
		}
	}
	var failures []error
	for _, mode := range []string{"EPSV", "PASV", "EPRT", "PORT"} {
		if mode == "EPRT" && (!s.settings.Active || s.settings.Proxy != "") {
			break
		}
		open, err := s.channel(ctx, l, mode, command)
		if l.dead.Load() {
			return nil, nil, err
		}
		active := mode == "EPRT" || mode == "PORT"
		if err == nil && !active {
			conn, err = open(ctx)
		}
		if err == nil {
			s.learn(func(_ *index.Known, can *abilities) { can.passive = mode })
			return open, conn, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", mode, err))
	}
	return nil, nil, fmt.Errorf("%w: no data connection can be opened: %v", crawler.ErrBroken, errors.Join(failures...)) //nolint:errorlint // what these are is not what the listing is
}

// channel agrees with the server on a data connection.
func (s *server) channel(ctx context.Context, l *lane, mode, command string) (func(context.Context) (net.Conn, error), error) {
	if mode == "EPRT" || mode == "PORT" {
		return s.listen(ctx, l, mode)
	}
	addr := l.next
	l.next = ""
	if addr == "" {
		var err error
		if addr, err = s.passive(ctx, l, mode, command); err != nil {
			return nil, err
		}
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	target := net.JoinHostPort(s.target(l, host), port)
	return func(ctx context.Context) (net.Conn, error) { return s.dial(ctx, target) }, nil
}

// target decides which host a data connection goes to: that of the control
// connection, whatever the server names, unless the owner lets it be followed
// to another public address.
func (s *server) target(l *lane, named string) string {
	if addr, err := netip.ParseAddr(named); err == nil && s.settings.Follow && public(addr) {
		return named
	}
	if s.settings.Proxy != "" {
		return hostname(s.id)
	}
	host, _, err := net.SplitHostPort(l.wire.RemoteAddr().String())
	if err != nil {
		return hostname(s.id)
	}
	return host
}

// public reports whether an address is one of the open Internet.
func public(a netip.Addr) bool {
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// passive asks where a data connection may be opened: "host:port", with an
// empty host for the host of the control connection.
func (s *server) passive(ctx context.Context, l *lane, mode, command string) (string, error) {
	if s.able().announce {
		r, err := l.ask(ctx, s.guest, "PRET "+command)
		switch {
		case err != nil:
			return "", err
		case r.unknown(): // whatever it meant
			s.learn(func(_ *index.Known, can *abilities) { can.announce, can.silent = false, true })
		case !r.ok():
			return "", r.failed("PRET")
		}
	}
	r, err := l.ask(ctx, s.guest, mode)
	if err != nil {
		return "", err
	}
	if can := s.able(); !r.ok() && r.says("pret") && !can.announce && !can.silent {
		s.learn(func(_ *index.Known, can *abilities) { can.announce = true })
		return s.passive(ctx, l, mode, command)
	}
	if !r.ok() {
		return "", r.failed(mode)
	}
	addr := extendedPort(r.text)
	if mode == "PASV" {
		addr = passiveAddr(r.text)
	}
	if addr == "" {
		return "", fmt.Errorf("%s: no port in %q", mode, index.Visible(firstLine(r.text)))
	}
	return addr, nil
}

// extendedPort reads the reply to EPSV (RFC 2428 section 3):
//
//	Entering Extended Passive Mode (|||6446|) => ":6446"
func extendedPort(text string) string {
	_, rest, ok := strings.Cut(text, "(")
	inner, _, closed := strings.Cut(rest, ")")
	if !ok || !closed || len(inner) < 5 {
		return ""
	}
	fields := strings.Split(inner, inner[:1])
	if len(fields) != 5 {
		return ""
	}
	if port, err := strconv.ParseUint(fields[3], 10, 16); err != nil || port == 0 {
		return ""
	}
	return ":" + fields[3]
}

var sixNumbers = regexp.MustCompile(`(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})`)

// passiveAddr reads the reply to PASV (RFC 959 section 4.1.2):
//
//	Entering Passive Mode (10,0,0,1,25,46). => "10.0.0.1:6446"
func passiveAddr(text string) string {
	m := sixNumbers.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	high, _ := strconv.Atoi(m[5])
	low, _ := strconv.Atoi(m[6])
	if high > 255 || low > 255 || high+low == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", strings.Join(m[1:5], "."), high<<8|low)
}

// listen waits for the server to open the data connection (EPRT, PORT).
func (s *server) listen(ctx context.Context, l *lane, mode string) (func(context.Context) (net.Conn, error), error) {
	here, err := netip.ParseAddrPort(l.wire.LocalAddr().String())
	if err != nil {
		return nil, err
	}
	ip := here.Addr().Unmap()
	ear, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(ip.String(), "0"))
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { ear.Close() }) // if nobody comes to accept
	port := ear.Addr().(*net.TCPAddr).Port
	family := 1
	if ip.Is6() {
		family = 2
	}
	command := fmt.Sprintf("EPRT |%d|%s|%d|", family, ip, port)
	if mode == "PORT" {
		command = fmt.Sprintf("PORT %s,%d,%d", strings.ReplaceAll(ip.String(), ".", ","), port>>8, port&255)
	}
	r, err := l.ask(ctx, s.guest, command)
	if err == nil && !r.ok() {
		err = r.failed(mode)
	}
	if err != nil {
		ear.Close()
		return nil, err
	}
	return func(context.Context) (net.Conn, error) { return s.accept(ear, l) }, nil
}

// accept takes the data connection in, from nobody but the server.
func (s *server) accept(ear net.Listener, l *lane) (net.Conn, error) {
	defer ear.Close()
	if err := ear.(*net.TCPListener).SetDeadline(time.Now().Add(s.limits.Silence)); err != nil {
		return nil, err
	}
	for {
		conn, err := ear.Accept()
		if err != nil {
			return nil, err
		}
		from, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
		if from == s.target(l, "") {
			return conn, nil
		}
		conn.Close()
	}
}
