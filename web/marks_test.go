package web

import (
	"slices"
	"testing"

	"trawl/index"
)

func TestMarked(t *testing.T) {
	for _, tt := range []struct {
		s      string
		ranges []index.Range
		head   string
		marks  []mark
	}{
		{"", nil, "", nil},
		{"a\x1bb", nil, `a\x1bb`, nil},
		{"linux", []index.Range{{Start: 0, End: 5}}, "", []mark{{"linux", ""}}},
		{"/pub/linux/a", []index.Range{{Start: 5, End: 10}}, "/pub/", []mark{{"linux", "/a"}}},
		{"linux\u202elinux", []index.Range{{Start: 0, End: 5}, {Start: 8, End: 13}}, "", []mark{{"linux", `\u202e`}, {"linux", ""}}},
		{"abc", []index.Range{{Start: 0, End: 1}, {Start: 1, End: 2}}, "", []mark{{"a", ""}, {"b", "c"}}},
		{"abc", []index.Range{{Start: 1, End: 2}, {Start: 0, End: 3}, {Start: 2, End: 9}, {Start: 2, End: 2}}, "a", []mark{{"b", "c"}}},
	} {
		if head, marks := marked(tt.s, tt.ranges); head != tt.head || !slices.Equal(marks, tt.marks) {
			t.Errorf("%q %v: %q, %q; want %q, %q", tt.s, tt.ranges, head, marks, tt.head, tt.marks)
		}
	}
}
