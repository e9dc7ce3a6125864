package ftpd

import (
	"context"
	"net/netip"
	"strings"
)

// cmdHost answers HOST (RFC 7151): the client says by which name it means the server. It comes before the login. All names
// of a server lead to the same files, so that it only confirms a name.
func cmdHost(_ context.Context, s *session, arg string) {
	name := strings.TrimSpace(arg)
	switch {
	case s.in || s.user != "":
		s.reply(503, "Bad sequence of commands")
	case !validHost(name):
		s.reply(501, short(name)+": Invalid hostname provided")
	case !s.named(name), s.secured() && s.tls.ConnectionState().ServerName != "" && !strings.EqualFold(s.tls.ConnectionState().ServerName, strings.TrimSuffix(name, ".")):
		if s.tolerate() { // names cannot be tried without end
			s.reply(504, name+": Unknown hostname provided")
		}
	default:
		s.reply(220, "HOST command successful")
	}
}

// named reports whether the server has a name. An address that the client connected to is one, in brackets if it is IPv6.
func (s *session) named(name string) bool {
	for _, own := range s.Names {
		if strings.EqualFold(own, strings.TrimSuffix(name, ".")) {
			return true
		}
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && addr.Unmap() == s.local.Addr()
}

// validHost reports whether a name is that of a host, or an address (RFC 7151 section 3.1).
func validHost(name string) bool {
	if len(name) > 255 || name == "" {
		return false
	}
	if strings.HasPrefix(name, "[") {
		addr, err := netip.ParseAddr(strings.TrimSuffix(name[1:], "]"))
		return err == nil && addr.Is6() && strings.HasSuffix(name, "]")
	}
	for _, c := range []byte(name) {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}
