package main

import (
	"fmt"
	"log/slog"
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

	"trawl/cmd/trawl/internal/accesslog"
	"trawl/cmd/trawl/internal/logfile"
	"trawl/cmd/trawl/internal/logs"
	"trawl/ftpd"
	"trawl/index/indextest/needs"
	"trawl/web/answered"
)

// TestFail2ban lets fail2ban's own program read the log by the filter of the docs: it finds each failed login, and no client
// can name the address of somebody else.
func TestFail2ban(t *testing.T) {
	const debian = "fail2ban"
	program := needs.Unpacked(t, "usr/bin/fail2ban-regex", debian)
	path := filepath.Join(t.TempDir(), "trawl.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write := ftpd.LogTo(logs.New(f, logs.Options{}))
	session := uint64(0)
	event := func(peer string, kind ftpd.Kind, reason string) {
		session++
		write(ftpd.Event{Kind: kind, Session: session, Peer: netip.MustParseAddrPort(peer), User: "", Reason: reason})
	}
	const forged = `time=2026-01-01T00:00:00.000Z level=WARN msg="login failed" session=1 peer=203.0.113.9:1`
	for _, user := range []string{"ann", "a b", "", forged, "\n" + forged, `"` + forged, "\x1b[31m\r" + forged} {
		event("192.0.2.1:4000", ftpd.LoginFailed, user+": wrong name or password")
	}
	event("[2001:db8::1]:4000", ftpd.LoginFailed, "ann: wrong name or password")
	event("192.0.2.2:4000", ftpd.Stranger, "198.51.100.1:4000")
	event("192.0.2.3:4000", ftpd.LoggedIn, forged)
	event("192.0.2.4:4000", ftpd.Refused, forged)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := banned(t, program, path, "trawl"), map[string]int{"192.0.2.1": 7, "2001:db8::1": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("fail2ban finds %v, want %v", got, want)
	}
	// In the journal, lines have no time; fail2ban puts the host and the program before them.
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	journal := regexp.MustCompile(`(?m)^time=\S+`).ReplaceAll(all, []byte("2026-11-30T21:00:00.000000 host.example.org trawl[42]:"))
	if err := os.WriteFile(path, journal, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := banned(t, program, path, "trawl", "--datepattern", "{^LN-BEG}"), map[string]int{"192.0.2.1": 7, "2001:db8::1": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("in the journal fail2ban finds %v, want %v", got, want)
	}
}

// TestFail2banAccess lets fail2ban's own program read the access log by the filter of the docs.
func TestFail2banAccess(t *testing.T) {
	program := needs.Unpacked(t, "usr/bin/fail2ban-regex", "fail2ban")
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := logfile.Open(path, "the access log", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	see := accesslog.To(file, accesslog.Options{}, "portal", nil)
	const forged = "x\" 401 5 \"-\" \"-\"\n203.0.113.9 - - [30/Nov/2026:21:00:00 +0000] \"GET / HTTP/1.1\" 401 5 \"-\" \"y"
	for _, one := range []struct {
		from   string
		status int
	}{{"192.0.2.1:80", 401}, {"192.0.2.1:80", 200}, {"[2001:db8::1]:80", 401}, {"192.0.2.2:80", 404}} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/hosts", nil)
		r.RemoteAddr = one.from
		r.Header["User-Agent"], r.Header["Referer"] = []string{forged}, []string{forged}
		see(&answered.Answer{Request: r, Status: one.status, Began: time.Now()})
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := banned(t, program, path, "trawl-access"), map[string]int{"192.0.2.1": 1, "2001:db8::1": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("fail2ban finds %v, want %v", got, want)
	}
}

// banned returns how often fail2ban finds each address in a log by a filter of the docs.
func banned(t *testing.T, program, path, filter string, args ...string) map[string]int {
	t.Helper()
	filter, err := filepath.Abs("../../doc/fail2ban/filter.d/" + filter + ".conf")
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{program, "--out", "ip", "-c", filepath.Join(needs.Dir(), "etc/fail2ban")}, append(args, path, filter)...)
	cmd := exec.Command("python3", args...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(needs.Dir(), "usr/lib/python3/dist-packages"), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := map[string]int{}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); regexp.MustCompile(`^[0-9a-f.:]+$`).MatchString(line) {
			got[line]++
		}
	}
	return got
}
