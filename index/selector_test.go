package index

import (
	"strings"
	"testing"
)

func TestSelector(t *testing.T) {
	for _, test := range []struct {
		menu     Path
		selector string
		want     Path
	}{
		{"/", "/pub", "/pub"},
		{"/", "/pub/a", "/=%2Fpub%2Fa"},
		{"/", "pub", "/=pub"},
		{"/", "1/pub", "/=1%2Fpub"},
		{"/=1%2Fpub", "1/pub/linux", "/=1%2Fpub/linux"},
		{"/=1%2Fpub", "0/pub/linux", "/=1%2Fpub/=0%2Fpub%2Flinux"},
		{"/pub", "/pub/=odd", "/pub/=%2Fpub%2F=odd"},
		{"/pub", "/pub/", "/pub/=%2Fpub%2F"},
		{"/pub", "/pub/..", "/pub/=%2Fpub%2F.."},
		{"/pub", "/pub/50%25", "/pub/50%25"},
		{"/pub", "", "/pub/="},
		{"/=x%2F", "x/y", "/=x%2F/y"},
		{"/pub", "/cgi?a=%2F", "/pub/=%2Fcgi?a=%252F"},
	} {
		if got := test.menu.JoinSelector(test.selector); got != test.want {
			t.Errorf("%s, %q => %s, want %s", test.menu, test.selector, got, test.want)
		}
		if got := test.want.Selector(); got != test.selector {
			t.Errorf("%s => %q, want %q", test.want, got, test.selector)
		}
	}
}

func FuzzSelector(f *testing.F) {
	f.Add("/pub", "/pub/a")
	f.Add("1/pub", "0/pub/%2F=")
	f.Add("", "=")
	f.Fuzz(func(t *testing.T, menu, selector string) {
		for _, p := range []Path{"/", Path("/").JoinLiteral(menu)} {
			p = p.JoinSelector(selector)
			if p.Selector() != selector || !strings.HasPrefix(string(p), "/") || strings.Contains(string(p)+"/", "//") || strings.Contains(string(p)+"/", "/../") || strings.Contains(string(p)+"/", "/./") {
				t.Errorf("%q, %q => %q, %q", menu, selector, p, p.Selector())
			}
		}
	})
}

func TestGopherURL(t *testing.T) {
	for _, test := range []struct {
		p    Path
		kind Kind
		want string
	}{
		{"/", Dir, "gopher://h/"},
		{"/pub", Dir, "gopher://h/1/pub"},
		{"/pub/a b", File, "gopher://h/9/pub/a%20b"},
		{"/=1%2Fpub", Dir, "gopher://h/11/pub"},
		{"/pub/=1%2Fsrc\tother:7070", Link, "gopher://other:7070/1/src"},
		{"/caf\xe9", File, "gopher://h/9/caf%E9"},
	} {
		if got := HostID("gopher://h/").URL(test.p, test.kind); got != test.want {
			t.Errorf("%s => %s, want %s", test.p, got, test.want)
		}
	}
	for typed, want := range map[string]HostID{
		"gopher://H/": "gopher://h/", "gopher://h/1": "gopher://h/", "gopher://h/1/pub": "gopher://h/pub/",
		"gopher://h/pub": "gopher://h/pub/", "gopher://h:7070/1/": "gopher://h:7070/", "ftp://h/1/pub": "ftp://h/1/pub/",
	} {
		if got, _, _, err := ParseHost(typed); got != want || err != nil {
			t.Errorf("%s => %s, %v, want %s", typed, got, err, want)
		}
	}
}
