package scan

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"trawl/search/fold"

	"pgregory.net/rapid"
)

// TestFind holds finders against bytes.Index over folded names.
func TestFind(t *testing.T) {
	t.Parallel()
	pieces := rapid.SampledFrom([]string{
		"a", "A", "e", "ee", "readme", "README", "ReadMe", "e.r", "z", "Z", "@", "[", "`", "{", "0", "-", "zz", "Zq", "é", "ß", "映", "\u0301", "\xff", "K",
	})
	word := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(pieces, 1, 4).Draw(t, "pieces"), "") })
	folds := rapid.Map(word, fold.String).Filter(func(text string) bool { return text != "" }) // of an accent alone nothing is left
	rapid.Check(t, func(t *rapid.T) {
		names := []byte(strings.Join(rapid.SliceOfN(word, 0, 12).Draw(t, "names"), "\x00") + "\x00")
		folded := fold.Append(nil, names)
		if slices.ContainsFunc(names, func(c byte) bool { return c >= 0x80 || c == '`' }) {
			names = folded
		}
		text := []byte(folds.Draw(t, "text"))
		for _, step := range []func(at int) int{
			func(at int) int { return at + 1 },
			func(at int) int { return at + bytes.IndexByte(folded[at:], 0) + 1 }, // the next name
		} {
			var got, want []int
			f := newFinder(text)
			f.each(names, func(at int) int {
				got = append(got, at)
				return step(at)
			})
			for from := 0; from < len(folded); {
				n := bytes.Index(folded[from:], text)
				if n < 0 {
					break
				}
				want = append(want, from+n)
				from = step(from + n)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%q in %q is at %v, want %v", text, names, got, want)
			}
		}
	})
}

// TestSkipNames skips names of all lengths, from each.
func TestSkipNames(t *testing.T) {
	t.Parallel()
	var text []byte
	starts := []int{0}
	for i := range 400 {
		text = append(append(text, strings.Repeat("n", 1+i*i%300)...), 0)
		starts = append(starts, len(text))
	}
	for i, from := range starts {
		for k := i; k < len(starts); k++ {
			if got := skipNames(text, from, k-i); got != starts[k] {
				t.Fatalf("%d names from %d: got %d, want %d", k-i, i, got, starts[k])
			}
		}
		if got := skipNames(text, from, len(starts)-i); got != -1 {
			t.Fatalf("one name more than there is from %d: got %d", i, got)
		}
	}
}
