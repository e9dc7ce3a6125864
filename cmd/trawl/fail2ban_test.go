package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trawl/ftpd"
	"trawl/index/indextest/needs"
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
	write := ftpd.LogTo(slog.New(slog.NewTextHandler(f, nil)))
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
	filter, err := filepath.Abs("../../doc/fail2ban/filter.d/trawl.conf")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", program, "--out", "ip", "-c", filepath.Join(needs.Dir(), "etc/fail2ban"), path, filter)
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
	if want := map[string]int{"192.0.2.1": 7, "2001:db8::1": 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("fail2ban finds %v, want %v; it says\n%s", got, want, out)
	}
}
