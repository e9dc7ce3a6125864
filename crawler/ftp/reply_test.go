package ftp

import (
	"testing"

	"trawl/crawler"
)

// TestRefusals holds what the crawl does about a refusal to its words, and not to its code alone.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		code int
		text string
		want error
	}{
		{550, "Permission denied", crawler.ErrDenied},
		{450, "No such file or directory", crawler.ErrDenied},
		{450, "Requested file action not taken", errNotNow},
		{450, "Too many connections", crawler.ErrBusy},
		{421, "Too many connections", crawler.ErrBusy},
		{425, "Cannot open data connection", crawler.ErrGone},
		{500, "Unknown command", crawler.ErrBroken},
		{501, "Syntax error", crawler.ErrBroken},
		{553, "whatever", crawler.ErrDenied},
	} {
		if got := (&replyError{"LIST", reply{tt.code, tt.text}}).Unwrap(); got != tt.want { //nolint:errorlint // it is what Unwrap returns
			t.Errorf("%d %s: %v, want %v", tt.code, tt.text, got, tt.want)
		}
	}
}
