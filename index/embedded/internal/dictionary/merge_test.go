package dictionary

import (
	"slices"
	"testing"

	"trawl/index/embedded/internal/block"
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
