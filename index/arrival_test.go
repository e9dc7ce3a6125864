package index_test

import (
	"testing"

	"trawl/index"
)

// TestReplaced holds a file to being another one where its size or time says so, and to staying where only the reading
// of its listing has changed.
func TestReplaced(t *testing.T) {
	const noon = 1_700_000_000 - 1_700_000_000%86400 + 43200
	file := func(size, unix int64, p index.Precision) index.Entry {
		return index.Entry{Name: "f", Size: size, Unix: unix, Precision: p}
	}
	for _, tt := range []struct {
		name     string
		was, now index.Entry
		want     bool
	}{
		{"nothing", file(7, noon, index.Second), file(7, noon, index.Second), false},
		{"size", file(7, noon, index.Second), file(8, noon, index.Second), true},
		{"size is known now", file(index.UnknownSize, noon, index.Second), file(8, noon, index.Second), false},
		{"a minute later", file(7, noon, index.Minute), file(7, noon+60, index.Minute), true},
		{"a second later", file(7, noon, index.Second), file(7, noon+1, index.Second), true},
		{"another precision", file(7, noon+7, index.Second), file(7, noon, index.Minute), false},
		{"another zone", file(7, noon, index.Minute), file(7, noon+5*3600+1800, index.Minute), false},
		{"another zone and precision", file(7, noon+7, index.Second), file(7, noon+3600, index.Minute), false},
		{"the day of another zone", file(7, noon+11*3600, index.Minute), file(7, noon+12*3600, index.Day), false},
		{"two days later", file(7, noon, index.Day), file(7, noon+2*86400, index.Day), true},
		{"no time", file(7, 0, index.Unknown), file(7, noon, index.Second), false},
		{"a folder's time", index.Entry{Name: "d", Kind: index.Dir, Size: index.UnknownSize, Unix: noon, Precision: index.Second}, index.Entry{Name: "d", Kind: index.Dir, Size: index.UnknownSize, Unix: noon + 7, Precision: index.Second}, false},
		{"a file in place of a folder", index.Entry{Name: "d", Kind: index.Dir, Size: index.UnknownSize}, file(7, noon, index.Second), true},
	} {
		if got := index.Replaced(&tt.was, &tt.now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
