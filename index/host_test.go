package index

import (
	"errors"
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	for _, tt := range []struct{ in, id, user, password string }{
		{"FTP.Example.org", "ftp://ftp.example.org/", "", ""},
		{"ftp.example.org.", "ftp://ftp.example.org/", "", ""},
		{"ftp://me:pw@h:21/pub//", "ftp://h/pub/", "me", "pw"},
		{"sftp://[2001:DB8::1]:2222", "sftp://[2001:db8::1]:2222/", "", ""},
		{"ftp://[::1]", "ftp://[::1]/", "", ""},
		{"ftps://h:990", "ftps://h/", "", ""},
		{"gopher://h:7070/1/x", "gopher://h:7070/x/", "", ""},
		{"ftp://h/a%20b/../caf%E9", "ftp://h/caf%E9/", "", ""},
		{"h:65535", "ftp://h:65535/", "", ""},
		{"localhost:2121", "ftp://localhost:2121/", "", ""},
	} {
		id, user, password, err := ParseHost(tt.in)
		if err != nil || string(id) != tt.id || user != tt.user || password != tt.password {
			t.Errorf("ParseHost(%q) = %q, %q, %q, %v", tt.in, id, user, password, err)
		}
		if again, _, _, err := ParseHost(string(id)); again != id || err != nil {
			t.Errorf("ParseHost(%q) = %q, %v: not stable", id, again, err)
		}
	}
	for _, in := range []string{"", "http://h/", "ftp://", "ftp:///pub", "ftp://h/%0d%0aDELE", "ftp://h:port/", "ftp://h:0/", "ftp://h:65536/", "ftp://h:99999999999999999999/", "ftp://a b/", "ftp://::00", "ftp://[fe80::1%25eth0]/"} {
		if id, _, _, err := ParseHost(in); !errors.Is(err, ErrHostURL) {
			t.Errorf("ParseHost(%q) = %q, %v, want ErrHostURL", in, id, err)
		}
	}
	for _, in := range []string{"ftp://me:secret@h:port/", "http://me:secret@h/", "ftp://me:secret@/", "ftp://me:%secret@h/"} {
		if _, _, _, err := ParseHost(in); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseHost(%q): %v, want an error without the password", in, err)
		}
	}
}

func TestHostIDParts(t *testing.T) {
	for _, tt := range []struct {
		id               HostID
		name, addr, root string
	}{
		{"ftp://h/", "h", "h:21", "/"},
		{"ftp://h/caf%E9/", "h", "h:21", "/caf\xe9"},
		{"sftp://[::1]:2222/a/b/", "[::1]:2222", "[::1]:2222", "/a/b"},
		{"gopher://h/", "h", "h:70", "/"},
	} {
		if n, a, r := tt.id.Name(), tt.id.Addr(), tt.id.Root(); n != tt.name || a != tt.addr || string(r) != tt.root {
			t.Errorf("%s: Name %q, Addr %q, Root %q", tt.id, n, a, r)
		}
	}
	if got := HostID("ftp://h:2121/pub/").URL("/pub/a b\xe9%", Dir); got != "ftp://h:2121/pub/a%20b%E9%25/" {
		t.Errorf("URL = %q", got)
	}
}

func TestPath(t *testing.T) {
	if p := Path("/").Join("a").Join("b"); p != "/a/b" || p.Dir() != "/a" || p.Base() != "b" || p.Depth() != 2 {
		t.Errorf("path %q", p)
	}
	for _, tt := range []struct {
		p, dir Path
		want   bool
	}{{"/a", "/", true}, {"/a/b", "/a", true}, {"/ab", "/a", false}, {"/a", "/a", true}, {"/", "/a", false}} {
		if got := tt.p.Within(tt.dir); got != tt.want {
			t.Errorf("%q within %q = %v", tt.p, tt.dir, got)
		}
	}
}

func TestCounted(t *testing.T) {
	for _, tt := range []struct{ size, want int64 }{{UnknownSize, 0}, {0, 0}, {5, 5}, {1 << 62, 64 << 40}} {
		if got := Counted(tt.size); got != tt.want {
			t.Errorf("Counted(%d) = %d, want %d", tt.size, got, tt.want)
		}
	}
}
