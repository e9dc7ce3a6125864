package match

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trawl/search/query"
)

// TestDistance compares the distance of two words with the plain table of the distances of
// their beginnings.
func TestDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[abc]{3,64}`).Draw(t, "word")
		b := []byte(a)
		for _, at := range rapid.SliceOfN(rapid.IntRange(0, len(a)-1), 0, 8).Draw(t, "changes") {
			at = min(at, len(b))
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				b = slices.Insert(b, at, 'a')
			case 1:
				b = slices.Delete(b, at, min(at+1, len(b)))
			case 2:
				if at > 0 && at < len(b) {
					b[at-1], b[at] = b[at], b[at-1]
				}
			}
		}
		n := NewNear(query.Word{Text: a})
		want := edits(a, string(b))
		switch got := n.distance(0, b); {
		case want <= len(a)/3 && got != want, want > len(a)/3 && got <= len(a)/3:
			t.Fatalf("distance of %q and %q is %d, want %d", a, b, got, want)
		}
	})
}

func edits(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + min(d[i-1][j], d[i][j-1], d[i-1][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
