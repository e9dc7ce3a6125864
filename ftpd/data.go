package ftpd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxConnect bounds the wait for a data connection.
const maxConnect = time.Minute

// connector opens a data connection.
type connector func(ctx context.Context) (*net.TCPConn, error)

// dataConnector returns the connector of the data connection that the client has set
// up for one transfer, or nil if there is none.
func (s *session) dataConnector() connector {
	ln, to := s.passive, s.active
	s.passive, s.active = nil, netip.AddrPort{}
	wait := min(s.Stall, maxConnect)
	switch {
	case ln != nil:
		return func(ctx context.Context) (*net.TCPConn, error) { return s.acceptData(ctx, ln, wait) }
	case to.IsValid():
		return func(ctx context.Context) (*net.TCPConn, error) {
			ctx, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			var d net.Dialer
			return d.DialTCP(ctx, "tcp", netip.AddrPortFrom(s.local.Addr(), 0), to)
		}
	}
	return nil
}

// acceptData accepts the data connection, and only from the address of the
// control connection.
func (s *session) acceptData(ctx context.Context, ln *net.TCPListener, wait time.Duration) (*net.TCPConn, error) {
	defer ln.Close()
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	if err := ln.SetDeadline(time.Now().Add(wait)); err != nil {
		return nil, err
	}
	for {
		conn, err := ln.AcceptTCP()
		if err != nil {
			return nil, err
		}
		from := addrPort(conn.RemoteAddr())
		if from.Addr() == s.peer.Addr() {
			return conn, nil
		}
		s.log.Warn("a stranger came to the data connection", "from", from.String())
		reset(conn)
	}
}

// dropData forgets the data connection that was set up.
func (s *session) dropData() {
	if s.passive != nil {
		s.passive.Close()
	}
	s.passive, s.active = nil, netip.AddrPort{}
}

// listenData opens the listener of a passive data connection on the address of
// the control connection.
func (s *session) listenData(ctx context.Context) error {
	s.dropData()
	ports := max(int(s.MaxPort)-int(s.MinPort), 0) + 1
	first := rand.IntN(ports) //nolint:gosec // it spreads the ports; who may connect is decided by address
	var err error
	for i := range ports {
		port := s.MinPort + uint16((first+i)%ports)
		var ln net.Listener
		var lc net.ListenConfig
		ln, err = lc.Listen(ctx, "tcp", netip.AddrPortFrom(s.local.Addr(), port).String())
		if err == nil {
			s.passive, _ = ln.(*net.TCPListener)
			return nil
		}
	}
	return fmt.Errorf("listen for a data connection: %w", err)
}

// passivePort opens the listener and returns its port. If that fails it answers the
// command.
func (s *session) passivePort(ctx context.Context) (port uint16, ok bool) {
	if err := s.listenData(ctx); err != nil {
		s.log.Warn("no passive port", "err", err)
		s.reply(425, "No port is free for a data connection, try again later.")
		return 0, false
	}
	return addrPort(s.passive.Addr()).Port(), true
}

func cmdPasv(ctx context.Context, s *session, _ string) {
	addr := s.local.Addr()
	switch peer := s.peer.Addr(); {
	case s.epsvAll:
		s.reply(501, "EPSV ALL was given.")
		return
	case !addr.Is4():
		s.reply(501, "PASV knows only IPv4: use EPSV.")
		return
	case s.Public.Is4() && !peer.IsPrivate() && !peer.IsLoopback() && !peer.IsLinkLocalUnicast():
		addr = s.Public
	}
	if port, ok := s.passivePort(ctx); ok {
		s.reply(227, fmt.Sprintf("Entering Passive Mode (%s,%d,%d).",
			strings.ReplaceAll(addr.String(), ".", ","), port>>8, port&255))
	}
}

// cmdEpsv answers EPSV (RFC 2428 section 3).
func cmdEpsv(ctx context.Context, s *session, arg string) {
	switch arg := strings.TrimSpace(arg); {
	case strings.EqualFold(arg, "ALL"):
		s.epsvAll = true
		s.reply(200, "EPSV alone from now on.")
		return
	case arg != "" && arg != s.family():
		s.reply(522, fmt.Sprintf("Network protocol not supported, use (%s).", s.family()))
		return
	}
	if port, ok := s.passivePort(ctx); ok {
		s.reply(229, fmt.Sprintf("Entering Extended Passive Mode (|||%d|).", port))
	}
}

// family returns the number of the control connection's network protocol: "1"
// is IPv4, "2" IPv6 (RFC 2428 section 2).
func (s *session) family() string {
	if s.peer.Addr().Is4() {
		return "1"
	}
	return "2"
}

func cmdPort(_ context.Context, s *session, arg string) {
	to, err := parsePort(arg)
	if err != nil {
		s.reply(501, "PORT wants h1,h2,h3,h4,p1,p2.")
		return
	}
	s.activate(to)
}

// cmdEprt answers EPRT (RFC 2428 section 2).
func cmdEprt(_ context.Context, s *session, arg string) {
	family, to, err := parseEprt(arg)
	switch {
	case err != nil:
		s.reply(501, "EPRT wants |family|address|port|.")
	case family != s.family():
		s.reply(522, fmt.Sprintf("Network protocol not supported, use (%s).", s.family()))
	default:
		s.activate(to)
	}
}

// activate sets where the client waits for the data connection. It accepts only the
// client's own address and no port below 1024, so that nobody can reach others
// through this server (RFC 2577 section 3).
func (s *session) activate(to netip.AddrPort) {
	switch {
	case s.epsvAll:
		s.reply(501, "EPSV ALL was given.")
	case to.Addr() != s.peer.Addr().WithZone(""):
		s.reply(500, "Only your own address is reached.")
	case to.Port() < 1024:
		s.reply(500, "Only ports from 1024 on are reached.")
	default:
		s.dropData()
		s.active = netip.AddrPortFrom(s.peer.Addr(), to.Port())
		s.reply(200, "Fine.")
	}
}

var errAddress = errors.New("not an address")

// parsePort reads the argument of PORT: "127,0,0,1,4,1" => 127.0.0.1:1025.
func parsePort(arg string) (netip.AddrPort, error) {
	parts := strings.Split(strings.TrimSpace(arg), ",")
	if len(parts) != 6 {
		return netip.AddrPort{}, errAddress
	}
	var b [6]byte
	for i, part := range parts {
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 8)
		if err != nil {
			return netip.AddrPort{}, errAddress
		}
		b[i] = byte(n)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[:4])), uint16(b[4])<<8|uint16(b[5])), nil
}

// parseEprt reads the argument of EPRT: "|2|::1|1025|" => "2", [::1]:1025.
func parseEprt(arg string) (family string, to netip.AddrPort, err error) {
	arg = strings.TrimSpace(arg)
	if arg == "" {
		return "", to, errAddress
	}
	parts := strings.Split(arg, arg[:1])
	if len(parts) != 5 || parts[0] != "" || parts[4] != "" {
		return "", to, errAddress
	}
	port, err := strconv.ParseUint(parts[3], 10, 16)
	if err != nil {
		return "", to, errAddress
	}
	addr, err := netip.ParseAddr(parts[2])
	switch {
	case parts[1] != "1" && parts[1] != "2": // another protocol, whose addresses are not known
		return parts[1], to, nil
	case err != nil, addr.Is4() != (parts[1] == "1"), addr.Zone() != "":
		return "", to, errAddress
	}
	return parts[1], netip.AddrPortFrom(addr, uint16(port)), nil
}
