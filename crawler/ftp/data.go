package ftp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// prepare agrees on the data connection of a command. It returns open, to be called
// when the command is under way. If it is not yet known how this server opens data
// connections, or if that no longer works, prepare tries all modes, and conn is the
// connection if it is open already.
func (s *server) prepare(ctx context.Context, l *connection, command string) (open func(context.Context) (net.Conn, error), conn net.Conn, err error) {
	if mode := s.able().passive; mode != "" {
		open, err = s.channel(ctx, l, mode, command)
		var refusal *replyError
		if !errors.As(err, &refusal) || !refusal.reply.unknown() || l.dead.Load() {
			return open, nil, err
		}
	}
	var failures []error
	for _, mode := range []string{"EPSV", "PASV", "EPRT", "PORT"} {
		if s.hushed(mode) {
			continue
		}
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
	how := ""
	if !s.settings.Active {
		how = " passively, and active mode is not allowed"
	}
	return nil, nil, fmt.Errorf("%w: no data connection can be opened%s: %v", crawler.ErrBroken, how, errors.Join(failures...)) //nolint:errorlint // what these are is not what the listing is
}

// channel agrees with the server on a data connection.
func (s *server) channel(ctx context.Context, l *connection, mode, command string) (func(context.Context) (net.Conn, error), error) {
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
	target := net.JoinHostPort(s.target(l.wire, host), port)
	return func(ctx context.Context) (net.Conn, error) { return s.dial(ctx, target) }, nil
}

// target decides which host a data connection goes to: that of the control
// connection, whatever the server names, unless the owner lets it be followed
// to another public address.
func (s *server) target(control net.Conn, named string) string {
	if addr, err := netip.ParseAddr(named); err == nil && s.settings.Follow && public(addr) {
		return named
	}
	if s.settings.Proxy != "" {
		return s.id.Hostname()
	}
	host, _, err := net.SplitHostPort(control.RemoteAddr().String())
	if err != nil {
		return s.id.Hostname()
	}
	return host
}

// public reports whether an address is one of the open Internet.
func public(a netip.Addr) bool {
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// passive asks the server for the address of a data connection: "host:port", with an
// empty host for the host of the control connection.
func (s *server) passive(ctx context.Context, l *connection, mode, command string) (string, error) {
	if s.able().announce {
		r, err := l.ask(ctx, s.pacer, "PRET "+command)
		switch {
		case err != nil:
			return "", err
		case r.unknown(): // whatever it meant
			s.learn(func(_ *index.Known, can *abilities) { can.announce, can.silent = false, true })
		case !r.ok():
			return "", r.failed("PRET")
		}
	}
	within := 2 * s.limits.Silence
	if mode == "EPSV" && s.able().passive != mode { // PASV may do
		within = l.optional()
	}
	r, err := l.askWithin(ctx, s.pacer, mode, within)
	if err != nil {
		if silence(err) && s.able().passive != mode {
			s.hush(mode, err)
		}
		return "", err
	}
	if can := s.able(); !r.ok() && r.says("pret") && !can.announce && !can.silent {
		s.learn(func(_ *index.Known, can *abilities) { can.announce = true })
		return s.passive(ctx, l, mode, command)
	}
	if !r.ok() {
		return "", r.failed(mode)
	}
	addr := extendedPort(r.text) // some servers answer EPSV as PASV, and the other way round
	if six := passiveAddr(r.text); addr == "" || mode == "PASV" && six != "" {
		addr = six
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
	if !ok || !closed || len(inner) < 5 || inner[0] >= '0' && inner[0] <= '9' {
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

// listen lets the server open the data connection (EPRT, PORT).
func (s *server) listen(ctx context.Context, l *connection, mode string) (func(context.Context) (net.Conn, error), error) {
	here, err := netip.ParseAddrPort(l.wire.LocalAddr().String())
	if err != nil {
		return nil, err
	}
	ip := here.Addr().Unmap()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(ip.String(), "0"))
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { listener.Close() }) // if nobody comes to accept
	port := listener.Addr().(*net.TCPAddr).Port
	family := 1
	if ip.Is6() {
		family = 2
	}
	command := fmt.Sprintf("EPRT |%d|%s|%d|", family, ip, port)
	if mode == "PORT" {
		command = fmt.Sprintf("PORT %s,%d,%d", strings.ReplaceAll(ip.String(), ".", ","), port>>8, port&255)
	}
	r, err := l.ask(ctx, s.pacer, command)
	if err == nil && !r.ok() {
		err = r.failed(mode)
	}
	if err != nil {
		listener.Close()
		return nil, err
	}
	return func(context.Context) (net.Conn, error) { return s.accept(listener, l) }, nil
}

// accept accepts the data connection from the server, and from nobody else.
func (s *server) accept(listener net.Listener, l *connection) (net.Conn, error) {
	defer listener.Close()
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(s.limits.Silence)); err != nil {
		return nil, err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return nil, err
		}
		from, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
		if from == s.target(l.wire, "") {
			return conn, nil
		}
		conn.Close()
	}
}
