package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"trawl/cmd/trawl/internal/settings"
	"trawl/ftpd"
	"trawl/ftpd/certificate"
)

// secured is the TLS of hosting.
type secured struct {
	get         certificate.Get      // nil: no TLS
	acme        *certificate.Manager // nil: none
	name        string               // for which acme gets a certificate
	fingerprint string               // of a certificate that is signed by itself
}

// openSecured gets the certificate that the settings name, or one that is signed by itself.
func openSecured(f *settings.File, dir string, log *slog.Logger) (*secured, error) {
	t := &f.FTP
	switch {
	case f.TLS() == "off", !usesTLS(f):
		return &secured{}, nil
	case t.Certificate != "":
		files, err := certificate.NewFiles(f.Resolve(t.Certificate), f.Resolve(t.Key), log)
		if err != nil {
			return nil, err
		}
		return &secured{get: files.Get}, nil
	case len(t.ACME.Domains) > 0:
		m, err := certificate.NewManager(certificate.ACME{
			Dir: filepath.Join(dir, "acme"), Domains: t.ACME.Domains, Email: t.ACME.Email, URL: t.ACME.Directory,
		})
		if err != nil {
			return nil, err
		}
		return &secured{get: m.Get, acme: m, name: t.ACME.Domains[0]}, nil
	}
	cert, _, err := certificate.SelfSigned(dir, ownNames(f))
	if err != nil {
		return nil, err
	}
	return &secured{get: certificate.Fixed(cert), fingerprint: certificate.Fingerprint(cert)}, nil
}

// usesTLS reports whether a protocol that is served can use TLS.
func usesTLS(f *settings.File) bool {
	return f.FTP.Listen != "" || f.FTP.Implicit != "" || f.HTTP.TLSListen != ""
}

// ownNames returns the names and addresses by which clients reach the server.
func ownNames(f *settings.File) (names []string) {
	host, _, err := net.SplitHostPort(f.FTP.Listen)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsUnspecified() {
		host = ""
	}
	for _, name := range []string{f.FTP.Name, f.FTP.Public, host} {
		if name != "" {
			names = append(names, name)
		}
	}
	return append(names, "localhost", "127.0.0.1", "::1")
}

// challenged returns the handler of the portal, which also answers the questions of ACME.
func (s *secured) challenged(portal http.Handler) http.Handler {
	if s == nil || s.acme == nil {
		return portal
	}
	return s.acme.Handler(portal)
}

// obtain gets the certificates by ACME that are not there yet. It tries until it has them or ctx is done.
func (s *secured) obtain(ctx context.Context, log *slog.Logger) {
	if s.acme == nil {
		return
	}
	for pause := time.Minute; ctx.Err() == nil; pause = min(2*pause, 6*time.Hour) {
		err := s.acme.Obtain()
		if err == nil {
			return
		}
		log.Error("there is no certificate yet; its authority has to reach the portal at port 80", "err", err, "again", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// expires returns when the certificate does; zero if there is none. It may ask for it, which takes a while.
func (s *secured) expires() time.Time {
	if s == nil || s.get == nil {
		return time.Time{}
	}
	cert, err := s.get(&tls.ClientHelloInfo{ServerName: s.name, SupportedVersions: []uint16{tls.VersionTLS13}})
	if err != nil || len(cert.Certificate) == 0 {
		return time.Time{}
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return time.Time{}
	}
	return leaf.NotAfter
}

// config returns the TLS of the server; nil is none.
func (s *secured) config(f *settings.File) *ftpd.TLS {
	if s.get == nil {
		return nil
	}
	config := s.get.Config()
	config.MinVersion = tls.VersionTLS12
	return &ftpd.TLS{Config: config, Demand: f.TLS() == "required", Users: f.TLS() == "users", Lax: f.FTP.Resume != nil && !*f.FTP.Resume}
}
