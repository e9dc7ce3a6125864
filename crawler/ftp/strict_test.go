package ftp_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestPRET reads a file between listings, of a server that wants to know what PASV is for.
func TestPRET(t *testing.T) {
	srv := connect(t, ftptest.StartLiar(t, ftptest.WantsPRET).Addr, func(h *index.Host) { h.Settings.Connections = 1 })
	for range 3 {
		if n, err := size(t.Context(), srv, "/d00/f00"); n != ftptest.LiarSize || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		got, err := walk(t.Context(), wayOf(t, srv, "MLSD"))
		if outcome := summary(got, err); outcome != "21 complete" {
			t.Errorf("%s, %v", outcome, err)
		}
	}
}

// TestHost reaches two hosts at one address, one of them by its name, on each
// connection and also when it is known what the server can do.
func TestHost(t *testing.T) {
	roots := map[string]string{}
	for _, name := range []string{"first", "named"} {
		roots[name] = t.TempDir()
		if err := os.WriteFile(filepath.Join(roots[name], name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	addr := ftptest.Proftpd(
		t, roots["first"], "<VirtualHost 127.0.0.1>", "ServerAlias localhost", "Port PORT", "RequireValidShell off",
		"AuthOrder mod_auth_unix.c", "<Anonymous "+roots["named"]+">", "User ftp", "Group nogroup",
		"UserAlias anonymous ftp", "RequireValidShell off", "</Anonymous>", "</VirtualHost>",
	)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{addr: "first", "localhost:" + port: "named"} {
		var known index.Known
		for _, when := range []string{"at first", "again"} {
			srv := connect(t, host, func(h *index.Host) { h.Known = known })
			got, err := walk(t.Context(), wayOf(t, srv, "MLSD"))
			if err != nil || len(got["/"].Entries) != 1 || got["/"].Entries[0].Name != want {
				t.Errorf("%s, %s: %v, %v, want %s", host, when, got["/"].Entries, err, want)
			}
			known = srv.Known()
			_ = srv.Close()
		}
	}
}
