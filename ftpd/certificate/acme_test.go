package certificate_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"trawl/ftpd/certificate"
	"trawl/index/indextest/needs"
)

// TestACME gets a certificate from pebble, an authority for tests, which proves the name by HTTP.
func TestACME(t *testing.T) {
	if testing.Short() {
		t.Skip("pebble would be built")
	}
	const domain = "ftp.trawl.test"
	var m *certificate.Manager
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
	}))
	defer web.Close()
	url, client := pebble(t, web.Listener.Addr(), names(t, domain))
	dir := t.TempDir()
	var err error
	if m, err = certificate.NewManager(certificate.ACME{Dir: dir, Domains: []string{domain}, Email: "me@trawl.test", URL: url, HTTP: client}); err != nil {
		t.Fatal(err)
	}
	if err := m.Obtain(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{domain, "", "192.0.2.1", "other.test"} {
		cert, err := m.Get(&tls.ClientHelloInfo{
			ServerName: name, SupportedProtos: []string{"ftp"}, SupportedVersions: []uint16{tls.VersionTLS13},
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
			CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256},
		})
		if err != nil {
			t.Errorf("%q: %v", name, err)
		} else if err := cert.Leaf.VerifyHostname(domain); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s", f.Name())
		}
	}
	if _, err := certificate.NewManager(certificate.ACME{Dir: dir}); err == nil {
		t.Error("no domain is needed")
	}
}

// pebble starts the authority. It asks a server of names, and reaches the web at the port of web. It returns the URL of the
// directory and a client that trusts it.
func pebble(t *testing.T, web net.Addr, dns string) (url string, client *http.Client) {
	t.Helper()
	build := exec.CommandContext(t.Context(), "go", "tool", "-modfile=.ci/pebble.mod", "-n", "pebble")
	build.Dir = filepath.Join("..", "..")
	program, err := build.Output()
	if err != nil {
		needs.Missing(t, "the Go module github.com/letsencrypt/pebble/v2 (see .ci/pebble.mod)")
	}
	dir := t.TempDir()
	own, _, err := certificate.SelfSigned(dir, []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	both, _ := filepath.Glob(filepath.Join(dir, "*.pem"))
	addr := needs.Port(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": addr, "certificate": both[0], "privateKey": keyOf(t, both[0]), "httpPort": web.(*net.TCPAddr).Port, "tlsPort": 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), strings.TrimSpace(string(program)), "-config", file, "-dnsserver", dns)
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	trusted := x509.NewCertPool()
	trusted.AddCert(own.Leaf)
	client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, DisableKeepAlives: true}}
	url = fmt.Sprintf("https://%s/dir", addr)
	for range 200 {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
			return url, client
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("pebble does not answer")
	return "", nil
}

// keyOf writes the key of a file that has a certificate, too, to one of its own: pebble wants the key first.
func keyOf(t *testing.T, both string) string {
	t.Helper()
	text, err := os.ReadFile(both)
	if err != nil {
		t.Fatal(err)
	}
	_, rest := pem.Decode(text)
	name := both + ".key"
	if err := os.WriteFile(name, rest, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// names starts a server of names that knows one, at this machine.
func names(t *testing.T, domain string) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // pebble asks over TCP
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		if asked := q.Question[0]; asked.Qtype == dns.TypeA && asked.Name == dns.Fqdn(domain) {
			a.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: asked.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(a)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	t.Cleanup(func() { _ = srv.ShutdownContext(context.Background()) })
	return ln.Addr().String()
}
