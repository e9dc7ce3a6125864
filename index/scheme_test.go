package index

import (
	"errors"
	"strings"
	"testing"
)

// schemes are some as sources have them.
func schemes() Schemes {
	return NewSchemes(
		Scheme{Name: "ftp", Port: 21},
		Scheme{Name: "ftps", Port: 990},
		Scheme{Name: "sftp", Port: 22},
		Scheme{Name: "gopher", Port: 70, Root: func(path string) string { return strings.Replace(path, "/1/", "/", 1) }},
	)
}

func TestParse(t *testing.T) {
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
		id, user, password, err := schemes().Parse(tt.in)
		if err != nil || string(id) != tt.id || user != tt.user || password != tt.password {
			t.Errorf("Parse(%q) = %q, %q, %q, %v", tt.in, id, user, password, err)
		}
		if again, _, _, err := schemes().Parse(string(id)); again != id || err != nil {
			t.Errorf("Parse(%q) = %q, %v: not stable", id, again, err)
		}
	}
	for _, in := range []string{"", "http://h/", "ftp://", "ftp:///pub", "ftp://h/%0d%0aDELE", "ftp://h:port/", "ftp://h:0/", "ftp://h:65536/", "ftp://h:99999999999999999999/", "ftp://a b/", "ftp://::00", "ftp://[fe80::1%25eth0]/"} {
		if id, _, _, err := schemes().Parse(in); !errors.Is(err, ErrHostURL) {
			t.Errorf("Parse(%q) = %q, %v, want ErrHostURL", in, id, err)
		}
	}
	for _, in := range []string{"ftp://me:secret@h:port/", "http://me:secret@h/", "ftp://me:secret@/", "ftp://me:%secret@h/"} {
		if _, _, _, err := schemes().Parse(in); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse(%q): %v, want an error without the password", in, err)
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
		if n, a, r := tt.id.Name(), schemes().Addr(tt.id), tt.id.Root(); n != tt.name || a != tt.addr || string(r) != tt.root {
			t.Errorf("%s: Name %q, Addr %q, Root %q", tt.id, n, a, r)
		}
	}
	if got := schemes().URL("ftp://h:2121/pub/", "/pub/a b\xe9%", Dir); got != "ftp://h:2121/pub/a%20b%E9%25/" {
		t.Errorf("URL = %q", got)
	}
	for want, p := range map[string]Place{
		"ftp://h/a/":                {Host: "ftp://h/", Path: "/a"},
		"ftps://h/a/ ftp://h:99/a/": {Host: "ftp://h:99/", Doors: []HostID{"ftps://h/", "ftp://h:99/"}, Path: "/a"},
	} {
		if got := strings.Join(schemes().URLs(&p, Dir), " "); got != want {
			t.Errorf("URLs = %q, want %q", got, want)
		}
	}
}
