package ftpd_test

import (
	"testing"

	"trawl/ftpd"
)

// TestActivity: a session that shall end does so behind its last task, one that is kicked at once; what it transfers is shown
// until then.
func TestActivity(t *testing.T) {
	ends := 0
	a := ftpd.NewActivity(ftpd.SessionInfo{Door: ftpd.SFTP}, func() { ends++ })
	a.Shows(func(i *ftpd.SessionInfo) { i.User = "ann" })
	a.Begin()
	a.Begin()
	a.Moves("get", "/a", func() int64 { return 7 })
	if i := a.Info(); i.User != "ann" || i.Doing != "get" || i.Path != "/a" || i.Moved != 7 || i.Dir != "/" {
		t.Errorf("under way: %+v", i)
	}
	a.Drain()
	a.End(1)
	if ends != 0 || !a.Draining() {
		t.Errorf("it ended %d times before its last task", ends)
	}
	a.End(1)
	if i := a.Info(); ends != 1 || i.Doing != "" || i.Path != "" {
		t.Errorf("it ended %d times, and shows %+v", ends, i)
	}
	if e := a.Ended(); e.Kind != ftpd.Disconnected || e.Reason != "" {
		t.Errorf("ended: %+v", e)
	}
	a.Kick()
	if e := a.Ended(); ends != 2 || e.Reason != "kicked" {
		t.Errorf("kicked: %d, %+v", ends, e)
	}
}
