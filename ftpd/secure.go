package ftpd

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"time"

	"trawl/ftpd/account"
	"trawl/ftpd/internal/dtp"
)

// TLS is how a server protects its connections (RFC 4217).
type TLS struct {
	// Config has the certificates, and may have more. There is no version below 1.2, and clients that want another
	// protocol than "ftp" (ALPN) are refused, so that no page can use a browser's HTTPS against this server (ALPACA).
	// GetConfigForClient and the functions that wrap sessions are not used.
	Config *tls.Config
	Demand bool // of each login and each data connection; else of those that account.Login says
	Users  bool // of each login but those of guests: USER is refused in the clear, so that no password is sent
	// Lax is for old clients: a data connection may begin a TLS session of its own, and an upload may end without
	// close_notify. Else only guests may do the first, and nobody the second.
	Lax bool
}

// shield is the TLS of a server.
type shield struct {
	TLS
	base *tls.Config
}

// newShield returns the TLS of a server that has the settings; nil if it has none.
func newShield(t *TLS) *shield {
	if t == nil || t.Config == nil {
		return nil
	}
	base := t.Config.Clone()
	base.MinVersion = max(base.MinVersion, tls.VersionTLS12)
	base.NextProtos = []string{"ftp"}
	base.GetConfigForClient = nil
	base.SessionTicketsDisabled = false
	base.DynamicRecordSizingDisabled = true
	return &shield{TLS: *t, base: base}
}

// secured reports whether the control connection has TLS.
func (s *session) secured() bool { return s.tls != nil }

// wantsTLS reports whether the server takes no login of a name in the clear.
func (s *session) wantsTLS(name string) bool {
	return s.shield != nil && !s.secured() && (s.shield.Demand || s.shield.Users && !account.IsAnonymous(name))
}

// wantsProtection reports whether data connections must be protected, and are not.
func (s *session) wantsProtection() bool {
	demanded := s.login.Secure || s.shield != nil && s.shield.Demand
	return demanded && !s.data.Protected()
}

// beginTLS puts TLS on the control connection. Its TLS session resumes no other, and binds the data connections.
func (s *session) beginTLS(ctx context.Context) error {
	s.binding = dtp.NewBinding(s.shield.base)
	return s.secure(ctx, s.binding.Control())
}

// beginImplicit begins a session of implicit FTPS, whose data connections have TLS from the beginning, too.
func (s *session) beginImplicit(ctx context.Context) error {
	if s.shield == nil {
		return errNoTLS
	}
	if err := s.beginTLS(ctx); err != nil {
		return err
	}
	s.data.Protect(s.binding)
	s.bufferSize = true
	return nil
}

var errNoTLS = errors.New("implicit FTPS without TLS")

// endTLS says that no more will come, so that the client sees that nothing was cut.
func (c *control) endTLS() {
	if c.tls != nil {
		_ = c.conn.SetWriteDeadline(time.Now().Add(time.Second))
		_ = c.tls.CloseWrite()
	}
}

// cmdAuth answers AUTH TLS (RFC 4217 section 4).
func cmdAuth(ctx context.Context, s *session, arg string) {
	switch mechanism := strings.ToUpper(strings.TrimSpace(arg)); {
	case s.shield == nil:
		s.reply(502, "TLS is not served.")
		return
	case mechanism != "TLS" && mechanism != "TLS-C" && mechanism != "SSL" && mechanism != "TLS-P":
		s.reply(504, "AUTH TLS is served.")
		return
	case s.secured():
		s.reply(503, "TLS is on.")
		return
	case s.pending():
		s.reply(421, "Commands came behind AUTH in the clear: closing the connection.")
		s.ended = true
		return
	}
	s.leave()
	s.reply(234, "Now TLS.")
	if err := errors.Join(s.flush(), s.beginTLS(ctx)); err != nil {
		s.log.Debug("no TLS", "err", err)
		s.ended = true
		return
	}
	if m := strings.ToUpper(strings.TrimSpace(arg)); m == "SSL" || m == "TLS-P" { // they mean PROT P (draft-murray-auth-ftp-ssl)
		s.data.Protect(s.binding)
	}
}

// cmdPbsz answers PBSZ, which comes before PROT (RFC 2228 section 3, RFC 4217 section 8).
func cmdPbsz(_ context.Context, s *session, _ string) {
	if !s.secured() {
		s.reply(503, "AUTH TLS comes first.")
		return
	}
	s.bufferSize = true
	s.reply(200, "PBSZ=0")
}

// cmdProt sets the protection of data connections: P is TLS, C is none (RFC 4217 section 9).
func cmdProt(_ context.Context, s *session, arg string) {
	switch level := strings.ToUpper(strings.TrimSpace(arg)); {
	case !s.secured():
		s.reply(503, "AUTH TLS comes first.")
	case !s.bufferSize:
		s.reply(503, "PBSZ 0 comes first.")
	case level == "P":
		s.data.Protect(s.binding)
		s.reply(200, "Data connections have TLS.")
	case level == "C" && (s.shield.Demand || s.login.Secure):
		s.reply(534, "Data connections need TLS here.")
	case level == "C":
		s.data.Protect(nil)
		s.reply(200, "Data connections are in the clear.")
	case level == "S" || level == "E":
		s.reply(536, "PROT P and PROT C are served.")
	default:
		s.reply(504, "PROT P and PROT C are served.")
	}
}

// cmdCcc refuses to go back to the clear (RFC 4217 section 7): who listens on the way would see and could change what is
// asked for, and the data connections would be bound to nothing.
func cmdCcc(_ context.Context, s *session, _ string) {
	if !s.secured() {
		s.reply(533, "The control connection is in the clear.")
		return
	}
	s.reply(534, "The control connection keeps its TLS.")
}

// handshakeByte begins each TLS connection (RFC 8446 section 5.1).
const handshakeByte = 22

// foreign reports whether a line is one of HTTP, as a browser sends it if a page makes it connect here. No such client may stay and see how often it has to ask for a command that counts.
func (s *session) foreign(line string) bool {
	verb, rest := split(line)
	switch verb {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI":
		return true
	}
	return strings.HasSuffix(verb, ":") && rest != "" // a header
}

// greetsInTLS waits for the next byte and reports whether it begins TLS, where AUTH has to come first.
func (s *session) greetsInTLS() bool {
	b, _ := s.r.Peek(1)
	return len(b) == 1 && b[0] == handshakeByte && !s.secured()
}
