package ftp_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/pace"
	"trawl/index"
	"trawl/index/indextest/needs"
)

// tap is a control port that leads to a server and keeps what clients send there.
type tap struct {
	addr  string
	spoil func(net.Conn) bool // how connections after the first begin; false ends them. nil is as the server's

	mu   sync.Mutex
	sent []*bytes.Buffer // over each connection; guarded by mu
}

// tapped starts a tap of the server at addr.
func tapped(t *testing.T, addr string, spoil func(net.Conn) bool) *tap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{addr: l.Addr().String(), spoil: spoil}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.pass(t, c, addr) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return p
}

// pass joins one connection to the server.
func (p *tap) pass(t *testing.T, c net.Conn, addr string) {
	defer c.Close()
	d, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return
	}
	defer d.Close()
	p.mu.Lock()
	n := len(p.sent)
	p.sent = append(p.sent, &bytes.Buffer{})
	p.mu.Unlock()
	if n > 0 && p.spoil != nil && !p.spoil(c) {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(d, io.TeeReader(c, tapWriter{p, n}))
		_ = d.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, d)
	c.Close()
	<-done
}

// tapWriter keeps what is sent over connection n.
type tapWriter struct {
	tap *tap
	n   int
}

func (w tapWriter) Write(b []byte) (int, error) {
	w.tap.mu.Lock()
	defer w.tap.mu.Unlock()
	return w.tap.sent[w.n].Write(b)
}

// clients returns what each connection sent so far.
func (p *tap) clients() (sent []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.sent {
		sent = append(sent, b.String())
	}
	return sent
}

// tlsVsftpd are the settings of vsftpd that demand TLS and the reuse of its sessions.
func tlsVsftpd(id ftptest.Identity) []string {
	return []string{
		"ssl_enable=YES", "allow_anon_ssl=YES", "force_anon_data_ssl=YES", "force_anon_logins_ssl=YES",
		"require_ssl_reuse=YES", "rsa_cert_file=" + id.File, "rsa_private_key_file=" + id.File, "ssl_ciphers=HIGH", "ssl_tlsv1=YES",
	}
}

// listed plants a tree that publishes its list, and returns what is in it.
func listed(t *testing.T) (string, map[index.Path]index.Entry) {
	t.Helper()
	root := ftptest.Tree(t, 500, 60)
	want := ftptest.Find(t, root)
	publishListOf(t, root)
	return root, want
}

// publishListOf publishes the list of root as /ls-lR.gz.
func publishListOf(t *testing.T, root string) {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", "cd "+root+" && LC_ALL=C ls -laR .").Output()
	if err != nil {
		t.Fatal(err)
	}
	publish(t, filepath.Join(root, "ls-lR.gz"), "gzip -c", list)
}

