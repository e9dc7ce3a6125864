package crawler_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/sftp"
	"trawl/index"
)

// TestCauseOf gives errors their causes.
func TestCauseOf(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want index.Cause
	}{
		{nil, index.NoCause},
		{fmt.Errorf("%w: %w", crawler.ErrDown, &net.DNSError{Err: "no such host", Name: "h", Server: "10.0.0.1:53", IsNotFound: true}), index.NoName},
		{fmt.Errorf("%w: %w", crawler.ErrDown, &net.DNSError{Err: "i/o timeout", IsTimeout: true}), index.NoAnswer},
		{fmt.Errorf("%w: %w", crawler.ErrDown, syscall.ECONNREFUSED), index.Refused},
		{fmt.Errorf("%w: %w", crawler.ErrDown, syscall.EHOSTUNREACH), index.Unreachable},
		{fmt.Errorf("%w: %w", crawler.ErrDown, syscall.ETIMEDOUT), index.NoAnswer},
		{fmt.Errorf("%w: %w", crawler.ErrGone, crawler.ErrSilent), index.NoAnswer},
		{fmt.Errorf("x: %w", crawler.ErrGone), index.Lost},
		{fmt.Errorf("x: %w", crawler.ErrAbsent), index.Absent},
		{fmt.Errorf("x: %w", crawler.ErrDenied), index.Forbidden},
		{crawler.ErrBusy, index.Busy},
		{crawler.ErrLogin, index.LoginRefused},
		{crawler.ErrPlain, index.Encrypted},
		{crawler.ErrTrust, index.Untrusted},
		{crawler.ErrUnwelcome, index.Unwelcome},
		{crawler.ErrNoRestart, index.NoRestart},
		{crawler.ErrBroken, index.Garbled},
		{index.ErrBusy, index.Crowded},
		{errors.New("anything"), index.Other},
	} {
		if got := crawler.CauseOf(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

// TestFailuresShown crawls hosts that fail, and looks at what the catalogue keeps for
// everybody: a cause and the words of the server, nothing of ours.
func TestFailuresShown(t *testing.T) {
	liar := func(lie ftptest.Lie) string { return "ftp://" + ftptest.StartLiar(t, lie).Addr + "/" }
	for _, tt := range []struct {
		url   string
		cause index.Cause
		words string
	}{
		{"ftp://nowhere.invalid/", index.NoName, ""},
		{"ftp://127.0.0.1:1/", index.Refused, ""},
		{"sftp://127.0.0.1:1/", index.Refused, ""},
		{liar(ftptest.RefuseLogin), index.LoginRefused, `530 \x1b[31mNo\u202e\x9b way.`},
		{liar(ftptest.HangGreeting), index.NoAnswer, ""},
		{liar(ftptest.Garbage), index.Garbled, "HTTP/1.1 400 Bad Request"},
	} {
		id := index.HostID(tt.url)
		m := newMemory(t, id)
		c := crawler.New(crawler.Config{
			Catalogue: m, Limits: quick(), Contact: "me@example.org",
			Sources: []crawler.Source{&ftp.Source{Limits: ftp.Limits{Silence: 500 * time.Millisecond}}, &sftp.Source{}},
		})
		if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err == nil {
			t.Errorf("%s can be crawled", tt.url)
		}
		h, err := m.Host(t.Context(), id)
		if err != nil || h.Health.Cause != tt.cause || h.Health.Words != tt.words || h.Health.LastError == "" {
			t.Errorf("%s: %q, %q, want %q, %q; %q, %v", tt.url, h.Health.Cause, h.Health.Words, tt.cause, tt.words, h.Health.LastError, err)
		}
	}
}

// TestOldHealth reads the health of a catalogue of before causes were kept.
func TestOldHealth(t *testing.T) {
	var h index.Host
	if err := json.NewDecoder(strings.NewReader(`{"Health": {"DownSince": "2026-01-02T03:04:05Z", "LastError": "dial tcp"}}`)).Decode(&h); err != nil {
		t.Fatal(err)
	}
	if h.Cause() != index.Other || (&index.Host{}).Cause() != index.NoCause {
		t.Errorf("%q", h.Cause())
	}
}
