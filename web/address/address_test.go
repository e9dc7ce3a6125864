package address_test

import (
	"errors"
	"testing"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/web/address"
)

// TestOf holds every address to being read back as what it is about.
func TestOf(t *testing.T) {
	for _, tt := range []struct {
		id   index.HostID
		path index.Path
		want string
	}{
		{"ftp://h/", "/", "/browse/ftp/h/"},
		{"ftp://h:2121/", "/pub/caf\xe9 #?%.txt", "/browse/ftp/h:2121/pub/caf%E9%20%23%3F%25.txt"},
		{"sftp://h/", "/a\r\nb", "/browse/sftp/h/a%0D%0Ab"},
		{"sftp://[::1]:22/", "/a;b'(c)\"<\u202e", "/browse/sftp/[::1]:22/a%3Bb%27%28c%29%22%3C%E2%80%AE"},
	} {
		got := address.Browse.Of(tt.id, tt.path)
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
		w, ok := address.Read(got[len("/browse"):])
		if !ok || w.Scheme != tt.id.Scheme() || w.Name != tt.id.Name() || w.Path != tt.path {
			t.Errorf("%s is read as %+v", got, w)
		}
	}
	if got := address.Host.Of("ftp://h/", "/"); got != "/host/ftp/h" {
		t.Error(got)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, rest := range []string{"", "/", "/ftp", "/ftp/", "//h/x", "/ftp/h/%00", "/ftp/h/%zz", "/ftp/%zz/"} {
		if w, ok := address.Read(rest); ok {
			t.Errorf("%q is read as %+v", rest, w)
		}
	}
	if w, _ := address.Read("/ftp/h/a/../../b//c/"); w.Path != "/b/c" {
		t.Errorf("%+v", w)
	}
}

// TestLocate holds a place to the host with the deepest root around it.
func TestLocate(t *testing.T) {
	b := indextest.NewBrute()
	for _, id := range []index.HostID{"ftp://h/pub/", "ftp://h/pub/linux/", "ftp://h:2121/", "sftp://h/"} {
		if err := b.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for rest, want := range map[string]index.HostID{
		"/ftp/h/pub/linux/x": "ftp://h/pub/linux/", "/ftp/h/pub/linuxx": "ftp://h/pub/", "/ftp/h/pub": "ftp://h/pub/",
		"/sftp/h/pub/linux": "sftp://h/", "/ftp/h/etc": "", "/ftp/other/": "",
	} {
		w, _ := address.Read(rest)
		host, err := w.Locate(t.Context(), b)
		if host.ID != want || errors.Is(err, index.ErrNoHost) != (want == "") {
			t.Errorf("%s is of %q, %v; want %q", rest, host.ID, err, want)
		}
	}
}
