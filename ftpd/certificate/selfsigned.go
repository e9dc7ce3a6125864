package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"time"

	"trawl/ftpd/wholefile"
)

// selfSigned is the file of a certificate that is signed by itself, with its key.
const selfSigned = "ftp-certificate.pem"

// years is how long such a certificate is good for: clients know it by its fingerprint, and a new one has another.
const years = 10

// SelfSigned returns a certificate that is signed by itself. At the first call it makes one for the names (host names and
// addresses) and puts it into dir, where only the owner can read it; later calls return the same one, until it expires.
// made reports whether it is a new one, whose Fingerprint is to be printed.
func SelfSigned(dir string, names []string) (cert *tls.Certificate, made bool, err error) {
	file := filepath.Join(dir, selfSigned)
	cert, err = load(file, file)
	switch {
	case err == nil && time.Now().Before(cert.Leaf.NotAfter):
		return cert, false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, false, fmt.Errorf("read %s: %w", file, err)
	}
	if err := writeSelfSigned(file, names); err != nil {
		return nil, false, fmt.Errorf("make a certificate: %w", err)
	}
	if cert, err = load(file, file); err != nil {
		return nil, false, fmt.Errorf("read %s: %w", file, err)
	}
	return cert, true, nil
}

// SelfSignedFile returns the file of the certificate that SelfSigned returns: PEM, with its key.
func SelfSignedFile(dir string, names []string) (file string, err error) {
	_, _, err = SelfSigned(dir, names)
	return filepath.Join(dir, selfSigned), err
}

// Fixed returns a [Get] of one certificate.
func Fixed(cert *tls.Certificate) Get {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil }
}

// writeSelfSigned makes a certificate and writes it with its key to a file, whole or not at all.
func writeSelfSigned(file string, names []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	of := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "trawl"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if ip := net.ParseIP(name); ip != nil {
			of.IPAddresses = append(of.IPAddresses, ip)
			continue
		}
		of.DNSNames = append(of.DNSNames, name)
	}
	if len(names) > 0 {
		of.Subject.CommonName = names[0]
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		return err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	return wholefile.Write(file, text)
}
