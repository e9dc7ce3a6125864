package match

import (
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
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
		w := &NewNear([]string{a}).words[0]
		want, wantBegin := edits(a, string(b)), len(a)
		for end := range len(b) + 1 {
			wantBegin = min(wantBegin, edits(a, string(b[:end])))
		}
		whole, begin := w.distance(b)
		if differ(whole, want, w.most()) || differ(begin, wantBegin, w.most()) {
			t.Fatalf("distances of %q and %q are %d, %d, want %d, %d", a, b, whole, begin, want, wantBegin)
		}
	})
}

// differ reports whether a distance is wrong, or a large one is said to be at most most.
func differ(got, want, most int) bool { return min(got, want) <= most && got != want }

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

// TestCompleterCopies checks that a completer keeps no name that it was shown: they lie in buffers.
func TestCompleterCopies(t *testing.T) {
	c := NewCompleter("l")
	for range 2 {
		name := []byte("linux")
		c.Name(unsafe.String(&name[0], len(name)), name)
		copy(name, "xxxxx")
	}
	if got := c.Words(5); len(got) != 1 || got[0] != "linux" {
		t.Errorf("completes l as %q", got)
	}
}
