package robots

import (
	"strings"
	"testing"
	"time"

	"trawl/index"
)

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		rules      string
		yes, never []index.Path
	}{
		{"Disallow: /pub", []index.Path{"/", "/pu"}, []index.Path{"/pub", "/public", "/pub/a"}},
		{"Disallow: /pub/\nAllow: /pub/a", []index.Path{"/public", "/pub/a", "/pub/ab/c"}, []index.Path{"/pub", "/pub/b"}},
		{"Disallow: /*.iso$", []index.Path{"/a.iso.txt", "/iso"}, []index.Path{"/a.iso", "/b/c.iso"}},
		{"Disallow: /pub/$\nAllow: /x", []index.Path{"/pub/a", "/x"}, []index.Path{"/pub"}},
		{"Disallow: /a*b*c\nAllow: /a*b*cd", []index.Path{"/ab", "/abcd"}, []index.Path{"/abc", "/a/b/c/d"}},
		{"Disallow: /same\nAllow: /same", []index.Path{"/same"}, nil},
		{"Disallow: /\nAllow: /open", []index.Path{"/open/a"}, []index.Path{"/", "/a"}},
		{"Disallow:", []index.Path{"/", "/a"}, nil},
	} {
		r := Parse(strings.NewReader("User-agent: *\n" + tt.rules))
		for _, p := range tt.yes {
			if !r.Allows(p) {
				t.Errorf("%q: %s is not allowed", tt.rules, p)
			}
		}
		for _, p := range tt.never {
			if r.Allows(p) {
				t.Errorf("%q: %s is allowed", tt.rules, p)
			}
		}
	}
}

// TestManyRules asks much of a robots.txt that is all rules.
func TestManyRules(t *testing.T) {
	for _, rule := range []string{"Disallow: /*a*b\n", "Disallow: /pub/x\n"} {
		r := Parse(strings.NewReader("User-agent: *\n" + strings.Repeat(rule, readMost/len(rule))))
		path := index.Path("/" + strings.Repeat("a", 200))
		start := time.Now()
		for range 10_000 {
			if !r.Allows(path) {
				t.Fatal(path)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("10,000 paths took %s", took)
		}
	}
}
