package gopher

import (
	"strings"
	"testing"

	"trawl/index"
)

func TestSelector(t *testing.T) {
	for _, test := range []struct {
		menu     index.Path
		selector string
		want     index.Path
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
		if got := join(test.menu, test.selector); got != test.want {
			t.Errorf("%s, %q => %s, want %s", test.menu, test.selector, got, test.want)
		}
		if got := selectorAt(test.want); got != test.selector {
			t.Errorf("%s => %q, want %q", test.want, got, test.selector)
		}
	}
}

func FuzzSelector(f *testing.F) {
	f.Add("/pub", "/pub/a")
	f.Add("1/pub", "0/pub/%2F=")
	f.Add("", "=")
	f.Fuzz(func(t *testing.T, menu, item string) {
		for _, p := range []index.Path{"/", joinLiteral("/", menu)} {
			p = join(p, item)
			if selectorAt(p) != item || !strings.HasPrefix(string(p), "/") || strings.Contains(string(p)+"/", "//") || strings.Contains(string(p)+"/", "/../") || strings.Contains(string(p)+"/", "/./") {
				t.Errorf("%q, %q => %q, %q", menu, item, p, selectorAt(p))
			}
		}
	})
}

func TestURL(t *testing.T) {
	schemes := index.NewSchemes(append((&Source{}).Schemes(), index.Scheme{Name: "ftp", Port: 21})...)
	for _, test := range []struct {
		p    index.Path
		kind index.Kind
		want string
	}{
		{"/", index.Dir, "gopher://h/"},
		{"/pub", index.Dir, "gopher://h/1/pub"},
		{"/pub/a b", index.File, "gopher://h/9/pub/a%20b"},
		{"/=1%2Fpub", index.Dir, "gopher://h/11/pub"},
		{"/pub/=1%2Fsrc\tother:7070", index.Link, "gopher://other:7070/1/src"},
		{"/caf\xe9", index.File, "gopher://h/9/caf%E9"},
	} {
		if got := schemes.URL("gopher://h/", test.p, test.kind); got != test.want {
			t.Errorf("%s => %s, want %s", test.p, got, test.want)
		}
	}
	doors := index.Place{Host: "ftp://h/", Doors: []index.HostID{"ftp://h/", "gopher://h/"}, Path: "/pub/=b"}
	if got := strings.Join(schemes.URLs(&doors, index.File), " "); got != "ftp://h/pub/=b gopher://h/9/pub/=b" {
		t.Errorf("by all doors: %s", got)
	}
	for typed, want := range map[string]index.HostID{
		"gopher://H/": "gopher://h/", "gopher://h/1": "gopher://h/", "gopher://h/1/pub": "gopher://h/pub/",
		"gopher://h/pub": "gopher://h/pub/", "gopher://h:7070/1/": "gopher://h:7070/", "ftp://h/1/pub": "ftp://h/1/pub/",
	} {
		if got, _, _, err := schemes.Parse(typed); got != want || err != nil {
			t.Errorf("%s => %s, %v, want %s", typed, got, err, want)
		}
	}
}
