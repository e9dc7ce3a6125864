package match

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trawl/search/fold"
)

func TestNeedle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typed, name, marked string }{
		{"bad boys", "Bad.Boys.1995.mkv", "[Bad.Boys].1995.mkv"},
		{"bad boys", "Bad_-_Boys", "[Bad_-_Boys]"},
		{"bad boys", "BadBoys", "BadBoys"},
		{"Iron.Man.3.2013", "Iron Man 3 (2013).mkv", "[Iron Man 3 (2013]).mkv"},
		{"obama,", "Obama 2009", "[Obama] 2009"},
		{".jpg", "a.jpg jpg", "a[.jpg] jpg"},
		{"[a].tsx", "[a].tsx a.tsx", "[[a].tsx] a.tsx"},
		{"libstdc++", "libstdc++5 libstdc+", "[libstdc++]5 libstdc+"},
		{"c+", "c+d c+", "[c+]d [c+]"},
		{"a+b", "a b a+b a++b", "[a b] [a+b] a++b"},
		{"...", "a...b", "a[...]b"},
		{"S.W.A.T.", "SWAT Swatch S.W.A.T.", "[SWAT] Swatch [S.W.A.T]."},
		{"wi-fi", "wifis hiwifi wi_fi", "[wifi]s hiwifi [wi_fi]"},
		{"greys", "Grey’s Grey's", "[Grey’s] [Grey's]"},
		{"rock'n'roll", "Rock’n’Roll Rock 'n' Roll", "[Rock’n’Roll] [Rock 'n' Roll]"},
		{"'quoted'", "quoted", "[quoted]"},
		{"é", "e\u0301a", "[e\u0301]a"},
		{"か", "か が か\u3099", "[か] が か\u3099"},
		{"ก", "กก กี", "[กก] กี"},
		{"ี", "กี", "ก[ี]"},
		{"oo", "ooo", "[oo]o"},
	} {
		n := newNeedle(c.typed)
		f := foldBack(c.name)
		var b strings.Builder
		last := 0
		for _, r := range joined(f.find(n.all)) {
			b.WriteString(c.name[last:r.Start] + "[" + c.name[r.Start:r.End] + "]")
			last = r.End
		}
		if got := b.String() + c.name[last:]; got != c.marked {
			t.Errorf("%q is in %q, want %q", c.typed, got, c.marked)
		}
	}
}

// TestNeedleIsInLooseForm compares needles with the loose forms of both texts.
func TestNeedleIsInLooseForm(t *testing.T) {
	t.Parallel()
	pieces := rapid.SampledFrom([]string{"a", "b", "ab", " ", ".", "_", "-", "+", "(", ")", "é", "映", "/", "=", "1"})
	text := rapid.Map(rapid.SliceOfN(pieces, 1, 6), func(of []string) string { return fold.String(strings.Join(of, "")) })
	rapid.Check(t, func(t *rapid.T) {
		typed, name := strings.Trim(text.Draw(t, "typed"), ` .-_+()`), text.Draw(t, "name")
		if typed == "" {
			return
		}
		n := newNeedle(typed)
		n.other = nil
		loose := string(fold.Loose(nil, []byte(name)))
		if got, want := n.in([]byte(name)), strings.Contains(loose, string(fold.Loose(nil, []byte(typed)))); got != want {
			t.Errorf("%q is in %q: %t, want %t", typed, name, got, want)
		}
		if hits := slices.Collect(func(yield func(int) bool) {
			for start := range n.all([]byte(name)) {
				if !yield(start) {
					return
				}
			}
		}); (len(hits) > 0) != n.in([]byte(name)) || !slices.IsSorted(hits) {
			t.Errorf("%q is in %q at %v", typed, name, hits)
		}
	})
}
