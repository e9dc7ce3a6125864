package match_test

import (
	"slices"
	"testing"

	"trawl/search/fold"

	"trawl/index/match"
)

func TestNear(t *testing.T) {
	c := load(t)
	for _, q := range []struct {
		query string
		want  []string // first
	}{
		{"fierfox", []string{"firefox.svg"}},
		{"debain netinst", []string{"debian-12.5.0-amd64-netinst.iso"}},
		{"Uberfleiger", []string{"02 - Überflieger.mp3"}},
		{"ubunut", []string{"ubuntu"}},
		{"qqqqqqqqqqq", nil},
		{"debain netinst -iso", nil},
	} {
		near := match.NewNear(parse(t, q.query))
		for _, d := range c.dirs {
			for _, e := range d.entries {
				near.Offer(e.Name, fold.Append(nil, e.Name))
			}
		}
		if got := near.Best(1); !slices.Equal(got, q.want) {
			t.Errorf("nearest to %s: %q, want %q", q.query, got, q.want)
		}
	}
	for _, s := range []string{"*.iso", "-a", "ab", "size:0"} {
		if match.NewNear(parse(t, s)) != nil {
			t.Errorf("%s has a word that can be misspelt", s)
		}
	}
}

func TestDescribe(t *testing.T) {
	type line struct{ name, about string }
	for _, c := range []struct {
		body string
		want []line
	}{
		{"", nil},
		{"pkz204g.exe   202574 02-01-93 PKWARE's archiver\r\n", []line{{"pkz204g.exe", "PKWARE's archiver"}}},
		{"\"long name.txt\" what it is", []line{{"long name.txt", "what it is"}}},
		{"xv-3.10.tar.gz - picture viewer\n   for X11\n\nbare\n----- -----\n", []line{{"xv-3.10.tar.gz", "picture viewer for X11"}}},
		{"a/b not a name here\nx 12k [1] y", []line{{"x", "y"}}},
	} {
		var got []line
		match.Describe(c.body, func(name, about string) { got = append(got, line{name, about}) })
		if !slices.Equal(got, c.want) {
			t.Errorf("Describe(%q) = %q, want %q", c.body, got, c.want)
		}
	}
	for name, want := range map[string]bool{
		"INDEX": true, "00INDEX.txt": true, "00_index.txt": true, "FILES.BBS": true, "descript.ion": true, "00-INDEX": true,
		"index.html": false, "README": false, "index.php": false,
	} {
		if match.IsIndex(name) != want {
			t.Errorf("IsIndex(%q) is %t", name, !want)
		}
	}
}
