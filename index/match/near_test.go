package match_test

import (
	"fmt"
	"slices"
	"testing"

	"trawl/search/fold"

	"trawl/index/match"
)

func TestNear(t *testing.T) {
	names := []string{
		"firefox-115.tar.xz", "firefox.svg", "debian-12.5.0-amd64-netinst.iso", "debian", "02 - Überflieger.mp3", "e-mail-archive.zip", "wi_fi.txt",
		"Agents.of.S.H.I.E.L.D.S01E18.mkv", "Kitchen s09 e02.mkv", "Bad.Boys.1995.mkv", "kernels.txt", "Grey's Anatomy.mkv", "kernel/x", "netinstall.img",
	}
	for word, want := range map[string][]string{
		"fierfox":     {"firefox"},
		"debain":      {"debian"},
		"Uberfleiger": {"uberflieger"},
		"email":       {"e-mail", "mail"},
		"wi-fi":       {"wi_fi"},
		"shield":      {"s.h.i.e.l.d"},
		"s09e02":      {"s09 e02"},
		"badboys":     {"bad.boys"},
		"kernal":      {"kernel", "kernels"},
		"12.6.0":      {"12.5.0"},
		"e-mial":      {"e-mail"},
		"netnist":     {"netinst", "netinstall"},
		"firefox":     nil, // the word itself is none
		"qqqqqqqqqqq": nil,
		"ab":          nil,
		"--":          nil,
	} {
		near := match.NewNear([]string{word, "zzzz"})
		for _, name := range names {
			near.Offer(fold.Append(nil, name))
		}
		if got := near.Best(2); !slices.Equal(got[0], want) || got[1] != nil {
			t.Errorf("nearest to %s: %q, want %q", word, got, want)
		}
	}
}

// TestNearMany holds a Near to remembering the nearest words, however many it sees.
func TestNearMany(t *testing.T) {
	near := match.NewNear([]string{"kernelkernel"})
	near.Offer([]byte("kernelkernex"))
	for i := range 1000 {
		near.Offer(fmt.Appendf(nil, "kernelker%03d", i))
	}
	if got := near.Best(1)[0]; !slices.Equal(got, []string{"kernelkernex"}) {
		t.Errorf("the nearest of a thousand: %q", got)
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
