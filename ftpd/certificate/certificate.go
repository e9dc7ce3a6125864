// Package certificate gets the TLS certificate of a server: from files, which it reads again when they change (files.go);
// one that it signs itself at the first start (selfsigned.go); or one that an authority gives by ACME and renews
// (acme.go). Each is a function for GetCertificate of [tls.Config].
package certificate

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"strings"
)

// Get is what GetCertificate of [tls.Config] takes.
type Get func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// Config returns the configuration of a server with the certificate.
func (g Get) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: g}
}

// Fingerprint returns the SHA-256 of a certificate as clients show it: "AB:CD:...".
func Fingerprint(c *tls.Certificate) string {
	if len(c.Certificate) == 0 {
		return ""
	}
	sum := sha256.Sum256(c.Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
