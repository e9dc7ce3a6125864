package httpd_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/httpd"
	"trawl/ftpd/tree"
	"trawl/ftpd/tree/treetest"
)

// TestMount: a mount is walked and read as hosted files are; no length is announced that is not known.
func TestMount(t *testing.T) {
	t.Parallel()
	h := serve(t, func(h *host, s *httpd.Server) {
		one := func(body string) *fstest.MapFile {
			return &fstest.MapFile{Data: []byte(body), ModTime: time.Unix(1e9, 0)}
		}
		must(t, h.store.Mount("m", treetest.Elsewhere{Unsized: []string{"unknown"}, MapFS: fstest.MapFS{
			"f": one("0123456789"), "sub/g": one("g"), "unknown": one("0123456789"), "waits": one("x"), "gone": one("x"), "down": one("x"),
		}}))
		book, err := account.New(&account.Login{View: h.store.View(tree.Options{Rules: tree.Rules{"/": tree.All}}), Home: "/"}, nil)
		must(t, err)
		s.Accounts = book
	})
	for _, test := range []struct {
		asked
		status int
		want   string
	}{
		{asked{path: "/m/f"}, 200, "0123456789"},
		{asked{path: "/m/f", header: map[string]string{"Range": "bytes=4-6"}}, 206, "456"},
		{asked{path: "/m/f", header: map[string]string{"Range": "bytes=-2"}}, 206, "89"},
		{asked{path: "/m/f", header: map[string]string{"Range": "bytes=0-1,3-4"}}, 200, "0123456789"},
		{asked{path: "/m/unknown"}, 200, "0123456789"},
		{asked{path: "/m/unknown", header: map[string]string{"Range": "bytes=4-6"}}, 200, "0123456789"},
		{asked{path: "/m/f", method: "HEAD"}, 200, ""},
		{asked{path: "/m/unknown", method: "HEAD"}, 200, ""},
		{asked{path: "/m/sub/g"}, 200, "g"},
		{asked{path: "/m/sub"}, 301, ""},
		{asked{path: "/m/gone"}, 404, "The host no longer has the file.\n"},
		{asked{path: "/m/down"}, 502, "The host does not answer in time.\n"},
		{asked{path: "/m/missing"}, 404, "Nothing is there.\n"},
		{asked{path: "/m/SHA256SUMS"}, 404, "Nothing is there.\n"},
		{asked{path: "/m/f", method: "PUT"}, 405, "Files are read here, and not changed.\n"},
	} {
		status, header, body := h.ask(t, test.asked)
		if status != test.status || body != test.want {
			t.Errorf("%s %s: %d %q, not %d %q", test.method, test.path, status, body, test.status, test.want)
		}
		if known := header.Get("Content-Length") != ""; strings.HasSuffix(test.path, "unknown") && known {
			t.Errorf("%s: a length is announced", test.path)
		}
	}
	_, body := h.get(t, "/?format=json")
	if !strings.Contains(body, `{ "name":"m", "type":"directory"`) {
		t.Errorf("the mount is not listed: %s", body)
	}
	if _, body = h.get(t, "/m/"); !strings.Contains(body, `href="unknown"`) || !strings.Contains(body, `href="sub/"`) {
		t.Errorf("the page of a mount: %s", body)
	}
	if status, _, body := h.ask(t, asked{method: "PROPFIND", path: "/m/", header: map[string]string{"Depth": "1"}}); status != http.StatusMultiStatus || strings.Count(body, "<D:response>") != 7 {
		t.Errorf("PROPFIND of a mount: %d %s", status, body)
	}
	h.leaves(t, "GET /m/waits HTTP/1.1\r\nHost: x\r\n\r\n")
	for _, e := range h.events.Of(ftpd.Sent) {
		if e.Path == "/m/gone" || e.Path == "/m/down" || e.Path == "/m/waits" {
			t.Errorf("%s counts as sent", e.Path)
		}
	}
}
