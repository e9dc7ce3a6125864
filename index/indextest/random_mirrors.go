package indextest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trawl/index"
)

// mirrors compares answers about files that have many places: on hosts with nearly the
// same files, some of which are down or could not be read whole.
func mirrors(t *testing.T, c index.Catalogue) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		w := &work{T: rt, engine: c, brute: NewBrute(), kept: map[uint64]index.Answer{}}
		w.clear()
		pool := drawPool(rt)
		hosts := rapid.IntRange(1, 4).Draw(rt, "hosts")
		for i := range hosts {
			w.mirror(mirrorID(i), pool, then().Add(-6*time.Hour))
		}
		for range rapid.IntRange(0, 2).Draw(rt, "texts") {
			w.textOf(rt, mirrorID(0))
		}
		w.askMirrors(pool)
		w.mirror(mirrorID(0), pool, then().Add(-3*time.Hour))
		w.askMirrors(pool)
	})
}

// askMirrors asks for files of several hosts.
func (w *work) askMirrors(pool []index.Entry) {
	for range 4 {
		q := drawOrder(w.T)
		q.Limit = rapid.SampledFrom([]int{1, 2, 5, 100}).Draw(w.T, "page")
		w.answers(w.T, drawMirrored(w.T, pool), q)
	}
}

// mirrorID names a host; some share their names.
func mirrorID(i int) index.HostID {
	return index.HostID([]string{
		"ftp://m.example.org/", "ftp://m.example.org/pub/", "sftp://m.example.org/", "ftp://a.example.org/", "ftp://z.example.org:2121/",
	}[i])
}

// drawPool draws the files of the mirrors. Some are one result by their folded names.
func drawPool(t *rapid.T) []index.Entry {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
		"kernel", "Kernel", "KERNEL", "ｋｅｒｎｅｌ", "\u212aernel", "kernel.iso", "Kernel.ISO", "straße.gz", "STRASSE.gz", "cafe\u0301", "Café", "CAFE",
		"ﬁle", "file", "½", "1⁄2", "\u0301", "İ", "i", "映画.mkv", "a", "b", "linux-1", "linux-2", "README", "INDEX", "00index.txt",
	}), 1, 12, rapid.ID[string]).Draw(t, "names")
	var pool []index.Entry
	for _, name := range names {
		e := index.Entry{Name: name, Size: rapid.SampledFrom([]int64{index.UnknownSize, 1, 1, 1, 5 << 20}).Draw(t, "size")}
		if rapid.IntRange(0, 7).Draw(t, "raw") == 0 {
			e.Raw = name + "\xff"
		}
		pool = append(pool, e)
	}
	return pool
}

// mirror records a host with some files of the pool in some directories, crawled from a
// given time on.
func (w *work) mirror(id index.HostID, pool []index.Entry, begun time.Time) {
	t, ctx := w.T, context.Background()
	down, connections := rapid.IntRange(0, 3).Draw(t, "down") == 0, rapid.SampledFrom([]int{0, 0, 4, 300}).Draw(t, "connections")
	dirs := rapid.SliceOfNDistinct(rapid.SampledFrom([]index.Path{
		"/", "/pub", "/kernel", "/Kernel", "/pub/a", "/pub/b", "/pub/a/kernel", "/pub/é", "/straße", "/x/y/z",
	}), 1, 8, rapid.ID[index.Path]).Draw(t, "dirs")
	var listings []index.Listing
	begun = begun.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "begun")) * time.Hour)
	for _, d := range dirs {
		l := drawMirror(t, d, pool)
		l.Taken = begun // of all: an engine need not record when in a crawl it saw an unchanged directory
		listings = append(listings, l)
	}
	complete := rapid.Bool().Draw(t, "complete")
	_ = w.both("mirror", func(c index.Catalogue) error {
		return c.Update(ctx, id, func(h *index.Host) error {
			if h.Known.Connections = connections; down {
				h.Health.DownSince = then()
			}
			return nil
		})
	})
	w.crawlOnce(id, listings, complete)
	if rapid.Bool().Draw(t, "again") {
		w.crawlOnce(id, drawAgain(t, dirs, begun.Add(2*time.Hour)), complete)
	}
}

// crawlOnce does a whole crawl.
func (w *work) crawlOnce(id index.HostID, listings []index.Listing, complete bool) {
	_ = w.both("crawl", func(c index.Catalogue) error {
		crawl, err := c.Begin(context.Background(), id, true)
		w.must(err)
		w.must(crawl.Put(context.Background(), listings...))
		return crawl.Finish(context.Background(), complete)
	})
}

// drawMirror draws the listing of a directory of a mirror.
func drawMirror(t *rapid.T, d index.Path, pool []index.Entry) index.Listing {
	l := index.Listing{Dir: d, Way: "LIST"}
	l.State = rapid.SampledFrom([]index.State{index.Complete, index.Complete, index.Truncated}).Draw(t, "state")
	has, old := rapid.Uint16().Draw(t, "has"), rapid.Uint16().Draw(t, "old")
	timed, wide := rapid.Bool().Draw(t, "timed"), rapid.IntRange(0, 3).Draw(t, "wide") == 0
	for i, e := range pool {
		if has>>i&1 == 0 {
			continue
		}
		if timed {
			e.Precision, e.Unix = index.Day, then().AddDate(0, 0, -400*int(old>>i&1)).Unix()
		}
		l.Entries = append(l.Entries, e)
	}
	for i := range 20 {
		if wide { // so that the directory spreads over several blocks
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("kernel-%02d", i), Size: int64(i % 2)})
		}
	}
	return l
}

// drawAgain draws the directories of a later crawl: they cannot be read any more, or are
// as they were.
func drawAgain(t *rapid.T, dirs []index.Path, taken time.Time) (out []index.Listing) {
	for _, d := range dirs {
		l := index.Listing{Dir: d, Way: "LIST", Taken: taken, State: index.Unchanged}
		switch rapid.IntRange(0, 2).Draw(t, "again") {
		case 0:
			continue
		case 1:
			l.State, l.Why = index.Denied, "550 no"
		}
		out = append(out, l)
	}
	return out
}

// drawMirrored writes a query that finds files of mirrors.
func drawMirrored(t *rapid.T, pool []index.Entry) string {
	name := rapid.SampledFrom(pool).Draw(t, "name").Name
	if rapid.IntRange(0, 3).Draw(t, "text") == 0 {
		return drawText(t) + rapid.SampledFrom([]string{"", "", " places:>1", " host:m.example.org", " -readme", " kind:file"}).Draw(t, "narrow")
	}
	text := rapid.SampledFrom([]string{
		"-nothing", `"` + name + `"`, `-"` + name + `"`, `("` + name + `" | size:>1k)`, `case:"` + name + `"`, name + "*", "kernel", "/^(k|i|f).*/",
		"path:**kernel*", "dir:/pub", "time:>1y", "kind:file", "e -size:1",
	}).Draw(t, "find")
	return text + rapid.SampledFrom([]string{"", "", " places:>1", " places:2..4", " places:1", " host:m.example.org", " -host:m.example.org"}).Draw(t, "narrow")
}
