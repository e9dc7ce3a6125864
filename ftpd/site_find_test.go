package ftpd_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree/treetest"
)

// TestSiteFind answers searches on the control connection.
func TestSiteFind(t *testing.T) {
	find := func(_ context.Context, visitor netip.Addr, query string, limit int) (ftpd.Answer, error) {
		switch query {
		case "bad":
			return ftpd.Answer{}, treetest.Said{Err: errors.New("bad"), Text: "The query is not understood: bad."}
		case "none":
			return ftpd.Answer{Said: []string{"No host holds it.", "Say\nless."}}, nil
		}
		if !visitor.IsLoopback() || limit != 50 {
			t.Errorf("asked for %s, at most %d", visitor, limit)
		}
		return ftpd.Answer{More: true, Found: []ftpd.Found{
			{URL: "ftp://h/a%0Ab", Size: 12, Time: time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)}, {URL: "ftp://h/c", Size: -1}, {URL: "ftp://h/d/", Size: -1, Dir: true},
		}}, nil
	}
	c := login(t, serve(t, &ftpd.Server{FS: archive(), Find: find}))
	if got := c.want("SITE FIND linux\x1b[2J iso", "213-"); !strings.HasSuffix(got,
		":\n ftp://h/a%0Ab size=12;modify=20240506120000;\n ftp://h/c\n ftp://h/d/ type=dir;\n213 End: there are more, say more to narrow them") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
	c.want("SITE FIND none", "213-Results of none:\n213 End: No host holds it. Say\uef0aless.")
	c.want("SITE FIND bad", "450 The query is not understood: bad.")
	c.want("SITE FIND", "501 ")
	c.want("SITE HELP FIND", "214 Syntax: SITE FIND query")
	if got := c.want("SITE HELP", "214-"); !strings.Contains(got, "CHMOD FIND HELP UTIME") {
		t.Errorf("%q", got)
	}
	without := login(t, serve(t, &ftpd.Server{FS: archive()}))
	without.want("SITE FIND x", "500 ")
	if got := without.want("SITE HELP", "214-"); strings.Contains(got, "FIND") {
		t.Errorf("%q", got)
	}
}
