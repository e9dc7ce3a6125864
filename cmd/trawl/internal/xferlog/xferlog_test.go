package xferlog

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/ftpd"
)

func TestFormat(t *testing.T) {
	event := func(kind ftpd.Kind, user, path string, whole bool) ftpd.Event {
		return ftpd.Event{
			Kind: kind, User: user, Path: path, Whole: whole, Bytes: 1 << 20, Took: 2600 * time.Millisecond,
			Time: time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC), Peer: netip.MustParseAddrPort("[2001:db8::1]:4000"),
		}
	}
	const head = "Mon May  6 12:00:00 2024 3 2001:db8::1 1048576 "
	ascii := event(ftpd.Sent, "ann", "/a", true)
	ascii.ASCII = true
	tests := []struct {
		event ftpd.Event
		want  string
	}{
		{event(ftpd.Sent, "anonymous", "/pub/a b.iso", true), head + "/pub/a_b.iso b _ o a anonymous ftp 0 * c\n"},
		{event(ftpd.Stored, "ann", "/in/x", false), head + "/in/x b _ i r ann ftp 0 * i\n"},
		{event(ftpd.Deleted, "ann", "/in/x", false), head + "/in/x b _ d r ann ftp 0 * c\n"},
		{ascii, head + "/a a _ o r ann ftp 0 * c\n"},
		{event(ftpd.Sent, "ann", "/pub/", true), ""},
		{event(ftpd.LoggedIn, "ann", "", true), ""},
		{event(ftpd.Sent, "a b", "/e\nvil\x1b[2J\xff", true), head + `/e\x0avil\x1b[2J\xff b _ o r a_b ftp 0 * c` + "\n"},
	}
	for _, test := range tests {
		if got, _ := format(test.event); got != test.want {
			t.Errorf("%+v\n got %q\nwant %q", test.event, got, test.want)
		}
	}
}

// TestReopen shows that no line is lost when the file is moved away.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "xferlog")
	l, err := Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := ftpd.Event{Kind: ftpd.Sent, User: "ann", Path: "/a", Whole: true}
	l.Observe(e)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	l.Observe(e)
	if err := l.Reopen(); err != nil {
		t.Fatal(err)
	}
	l.Observe(e)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.Observe(e)
	line, _ := format(e)
	for name, want := range map[string]string{path + ".1": line + line, path: line} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}
