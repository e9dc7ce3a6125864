package match_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trawl/index"
	"trawl/index/match"
)

// TestPage checks which entries a page holds, in which order.
func TestPage(t *testing.T) {
	t.Parallel()
	file := func(name string, size, unix int64) index.Entry {
		return index.Entry{Name: name, Size: size, Unix: unix, Precision: index.Second}
	}
	dir := func(name string, unix int64) index.Entry {
		return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: unix, Precision: index.Second}
	}
	l := index.Listing{Dir: "/", Entries: []index.Entry{
		file("a10", 5, -7), file("A9", 50, 3), dir("z", 1), dir("b2", 9), dir("b10", 2), file("Éa", 5, 1),
		{Name: "link", Kind: index.Link, Size: index.UnknownSize, Target: "a10"},
		file("1x", 0, 2), file("_", 7, 4), file("日", index.UnknownSize, 5),
	}}
	for _, c := range []struct {
		view    index.View
		want    string // the entries
		count   int
		more    bool
		letters string // Initial, "/" for directories, Offset
	}{
		{index.View{}, "b2 b10 z 1x _ A9 a10 Éa link 日", 10, false, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Reverse: true}, "z b10 b2 日 link Éa a10 A9 _ 1x", 10, false, ""},
		{index.View{Sort: index.ByName, Limit: 4}, "b2 b10 z 1x", 10, true, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Offset: 2, Limit: 3}, "z 1x _", 10, true, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Offset: 8, Limit: 3}, "link 日", 10, false, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Offset: 10, Limit: 3}, "", 10, false, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Offset: 99}, "", 10, false, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Offset: -1, Limit: 1}, "b2", 10, true, "B/0 Z/2 #3 A5 E7 L8 日9"},
		{index.View{Sort: index.BySize}, "b2 b10 z A9 _ a10 Éa 1x link 日", 10, false, ""},
		{index.View{Sort: index.BySize, Reverse: true}, "b2 b10 z 1x a10 Éa _ A9 link 日", 10, false, ""},
		{index.View{Sort: index.ByTime}, "b2 b10 z 日 _ A9 1x Éa a10 link", 10, false, ""},
		{index.View{Sort: index.ByTime, Reverse: true, Offset: 3, Limit: 2}, "a10 Éa", 10, true, ""},
		{index.View{Filter: "A"}, "A9 a10 Éa", 3, false, "A0 E2"},
		{index.View{Filter: "é", Sort: index.BySize}, "Éa", 1, false, ""},
		{index.View{Filter: "nothing"}, "", 0, false, ""},
	} {
		p := match.Page(l, c.view)
		var got, letters []string
		for i := range p.Entries {
			got = append(got, p.Entries[i].Name)
		}
		for _, l := range p.Letters {
			slash := ""
			if l.Dirs {
				slash = "/"
			}
			letters = append(letters, fmt.Sprintf("%s%s%d", l.Initial, slash, l.Offset))
		}
		if strings.Join(got, " ") != c.want || p.Count != c.count || p.More != c.more || strings.Join(letters, " ") != c.letters {
			t.Errorf("%+v: %q of %d, more %t, letters %q\nwant %q of %d, more %t, letters %q",
				c.view, got, p.Count, p.More, letters, c.want, c.count, c.more, c.letters)
		}
		if want := (index.Sum{Directories: 3, Files: 7, Bytes: 67}); p.Own != want {
			t.Errorf("%+v: own sum %+v, want %+v", c.view, p.Own, want)
		}
	}
}

// TestPageIsAPart checks that the pages of an order are the whole order, in parts.
func TestPageIsAPart(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		l := index.Listing{Dir: "/"}
		for i := range r.IntN(60*n + 1) {
			e := index.Entry{Name: fmt.Sprintf("%c%d-%d", 'a'+rune(r.IntN(3)), r.IntN(20), i), Size: r.Int64N(9) - 1, Kind: index.Kind(r.IntN(3))}
			l.Entries = append(l.Entries, e)
		}
		for _, v := range []index.View{{}, {Reverse: true}, {Sort: index.BySize}, {Sort: index.ByTime, Reverse: true}} {
			whole := match.Page(l, v)
			v.Offset, v.Limit = r.IntN(len(l.Entries)+2), 1+r.IntN(100)
			part := match.Page(l, v)
			from := min(v.Offset, len(whole.Entries))
			if want := whole.Entries[from:min(from+v.Limit, len(whole.Entries))]; !slices.Equal(part.Entries, want) {
				t.Fatalf("%+v of %d entries: %v, want %v", v, len(l.Entries), part.Entries, want)
			}
		}
	}
}

// BenchmarkPage makes a page of 500 in the middle of 40,000 entries.
func BenchmarkPage(b *testing.B) {
	l := index.Listing{Dir: "/"}
	for i := range 40_000 {
		name := fmt.Sprintf("linux-image-%d.%d.0-%d-generic_%d_amd64.deb", i%7, i%20, i%300, i)
		l.Entries = append(l.Entries, index.Entry{Name: name, Size: int64(i*7919) % 100_000, Unix: int64(i * 31), Precision: index.Second})
	}
	for _, by := range []index.Sort{index.ByName, index.BySize, index.ByTime} {
		b.Run(string(by), func(b *testing.B) {
			for b.Loop() {
				match.Page(l, index.View{Sort: by, Offset: 20_000, Limit: 500})
			}
		})
	}
}
