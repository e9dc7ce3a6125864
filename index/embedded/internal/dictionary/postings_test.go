package dictionary

import (
	"slices"
	"testing"

	"trawl/index/embedded/internal/codec"
)

// TestPostings reads what appendPostings writes.
func TestPostings(t *testing.T) {
	t.Parallel()
	all := [][]posting{{{0, false}}, {{7, false}, {7, false}, {1 << 20, false}}, {}, {{3, true}}, {{1, true}, {2, false}, {900, true}}}
	var data []byte
	for _, postings := range all {
		data = appendPostings(data, postings)
	}
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {1, 4}, {3}} {
		r := postingsReader{Reader: codec.Reader{Rest: data}, blocks: 1<<20 + 1}
		for _, i := range order {
			got, err := r.read(i, nil)
			if err != nil || !slices.Equal(got, all[i]) {
				t.Errorf("read(%d) = %v, %v, want %v", i, got, err, all[i])
			}
		}
		if _, err := r.read(5, nil); err == nil {
			t.Error("there are postings behind the last name")
		}
		r = postingsReader{Reader: codec.Reader{Rest: data}, blocks: 7}
		if _, err := r.read(1, nil); err == nil {
			t.Error("there are postings of blocks that the volume does not have")
		}
	}
}

func TestCancelOut(t *testing.T) {
	t.Parallel()
	yes, no := posting{1, false}, posting{1, true}
	other := posting{2, false}
	for _, c := range []struct{ in, want []posting }{
		{nil, nil},
		{[]posting{yes, other}, []posting{yes, other}},
		{[]posting{yes, no, other}, []posting{other}},
		{[]posting{no, yes, no}, []posting{no}},
		{[]posting{yes, yes, no}, []posting{yes}},
		{[]posting{yes, yes}, []posting{yes, yes}},
	} {
		if got := cancelOut(slices.Clone(c.in)); !slices.Equal(got, c.want) {
			t.Errorf("cancelOut(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}
