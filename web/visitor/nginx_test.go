package visitor

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// TestNginx lets a real nginx, with the lines of the docs, name the visitor, who claims to be somebody else.
func TestNginx(t *testing.T) {
	nginx := needs.Unpacked(t, "usr/sbin/nginx", "nginx")
	doc, err := os.ReadFile("../../doc/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^    proxy_set_header .*;$`).FindAllString(string(doc), -1)
	if len(lines) != 3 {
		t.Fatalf("the docs have %d lines for nginx", len(lines))
	}
	proxies := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	portal := httptest.NewServer(proxies.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := Of(r)
		fmt.Fprint(w, v.Addr, " ", v.Scheme(), " ", r.Host)
	})))
	defer portal.Close()
	addr := startProxy(t, nginx, strings.Join(lines, "\n"), portal.URL)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}} // the proxy is at another one
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	for _, forged := range []string{"", "203.0.113.9", "127.0.0.1", "203.0.113.9, 127.0.0.1", "unknown", "\"203.0.113.9"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "portal.example"
		if forged != "" {
			r.Header.Set("X-Forwarded-For", forged)
			r.Header.Set("X-Forwarded-Proto", "https")
			r.Header.Set("Forwarded", "for=203.0.113.9;proto=https")
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if want := "127.0.0.9 http portal.example"; err != nil || string(got) != want {
			t.Errorf("as %q it is %q, %v; want %q", forged, got, err, want)
		}
	}
}

// startProxy runs nginx in front of a URL until the test ends, and returns its address.
func startProxy(t *testing.T, nginx, headers, url string) string {
	t.Helper()
	addr, dir := needs.Port(t), t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	conf := filepath.Join(dir, "nginx.conf")
	err := os.WriteFile(conf, fmt.Appendf(nil, `%s
daemon off; worker_processes 1; pid %[2]s/pid; error_log %[2]s/error.log;
events { }
http {
  access_log off;
  client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/f; uwsgi_temp_path %[2]s/u; scgi_temp_path %[2]s/s;
  server { listen %[3]s; location / { proxy_pass %[4]s; %[5]s } }
}
`, user, dir, addr, url, headers), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), nginx, "-e", filepath.Join(dir, "error.log"), "-c", conf, "-p", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			return addr
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}
