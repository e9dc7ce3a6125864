package certificate_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd/certificate"
)

// TestSelfSigned makes a certificate once.
func TestSelfSigned(t *testing.T) {
	dir := t.TempDir()
	first, made, err := certificate.SelfSigned(dir, []string{"ftp.example.org", "192.0.2.1"})
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	second, made, err := certificate.SelfSigned(dir, []string{"other.example.org"})
	if err != nil || made || certificate.Fingerprint(first) != certificate.Fingerprint(second) {
		t.Errorf("the second call makes another one: %v, %v", made, err)
	}
	if got := certificate.Fingerprint(first); len(got) != 32*3-1 || strings.Trim(got, "0123456789ABCDEF:") != "" {
		t.Errorf("fingerprint %q", got)
	}
	for _, name := range []string{"ftp.example.org", "192.0.2.1"} {
		if err := first.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	if info, _ := files[0].Info(); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.WriteFile(filepath.Join(dir, files[0].Name()), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := certificate.SelfSigned(dir, nil); err == nil {
		t.Error("what is no certificate is replaced")
	}
}

// TestFiles changes the files of a certificate while it is used.
func TestFiles(t *testing.T) {
	file := func() []byte {
		dir := t.TempDir()
		if _, _, err := certificate.SelfSigned(dir, nil); err != nil {
			t.Fatal(err)
		}
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		text, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	name := filepath.Join(t.TempDir(), "both.pem")
	put := func(text []byte) {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := certificate.NewFiles(name, name, nil); err == nil {
		t.Error("a file that is missing is a certificate")
	}
	put(file())
	files, err := certificate.NewFiles(name, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	get := func() string {
		cert, err := certificate.Get(files.Get)(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return certificate.Fingerprint(cert)
	}
	first := get()
	put([]byte("half a certif"))
	time.Sleep(1100 * time.Millisecond)
	if get() != first {
		t.Error("a broken file replaces the certificate")
	}
	put(file())
	for range 100 {
		if get() != first {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the new certificate is not read")
}
