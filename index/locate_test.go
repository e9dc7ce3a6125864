package index_test

import (
	"errors"
	"testing"

	"trawl/index"
)

// TestLocate checks which host and path a text means.
func TestLocate(t *testing.T) {
	t.Parallel()
	schemes := index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}, index.Scheme{Name: "ftps", Port: 990}, index.Scheme{Name: "sftp", Port: 22}, index.Scheme{Name: "gopher", Port: 70, Selectors: true})
	var hosts []index.Host
	for _, id := range []index.HostID{
		"ftp://h/", "ftp://h/pub/", "ftp://h/pub/linux/", "ftp://other:2121/data/", "sftp://only/", "gopher://g/", "ftp://raw/%E9t%E9/",
	} {
		hosts = append(hosts, index.Host{ID: id})
	}
	hosts = append(hosts, index.Host{ID: "ftp://served/", Doors: []index.HostID{"ftps://served/", "ftp://served/", "sftp://served:2222/"}})
	for _, c := range []struct {
		text string
		id   index.HostID
		path index.Path
		err  error
	}{
		{"h", "ftp://h/", "/", nil},
		{"H/", "ftp://h/", "/", nil},
		{"ftp://h:21/etc/passwd", "ftp://h/", "/etc/passwd", nil},
		{"h/pub", "ftp://h/pub/", "/pub", nil},
		{"h/pub/", "ftp://h/pub/", "/pub", nil},
		{"h/public", "ftp://h/", "/public", nil},
		{"ftp://h/pub/linux-old", "ftp://h/pub/", "/pub/linux-old", nil},
		{"ftp://me:pw@h/pub/linux/a/../b", "ftp://h/pub/linux/", "/pub/linux/b", nil},
		{"h/a b%20c#1?d 100%", "ftp://h/", "/a b c#1?d 100%", nil},
		{"h/caf%e9", "ftp://h/", "/caf\xe9", nil},
		{"raw/%e9t%E9/x", "ftp://raw/%E9t%E9/", "/\xe9t\xe9/x", nil},
		{"h/\x1b[2J", "ftp://h/", "/\x1b[2J", nil},
		{"other:2121/data/x", "ftp://other:2121/data/", "/data/x", nil},
		{"other:2121/", "", "", index.ErrNoHost},
		{"other/data", "", "", index.ErrNoHost},
		{"only/x", "sftp://only/", "/x", nil},
		{"ftp://only/x", "", "", index.ErrNoHost},
		{"ftp://served/a", "ftp://served/", "/a", nil},
		{"ftps://served:990/a", "ftp://served/", "/a", nil},
		{"served:2222/a", "ftp://served/", "/a", nil},
		{"ftps://h/a", "", "", index.ErrNoHost},
		{"gopher://g/9/a.zip", "gopher://g/", "/a.zip", nil},
		{"ftp://h/9/a.zip", "ftp://h/", "/9/a.zip", nil},
		{"", "", "", index.ErrHostURL},
		{"http://h/", "", "", index.ErrHostURL},
		{"ftp://h:x/", "", "", index.ErrHostURL},
	} {
		id, p, err := schemes.Locate(hosts, c.text)
		if id != c.id || p != c.path || !errors.Is(err, c.err) {
			t.Errorf("%q: %s, %q, %v; want %s, %q, %v", c.text, id, p, err, c.id, c.path, c.err)
		}
	}
}

// TestReached checks which host a URL reaches.
func TestReached(t *testing.T) {
	t.Parallel()
	hosts := []index.Host{{ID: "ftp://a/"}, {ID: "ftp://b/", Doors: []index.HostID{"ftps://b/", "ftp://b/"}}}
	for by, want := range map[index.HostID]index.HostID{"ftp://a/": "ftp://a/", "ftp://b/": "ftp://b/", "ftps://b/": "ftp://b/", "ftps://a/": "", "ftps://b/pub/": ""} {
		if h, ok := index.Reached(hosts, by); h.ID != want || ok != (want != "") {
			t.Errorf("%s reaches %q, %t; want %q", by, h.ID, ok, want)
		}
	}
}
