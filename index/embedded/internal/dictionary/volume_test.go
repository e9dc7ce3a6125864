package dictionary

import (
	"slices"
	"testing"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
)

func TestToMerge(t *testing.T) {
	volumes := func(names ...int) (parts []part) {
		for _, n := range names {
			parts = append(parts, part{volume: &volume{names: n, blocks: make([]block.ID, 100)}})
		}
		return parts
	}
	dead := volumes(1000, 10)
	for i := range 30 {
		dead[0].dead = dead[0].dead.with(i, 100)
	}
	for _, c := range []struct {
		parts []part
		more  bool
		want  []int
	}{
		{nil, false, nil},
		{volumes(10), false, nil},
		{volumes(1000, 10), false, nil},
		{volumes(1000, 400), false, []int{1, 0}},
		{volumes(1000, 10, 5), false, []int{2, 1}},
		{volumes(1000, 100, 90, 80), false, []int{3, 2, 1}},
		{volumes(1000, 300, 90, 80), false, []int{3, 2, 1, 0}},
		{volumes(1000, 400), true, nil},
		{volumes(9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12, 13), true, []int{8, 7, 6, 5, 4, 3, 2, 1}},
		{dead, false, []int{1, 0}},
	} {
		if got := toMerge(c.parts, c.more); !slices.Equal(got, c.want) {
			t.Errorf("toMerge(%v, %v) = %v, want %v", c.parts, c.more, got, c.want)
		}
	}
}

// TestRosters reads back what appendRoster writes.
func TestRosters(t *testing.T) {
	t.Parallel()
	all := [][]posting{{{0, false}}, {{7, false}, {7, false}, {1 << 20, false}}, {}, {{3, true}}, {{1, true}, {2, false}, {900, true}}}
	var p []byte
	for _, mentions := range all {
		p = appendPostings(p, mentions)
	}
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {1, 4}, {3}} {
		r := postingsReader{Reader: codec.Reader{Rest: p}, blocks: 1<<20 + 1}
		for _, i := range order {
			got, err := r.read(i, nil)
			if err != nil || !slices.Equal(got, all[i]) {
				t.Errorf("of(%d) = %v, %v, want %v", i, got, err, all[i])
			}
		}
		if _, err := r.read(5, nil); err == nil {
			t.Error("there are mentions behind the last name")
		}
		r = postingsReader{Reader: codec.Reader{Rest: p}, blocks: 7}
		if _, err := r.read(1, nil); err == nil {
			t.Error("there are mentions of blocks that the volume does not have")
		}
	}
}

func TestSettleMentions(t *testing.T) {
	t.Parallel()
	yes, no := posting{1, false}, posting{1, true}
	other := posting{2, false}
	for _, c := range []struct{ of, want []posting }{
		{nil, nil},
		{[]posting{yes, other}, []posting{yes, other}},
		{[]posting{yes, no, other}, []posting{other}},
		{[]posting{no, yes, no}, []posting{no}},
		{[]posting{yes, yes, no}, []posting{yes}},
		{[]posting{yes, yes}, []posting{yes, yes}},
	} {
		if got := cancel(slices.Clone(c.of)); !slices.Equal(got, c.want) {
			t.Errorf("settleMentions(%v) = %v, want %v", c.of, got, c.want)
		}
	}
}
