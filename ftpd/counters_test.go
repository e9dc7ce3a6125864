package ftpd_test

import (
	"testing"

	"trawl/ftpd"
)

func TestCounters(t *testing.T) {
	var c ftpd.Counters
	for _, e := range []ftpd.Event{
		{Kind: ftpd.Connected},
		{Kind: ftpd.LoginFailed},
		{Kind: ftpd.LoggedIn},
		{Kind: ftpd.Refused},
		{Kind: ftpd.Stranger},
		{Kind: ftpd.Sent, Path: "/pub/", Bytes: 1, Whole: true},
		{Kind: ftpd.Sent, Path: "/pub/a", Bytes: 2, Whole: true},
		{Kind: ftpd.Sent, Path: "/pub/a", Bytes: 4},
		{Kind: ftpd.Stored, Path: "/a", Bytes: 8, Whole: true},
		{Kind: ftpd.Stored, Path: "/a", Bytes: 16},
		{Kind: ftpd.Deleted},
		{Kind: ftpd.Renamed},
		{Kind: ftpd.Made},
		{Kind: ftpd.Removed},
		{Kind: ftpd.Changed},
		{Kind: ftpd.Disconnected},
	} {
		c.Observe(e)
	}
	want := ftpd.Counts{
		Sessions: 1, Refused: 1, Logins: 1, LoginsFailed: 1, Sent: 1, Stored: 1, Listings: 1, Broken: 2, BytesSent: 7, BytesStored: 24,
		Changes: 5, Strangers: 1,
	}
	if got := c.Counts(); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
