package index

import (
	"cmp"
	"testing"
)

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

func TestPathCompare(t *testing.T) {
	inOrder := []Path{"/", "/a", "/a/b", "/a/b/c", "/a/c", "/a!", "/a-b", "/a0", "/b", "/\xff"}
	for i, p := range inOrder {
		for j, q := range inOrder {
			if got, want := p.Compare(q), cmp.Compare(i, j); got != want {
				t.Errorf("%q compared with %q is %d, want %d", p, q, got, want)
			}
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