// TestFetchApart fetches a published list from real servers: over a second connection by
// the library where they allow one, else over the only one.
func TestFetchApart(t *testing.T) {
	root, want := listed(t)
	id := ftptest.NewIdentity(t)
	pinned := func(mode string) func(*index.Host) {
		return func(h *index.Host) { h.Settings.TLS, h.Settings.Pin = mode, id.Pin }
	}
	for _, tt := range []struct {
		name   string
		start  func(t testing.TB, root string, extra ...string) string
		extra  []string
		set    func(*index.Host)
		logins int  // connections, the one for the list included
		ours   bool // the list comes over the first one
		known  int  // that are known of the server afterwards
	}{
		{"vsftpd", ftptest.Vsftpd, nil, nil, 2, false, 0},
		{"proftpd", ftptest.Proftpd, nil, nil, 2, false, 0},
		{"pure-ftpd", ftptest.PureFTPd, nil, nil, 2, false, 0},
		{"vsftpd by PASV", ftptest.Vsftpd, []string{"cmds_denied=EPSV"}, nil, 2, false, 0},
		{"vsftpd that names a private host, followed", ftptest.Vsftpd, []string{"cmds_denied=EPSV", "pasv_address=10.1.2.3"}, func(h *index.Host) { h.Settings.Follow = true }, 2, false, 0},
		{"vsftpd explicit", ftptest.Vsftpd, tlsVsftpd(id), pinned("explicit"), 2, false, 0},
		{"vsftpd implicit", ftptest.Vsftpd, append(tlsVsftpd(id), "implicit_ssl=YES"), pinned("implicit"), 2, false, 0},
		{"pure-ftpd explicit", ftptest.PureFTPd, []string{"-Y", "3", "-2", id.File}, pinned("explicit"), 2, false, 0},
		{"vsftpd, one allowed", ftptest.Vsftpd, nil, func(h *index.Host) { h.Settings.Connections = 1 }, 1, true, 0},
		{"vsftpd, one known", ftptest.Vsftpd, nil, func(h *index.Host) { h.Known.Connections = 1 }, 1, true, 1},
		{"vsftpd takes one", ftptest.Vsftpd, []string{"max_per_ip=1"}, nil, 2, true, 1},
		{"proftpd takes one", ftptest.Proftpd, []string{"MaxClientsPerHost 1"}, nil, 2, true, 1},
		{"vsftpd, active alone", ftptest.Vsftpd, []string{"cmds_denied=EPSV,PASV"}, func(h *index.Host) { h.Settings.Active = true }, 2, true, 0},
		{"pure-ftpd takes one", ftptest.PureFTPd, []string{"-C", "1"}, nil, 2, true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := tapped(t, tt.start(t, root, tt.extra...), nil)
			srv := connectSoon(t, p.addr, tt.set)
			before := p.clients()
			first := len(before) - 1
			got, err := walk(t.Context(), wayOf(t, srv, "ls-lR.gz"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
			sent := p.clients()[first:]
			if ours := sent[0] != before[first]; len(sent) != tt.logins || ours != tt.ours {
				t.Errorf("%d connections, want %d; over the first: %t", len(sent), tt.logins, ours)
			}
			if !tt.ours && tt.set == nil && !strings.Contains(sent[1], "RETR /ls-lR.gz\r\n") {
				t.Errorf("the second connection sent %q", sent[1])
			}
			if known := srv.Known().Connections; known != tt.known {
				t.Errorf("%d connections are known, want %d", known, tt.known)
			}
			// The place is free again, and the connections work.
			if _, err := walk(t.Context(), wayOf(t, srv, "LIST")); err != nil {
				t.Error(err)
			}
		})
	}
}

// connectSoon connects to a server as soon as that has noticed that the connection by
// which ftptest saw it greet has ended: it may take one alone.
func connectSoon(t *testing.T, addr string, set func(*index.Host)) crawler.Server {
	t.Helper()
	host := index.Host{ID: index.HostID("ftp://" + addr + "/")}
	if set != nil {
		set(&host)
	}
	srv, err := (&ftp.Source{}).Connect(t.Context(), host, nil)
	for tries := 0; errors.Is(err, crawler.ErrBusy) && tries < 50; tries++ {
		time.Sleep(100 * time.Millisecond)
		srv, err = (&ftp.Source{}).Connect(t.Context(), host, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

// TestFetchFallsBack fetches a list over the connection at hand when another one begins
// in a way that the library does not survive.
func TestFetchFallsBack(t *testing.T) {
	root, want := listed(t)
	addr := ftptest.Vsftpd(t, root)
	say := func(s string, goOn bool) func(net.Conn) bool {
		return func(c net.Conn) bool { _, _ = io.WriteString(c, s); return goOn }
	}
	for name, spoil := range map[string]func(net.Conn) bool{
		"closed":   say("", false),
		"busy":     say("421 Too many users.\r\n", false),
		"wait":     say("120 Ready in a minute.\r\n", true),
		"nonsense": say("HTTP/1.1 400 Bad Request\r\n", false),
		"endless": func(c net.Conn) bool {
			_, _ = io.WriteString(c, strings.Repeat("220-Welcome.\r\n", 1<<16))
			return false
		},
		"silent": func(c net.Conn) bool { _, _ = io.Copy(io.Discard, c); return false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tapped(t, addr, spoil)
			host := index.Host{ID: index.HostID("ftp://" + p.addr + "/")}
			var said bytes.Buffer
			log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
			srv, err := (&ftp.Source{Limits: patience, Log: log}).Connect(t.Context(), host, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = srv.Close() }()
			got, err := walk(t.Context(), wayOf(t, srv, "ls-lR.gz"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
			if known := srv.Known().Connections; (known == 1) != (name == "busy") {
				t.Errorf("%d connections are known", known)
			}
			if n := len(p.clients()); n != 2 || !strings.Contains(said.String(), "fetch over another connection") {
				t.Errorf("%d connections, and the log says %q", n, said.String())
			}
		})
	}
}

// TestFetchGivenUp closes the server, and gives the list up, while it comes: nothing is
// left open, and the place is free again.
func TestFetchGivenUp(t *testing.T) {
	root, _ := listed(t)
	addr := ftptest.Vsftpd(t, root, "anon_max_rate=500")
	enough := errors.New("enough")
	srv := connect(t, addr, nil)
	way := wayOf(t, srv, "ls-lR.gz")
	for range 3 {
		if err := way.Tree(t.Context(), "/", func(index.Listing) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("%v, want the caller's error", err)
		}
	}
	err := way.Tree(t.Context(), "/", func(index.Listing) error { return srv.Close() })
	if err == nil {
		t.Error("the list came whole from a server that was closed")
	}
}

// TestFetchQuota fetches over the connection at hand when other crawls have all others.
func TestFetchQuota(t *testing.T) {
	root, want := listed(t)
	addr := ftptest.Vsftpd(t, root)
	for all, connections := range map[int64]int{1: 1, 2: 2} {
		p := tapped(t, addr, nil)
		quota := pace.NewQuota(semaphore.NewWeighted(all))
		if err := quota.First(t.Context()); err != nil {
			t.Fatal(err)
		}
		pacer := pace.NewPacer(0, 0, nil)
		pacer.Share(quota)
		srv, err := (&ftp.Source{}).Connect(t.Context(), index.Host{ID: index.HostID("ftp://" + p.addr + "/")}, pacer)
		if err != nil {
			t.Fatal(err)
		}
		got, err := walk(t.Context(), wayOf(t, srv, "ls-lR.gz"))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, want, got)
		if n := len(p.clients()); n != connections {
			t.Errorf("of %d connections of all crawls %d are used, want %d", all, n, connections)
		}
		_ = srv.Close()
	}
}
