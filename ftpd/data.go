package ftpd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"trawl/ftpd/internal/dtp"
)

// mayOpen reports whether a data connection may be set up, and answers the command if not.
func (s *session) mayOpen() bool {
	if s.wantsProtection() {
		s.reply(521, "Data connections need TLS here: PROT P first.")
		return false
	}
	lax := s.shield != nil && s.shield.Lax
	s.data.Demand(dtp.Demand{Resume: !lax && !s.login.Anonymous, Lax: lax})
	return true
}

// passivePort waits for a data connection and returns its port. If that fails it answers the
// command.
func (s *session) passivePort(ctx context.Context) (port uint16, ok bool) {
	if !s.mayOpen() {
		return 0, false
	}
	port, err := s.data.Listen(ctx)
	if err != nil {
		s.log.Warn("no passive port", "err", err)
		s.reply(425, "No port is free for a data connection, try again later.")
	}
	return port, err == nil
}

func cmdPasv(ctx context.Context, s *session, _ string) {
	addr := s.local.Addr()
	switch {
	case s.epsvAll:
		s.reply(501, "EPSV ALL was given.")
		return
	case !addr.Is4():
		s.reply(501, "PASV knows only IPv4: use EPSV.")
		return
	}
	if host := s.Public.host(s.peer.Addr()); host != "" {
		public, err := s.names.addr(ctx, host)
		if err != nil {
			s.log.Warn("the public address is not known", "host", host, "err", err)
			s.reply(425, "The address for data connections is not known now, use EPSV.")
			return
		}
		addr = public
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
	if to.Addr().Is4In6() && s.family() == "1" { // a client with a socket for both protocols names itself so
		family, to = "1", netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	}
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
		s.reply(501, "Only your own address is reached, no foreign address")
	case to.Port() < 1024:
		s.reply(501, "Only ports from 1024 on are reached, no privileged port")
	case s.mayOpen():
		s.data.Dial(netip.AddrPortFrom(s.peer.Addr(), to.Port()))
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
