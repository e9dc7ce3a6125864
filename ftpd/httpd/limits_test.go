package httpd_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/guard"
	"trawl/ftpd/httpd"
)

// TestRate: what is sent keeps to the rate of a session, in the clear and in TLS.
func TestRate(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) {
		s.Guard = guard.New(guard.Config{User: guard.Limits{SessionRate: 1 << 20}})
	})
	h.write(t, map[string]string{"a": strings.Repeat("x", 3<<19)}) // half of it at once
	for _, secure := range []bool{false, true} {
		began := time.Now()
		if status, _, body := h.ask(t, asked{path: "/a", secure: secure}); status != 200 || len(body) != 3<<19 {
			t.Errorf("%d with %d bytes", status, len(body))
		}
		if took := time.Since(began); took < 400*time.Millisecond {
			t.Errorf("secure %v: it took %v", secure, took)
		}
	}
}

// TestUserSessions: the sessions of a user are bounded, and one may follow the other on a connection.
func TestUserSessions(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) {
		s.Guard = guard.New(guard.Config{Delay: -1, User: guard.Limits{Sessions: 1}})
	})
	h.write(t, map[string]string{"a": "aaaa"})
	for range 3 { // over one connection
		for _, user := range []string{"", "ann:secret"} {
			if status, _, _ := h.ask(t, asked{path: "/a", user: user, secure: true}); status != 200 {
				t.Errorf("%q alone: %d", user, status)
			}
		}
	}
	if status, header, body := h.ask(t, asked{path: "/a", user: "ann:secret", secure: true}); status != 200 {
		t.Errorf("again: %d %v %q", status, header, body)
	}
	answers, bodies, _ := h.say(t, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if len(answers) != 2 || answers[0] != 200 || answers[1] != 200 {
		t.Errorf("a guest while ann is in: %v %q", answers, bodies)
	}
	ftpdtest.Await(t, "the guest to be gone", func() bool { return h.events.Count(ftpd.Disconnected) == 1 })
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	if first, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(first, " 200 ") {
		t.Fatalf("the first guest: %q, %v", first, err)
	}
	if answers, _, _ := h.say(t, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); len(answers) != 1 || answers[0] != 503 {
		t.Errorf("a second guest: %v", answers)
	}
}

// TestShutdown: on a shutdown transfers end well, and connections that wait end at once.
func TestShutdown(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) { s.Grace = time.Minute })
	const size = 64 << 20
	h.write(t, map[string]string{"big": strings.Repeat("x", size), "a": "aaaa"})
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
	must(t, err)
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	must(t, err)
	defer res.Body.Close()
	waits, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer waits.Close()
	ftpdtest.Await(t, "both sessions", func() bool { return h.events.Count(ftpd.Connected) == 2 })
	h.stop()
	_ = waits.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := waits.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("a connection that waits: %v", err)
	}
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Errorf("%d bytes of the transfer came: %v", n, err)
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("the connection goes on")
	}
}
