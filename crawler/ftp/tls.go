package ftp

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"

	"trawl/crawler"
	"trawl/index"
)

// encryption returns how connections are encrypted: "", "explicit", "implicit".
func (s *server) encryption() string {
	if s.settings.TLS == "" && s.id.Scheme() == "ftps" {
		return "implicit"
	}
	return s.settings.TLS
}

// upgrade asks for TLS on a plain control connection (RFC 4217).
func (s *server) upgrade(ctx context.Context, c *control) error {
	r, err := c.ask(ctx, s.pacer, "AUTH TLS")
	if err == nil && r.code/100 == 5 { // servers of before RFC 4217
		if old, lost := c.ask(ctx, s.pacer, "AUTH SSL"); lost != nil || old.code == 234 || old.code == 334 {
			r, err = reply{234, old.text}, lost
		}
	}
	if err != nil {
		return err
	}
	if r.code != 234 {
		return &turned{crawler.ErrTrust, "AUTH TLS", r, "set TLS off or to implicit"}
	}
	if c.text.R.Buffered() > 0 {
		return fmt.Errorf("%w: the server sent more than it may before TLS", crawler.ErrTrust)
	}
	return s.encrypt(ctx, c)
}

// protect asks for encrypted data connections.
func (s *server) protect(ctx context.Context, c *control) error {
	if _, err := c.ask(ctx, s.pacer, "PBSZ 0"); err != nil {
		return err
	}
	r, err := c.ask(ctx, s.pacer, "PROT P")
	if err != nil {
		return err
	}
	if !r.ok() {
		return &turned{crawler.ErrTrust, "PROT P", r, "it would send listings in the clear"}
	}
	return nil
}

// encrypt does the handshake on a control connection.
func (s *server) encrypt(ctx context.Context, c *control) error {
	c.sessions = tls.NewLRUClientSessionCache(1)
	conn, err := s.handshake(ctx, c.wire.Conn, c.sessions)
	if err != nil {
		return err
	}
	c.use(conn)
	return nil
}

// handshake makes conn a TLS connection. It accepts the certificates that verify does.
func (s *server) handshake(ctx context.Context, conn net.Conn, sessions tls.ClientSessionCache) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Silence)
	defer cancel()
	secure := tls.Client(conn, s.tlsConfig(sessions))
	if err := secure.HandshakeContext(ctx); err != nil {
		if errors.Is(err, crawler.ErrTrust) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: TLS handshake: %w", crawler.ErrGone, err)
	}
	return secure, nil
}

// tlsConfig returns the settings of a TLS connection whose certificate is held to what the
// owner trusts.
func (s *server) tlsConfig(sessions tls.ClientSessionCache) *tls.Config {
	return &tls.Config{
		ServerName:         s.id.Hostname(),
		ClientSessionCache: sessions,
		InsecureSkipVerify: true, //nolint:gosec // verify does it: by pin, by name, or not at all if the owner says so
		VerifyConnection:   s.verify,
		MinVersion:         tls.VersionTLS12,
	}
}

// verify decides whether the server is who it should be: it has the pinned
// certificate, or any if the owner says so, or one that the roots vouch for.
func (s *server) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return fmt.Errorf("%w: no certificate", crawler.ErrTrust)
	}
	leaf := state.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	fingerprint := hex.EncodeToString(sum[:])
	if err := s.vouched(leaf, fingerprint, state.PeerCertificates[1:]); err != nil {
		return err
	}
	s.learn(func(known *index.Known, _ *abilities) { known.HostKey = fingerprint })
	return nil
}

func (s *server) vouched(leaf *x509.Certificate, fingerprint string, chain []*x509.Certificate) error {
	if pin := s.settings.Pin; pin != "" {
		if !strings.EqualFold(strings.ReplaceAll(pin, ":", ""), fingerprint) {
			return fmt.Errorf("%w: the certificate is %s, pinned is %s: if that is right, pin the new one", crawler.ErrTrust, fingerprint, index.Visible(pin))
		}
		return nil
	}
	if s.settings.Insecure {
		return nil
	}
	between := x509.NewCertPool()
	for _, c := range chain {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: s.id.Hostname(), Roots: s.roots, Intermediates: between})
	if err == nil {
		return nil
	}
	s.mu.Lock()
	before := s.known.HostKey
	s.mu.Unlock()
	if before != "" && before != fingerprint {
		return fmt.Errorf("%w: the certificate changed from %s to %s and %w: pin it if that is right", crawler.ErrTrust, before, fingerprint, err)
	}
	return fmt.Errorf("%w: %w: pin it (%s) if you know it, or allow any", crawler.ErrTrust, err, fingerprint)
}

// held is a session cache that stores no new sessions. So data connections resume the
// session of their control connection, which servers demand, and not that of each other.
type held struct{ tls.ClientSessionCache }

func (held) Put(string, *tls.ClientSessionState) {}
