package certificate

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME says for which names an authority is asked for a certificate (RFC 8555).
type ACME struct {
	Dir     string   // folder for the account's key and the certificates; only the owner reads what is in it
	Domains []string // host names, at least one
	Email   string   // to which the authority writes; may be ""
	URL     string   // of the authority's directory; "" is Let's Encrypt

	HTTP *http.Client // to reach the authority; nil is the default one
}

// Manager gets certificates and renews them a month before they expire. It accepts the authority's terms of service for
// the owner. The authority proves that the names lead here by a request to port 80, which Handler has to answer.
type Manager struct {
	domains []string
	auto    *autocert.Manager
}

// NewManager returns the manager of the certificates.
func NewManager(a ACME) (*Manager, error) {
	if len(a.Domains) == 0 {
		return nil, errors.New("a certificate by ACME needs a domain")
	}
	url := a.URL
	if url == "" {
		url = autocert.DefaultACMEDirectory
	}
	auto := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(a.Dir),
		HostPolicy: autocert.HostWhitelist(a.Domains...),
		Email:      a.Email,
		Client:     &acme.Client{DirectoryURL: url, HTTPClient: &http.Client{Transport: byHTTP{a.HTTP}}, UserAgent: "trawl"},
	}
	auto.HTTPHandler(nil) // from now on it takes challenges by HTTP
	return &Manager{domains: a.Domains, auto: auto}, nil
}

// byHTTP hides from autocert the challenges by TLS, which it would try first: they are answered at port 443, where nobody
// may be, and authorities count failures.
type byHTTP struct{ *http.Client }

func (c byHTTP) RoundTrip(req *http.Request) (*http.Response, error) {
	next := http.DefaultTransport
	if c.Client != nil && c.Transport != nil {
		next = c.Transport
	}
	resp, err := next.RoundTrip(req)
	if err != nil || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(withoutTLS(body))), -1
	resp.Header.Del("Content-Length")
	return resp, nil
}

// withoutTLS returns an answer without challenges by TLS.
func withoutTLS(body []byte) []byte {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	challenges, ok := answer["challenges"].([]any)
	if !ok {
		return body
	}
	answer["challenges"] = slices.DeleteFunc(challenges, func(c any) bool {
		fields, _ := c.(map[string]any)
		return fields["type"] == "tls-alpn-01"
	})
	changed, err := json.Marshal(answer)
	if err != nil {
		return body
	}
	return changed
}

// Handler answers the requests by which the authority proves the names, below /.well-known/acme-challenge/, and leaves all
// others to otherwise; nil sends them to https. It has to be reached at port 80 of each domain.
func (m *Manager) Handler(otherwise http.Handler) http.Handler {
	answers := m.auto.HTTPHandler(otherwise)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.Host); err == nil && strings.HasPrefix(r.URL.Path, challenge) {
			r = r.Clone(r.Context())
			r.Host = host // autocert knows hosts without ports
		}
		answers.ServeHTTP(w, r)
	})
}

// challenge is where answers to challenges are (RFC 8555 section 8.3).
const challenge = "/.well-known/acme-challenge/"

// Get returns the certificate of the name that a client asks for. It is a [Get]. Clients of FTP often name no host, or
// the address: they get the certificate of the first domain.
func (m *Manager) Get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	named := *hello
	if m.auto.HostPolicy(context.Background(), hello.ServerName) != nil {
		named.ServerName = m.domains[0]
	}
	named.SupportedProtos = nil // what FTP asks for is none of autocert's
	return m.auto.GetCertificate(&named)
}

// Obtain gets the certificates that are not there yet, so that no client has to wait for them. From then on they are
// renewed. Handler must answer already.
func (m *Manager) Obtain() error {
	var all error
	for _, domain := range m.domains {
		hello := &tls.ClientHelloInfo{
			ServerName: domain, SupportedVersions: []uint16{tls.VersionTLS13},
			SupportedCurves:  []tls.CurveID{tls.CurveP256},
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			CipherSuites:     []uint16{tls.TLS_AES_128_GCM_SHA256},
		}
		if _, err := m.auto.GetCertificate(hello); err != nil {
			all = errors.Join(all, fmt.Errorf("get a certificate for %s: %w", domain, err))
		}
	}
	return all
}
