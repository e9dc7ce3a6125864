package match

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCompareVersions checks the order of equally good names: each line is in order.
func TestCompareVersions(t *testing.T) {
	for _, line := range []string{
		"linux-6.10.tar.xz linux-6.9.tar.xz linux-6.2.tar.xz",
		"13.1.0 12.8.0 9.9.9",
		"foo-1.0.1.tar foo-1.0.tar foo-1.0-rc2.tar foo-1.0-rc1.tar foo-1.0-beta.tar foo-1.0-alpha3.tar",
		"foo_1.0 foo_1.0~rc1 foo_0.9",
		"x-1.0 x-1.0b2 x-1.0b1 x-1.0a9",
		"dirmat20.zip dirmat19.zip dirmat9.zip",
		"a-2.zip a-1.zip b-3.zip b-2.zip",
		"page_1.txt page_2.txt page_10.txt",
		"01-intro.flac 02-song.flac 10-end.flac",
		"show_-_01.mkv show_-_02.mkv show_-_10.mkv",
		"tool_-_1.10.zip tool_-_1.9.zip",
		"show.s01e01 show.s01e02 show.s02e01 show.s10e01",
		"debian-12.10.0-amd64 debian-12.7.0-amd64 debian-11.11.0-amd64",
		"jquery-1.11.0.js jquery-1.10.1.js jquery-1.9.1.js",
	} {
		inOrder(t, strings.Fields(line), compareVersions)
	}
}

// inOrder checks that names compare as they are given.
func inOrder(t *testing.T, names []string, compare func(a, b []byte) int) {
	t.Helper()
	for i := range names {
		for j := range names {
			if got := compare([]byte(names[i]), []byte(names[j])); sign(int64(got)) != sign(int64(i-j)) {
				t.Errorf("%s and %s compare as %d", names[i], names[j], got)
			}
		}
	}
}

// TestCompareNatural checks the order by name, and that prefixes keep it.
func TestCompareNatural(t *testing.T) {
	for _, line := range []string{
		"1.png 101.png 201.png 1001.png",
		"infinitime-1.1.0.zip infinitime-1.2.0.zip infinitime-1.9.0.zip infinitime-1.10.0.zip",
		"a a0 a01 a1 a2 a10 a123456789 a1234567890 a12345678901234567890 aa",
		"fan.txt first.txt fumble.txt fuzzy.txt",
	} {
		want := strings.Fields(line)
		inOrder(t, want, compareNatural)
		for i := range want {
			for j := range want {
				if c := bytes.Compare(appendNatural(nil, []byte(want[i])), appendNatural(nil, []byte(want[j]))); i < j && c > 0 || i > j && c < 0 {
					t.Errorf("%s and %s have keys that compare as %d", want[i], want[j], c)
				}
				if x, y := naturalPrefix([]byte(want[i])), naturalPrefix([]byte(want[j])); i < j && x > y || i > j && x < y {
					t.Errorf("%s and %s have the prefixes %x and %x", want[i], want[j], x, y)
				}
			}
		}
	}
}

// TestOrdersAreTotal checks that the orders of names are orders: what is before another and that before a
// third is before the third, and no two names are equal.
func TestOrdersAreTotal(t *testing.T) {
	name := rapid.StringMatching(`(a|page|s)?[-._ ~]?[0129]{0,3}[-.~]?(rc|b|beta)?[0-2]{0,2}\.?[01]?(tar)?`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(name, 3, 3, rapid.ID).Draw(t, "names")
		a, b, c := []byte(names[0]), []byte(names[1]), []byte(names[2])
		for which, compare := range map[string]func(a, b []byte) int{"natural": compareNatural, "versions": compareVersions} {
			if compare(a, b) == 0 || sign(int64(compare(a, b))) != -sign(int64(compare(b, a))) {
				t.Fatalf("%s: %q and %q", which, a, b)
			}
			if compare(a, b) < 0 && compare(b, c) < 0 && compare(a, c) > 0 {
				t.Fatalf("%s: %q, %q, %q", which, a, b, c)
			}
		}
		if c := bytes.Compare(appendNatural(nil, a), appendNatural(nil, b)); c != 0 && sign(int64(c)) != sign(int64(compareNatural(a, b))) {
			t.Fatalf("%q and %q have keys that compare as %d", a, b, c)
		}
		if x, y := naturalPrefix(a), naturalPrefix(b); x < y && compareNatural(a, b) > 0 {
			t.Fatalf("%q and %q have the prefixes %x and %x", a, b, x, y)
		}
	})
}
