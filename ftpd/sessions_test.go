package ftpd_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestSessions shows what is seen of a session, and that one that is kicked ends in the middle of a transfer.
func TestSessions(t *testing.T) {
	live := new(ftpd.Sessions)
	var ends []ftpd.Event
	ended := make(chan ftpd.Event, 8)
	srv := &ftpd.Server{FS: ftpd.Dir(endless(t)), Sessions: live, Observe: []func(ftpd.Event){func(e ftpd.Event) {
		if e.Kind == ftpd.Disconnected {
			ended <- e
		}
	}}}
	addr := serve(t, srv)
	idle, busy := dial(t, addr), login(t, addr)
	idle.reply()
	data := busy.begin("RETR endless")
	defer data.Close()
	if _, err := io.ReadFull(data, make([]byte, 1<<16)); err != nil {
		t.Fatal(err)
	}
	all := live.All()
	for range 3000 { // a piece counts when it is sent
		if len(all) == 2 && all[1].Moved >= 1<<16 && all[1].Rate > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
		all = live.All()
	}
	if len(all) != 2 {
		t.Fatalf("%d sessions are seen: %+v", len(all), all)
	}
	if i := all[0]; i.User != "" || i.Doing != "" || i.Peer.String() != idle.LocalAddr().String() {
		t.Errorf("the idle session is %+v", i)
	}
	i := all[1]
	if i.User != "anonymous" || i.Path != "/endless" || i.Moved < 1<<16 || i.Rate <= 0 || i.Doing == "" || i.Since.IsZero() {
		t.Errorf("the busy session is %+v", i)
	}
	for _, s := range all {
		if !live.Kick(s.ID) {
			t.Errorf("session %d is not there", s.ID)
		}
	}
	if got := idle.reply(); !strings.HasPrefix(got, "421 The operator") {
		t.Errorf("the idle session ends with %q", got)
	}
	if _, err := io.Copy(io.Discard, data); err == nil {
		t.Error("the transfer ended as if it were whole")
	}
	for range 2 {
		select {
		case e := <-ended:
			ends = append(ends, e)
		case <-time.After(20 * time.Second):
			t.Fatal("a session that was kicked goes on")
		}
	}
	for _, e := range ends {
		if e.Reason != "kicked" {
			t.Errorf("the end of a session is %+v", e)
		}
	}
	if live.Kick(all[0].ID) {
		t.Error("a session is kicked twice")
	}
}
