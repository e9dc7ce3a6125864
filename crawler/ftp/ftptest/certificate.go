package ftptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Identity is a self-signed certificate for 127.0.0.1 with its key.
type Identity struct {
	File  string // the key and the certificate in PEM
	Pin   string // SHA-256 of the certificate, in hex
	Roots *x509.CertPool
	Pair  tls.Certificate
}

// NewIdentity makes a new one.
func NewIdentity(t testing.TB) Identity {
	t.Helper()
	id, text, err := makeIdentity()
	if err != nil {
		t.Fatal(err)
	}
	id.File = filepath.Join(scratch(t), "identity.pem")
	if err := os.WriteFile(id.File, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return id
}

// makeIdentity makes an identity without a file, and returns the text for the file.
func makeIdentity() (id Identity, text []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return id, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "trawl test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return id, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return id, nil, err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if id.Pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		return id, nil, err
	}
	sum := sha256.Sum256(der)
	id.Pin, id.Roots = hex.EncodeToString(sum[:]), x509.NewCertPool()
	id.Roots.AppendCertsFromPEM(certPEM)
	return id, append(keyPEM, certPEM...), nil
}
