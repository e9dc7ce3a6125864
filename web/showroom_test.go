package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/web/gone"
)

// A shown page is one that the tests of the looks, of the links and of the wire go through.
type shown struct {
	name    string
	target  string
	status  int
	empty   bool // of the portal without hosts
	results bool // lists what a query found
}

// shownPages are all kinds of pages, each in the states that it may be in. A new page gets a line here.
func shownPages() []shown {
	return []shown{
		{name: "front", target: "/", status: http.StatusOK},
		{name: "front-empty", target: "/", status: http.StatusOK, empty: true},
		{name: "results", target: "/?q=debian", status: http.StatusOK, results: true},
		{name: "results-next", target: "/?q=debian&n=10&sort=name&reverse=1", status: http.StatusOK, results: true},
		{name: "results-types", target: "/?q=stuff&n=50", status: http.StatusOK, results: true},
		{name: "results-reading", target: "/?q=debian+or+kernel", status: http.StatusOK, results: true},
		{name: "nothing", target: "/?q=debain-12+size:0", status: http.StatusOK},
		{name: "bad-query", target: "/?q=debian+size:big", status: http.StatusBadRequest},
		{name: "help", target: "/help", status: http.StatusOK},
		{name: "hosts", target: "/hosts", status: http.StatusOK},
		{name: "hosts-empty", target: "/hosts", status: http.StatusOK, empty: true},
		{name: "host-up", target: "/host/ftp/ftp.debian.example", status: http.StatusOK},
		{name: "host-down", target: "/host/ftp/mirror1.example", status: http.StatusOK},
		{name: "host-new", target: "/host/ftp/new.example", status: http.StatusOK},
		{name: "host-partial", target: "/host/ftp/mirror2.example", status: http.StatusOK},
		{name: "host-crawling", target: "/host/ftp/mirror3.example", status: http.StatusOK},
		{name: "browse", target: "/browse/ftp/ftp.debian.example/pub/stuff", status: http.StatusOK},
		{name: "browse-large", target: "/browse/ftp/ftp.debian.example/pub/pool", status: http.StatusOK},
		{name: "browse-none", target: "/browse/ftp/ftp.debian.example/pub/stuff?filter=zzz", status: http.StatusOK},
		{name: "file", target: "/file/ftp/ftp.debian.example/pub/images/debian-12.0.0-amd64-netinst.iso", status: http.StatusOK},
		{name: "file-checked", target: "/file/ftp/ftp.debian.example/pub/images/debian-12.0.0-amd64-netinst.iso?check=1", status: http.StatusOK},
		{name: "file-text", target: "/file/ftp/ftp.debian.example/README?preview=1", status: http.StatusOK},
		{name: "host-imported", target: "/host/ftp/mirror5.example", status: http.StatusOK},
		{name: "browse-filtered", target: "/browse/ftp/ftp.debian.example/pub/pool?filter=b-&sort=size&reverse=1", status: http.StatusOK},
		{name: "gone", target: "/file/ftp/ftp.debian.example/pub/old/away.iso", status: http.StatusGone},
		{name: "missing", target: "/file/ftp/ftp.debian.example/pub/gone/away.iso", status: http.StatusNotFound},
		{name: "missing-host", target: "/host/ftp/no.example", status: http.StatusNotFound},
		{name: "browse-empty", target: "/browse/ftp/ftp.debian.example/pub/stuff/empty", status: http.StatusOK},
		{name: "bad-address", target: "/?q=x&n=0", status: http.StatusBadRequest},
		{name: "404", target: "/no/such/page.iso", status: http.StatusNotFound},
	}
}

// inLanguage returns a target that asks for a language.
func inLanguage(target, lang string) string {
	sign := "?"
	if strings.Contains(target, "?") {
		sign = "&"
	}
	return target + sign + "lang=" + lang
}

// showroom is the portal over a catalogue in which each page has something to show.
func showroom(t *testing.T, empty bool) http.Handler {
	t.Helper()
	catalogue := indextest.NewBrute()
	if !empty {
		furnish(t, catalogue)
	}
	lost := &gone.Book{}
	lost.Add("ftp://ftp.debian.example/", "/pub/old")
	portal, err := New(Options{Schemes: schemes(), Catalogue: catalogue, Budget: -1, Fetcher: fakeFetcher{}, Gone: lost})
	if err != nil {
		t.Fatal(err)
	}
	return portal
}

// furnish fills a catalogue with an archive, ten mirrors of a part of it in all states that a host may
// have, and a host that was never crawled.
func furnish(t *testing.T, c *indextest.Brute) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Minute)
	record(t, c, "ftp://ftp.debian.example/", now.Add(-3*time.Hour), archive(now))
	for i := range 10 {
		id := index.HostID(fmt.Sprintf("ftp://mirror%d.example/", i+1))
		prefix := index.Path([]string{"/debian", "/pub/linux/debian", "/mirror/ftp.debian.org/debian"}[i%3])
		record(t, c, id, now.AddDate(0, 0, -i), mirrored(prefix, now))
	}
	record(t, c, "ftp://new.example/", now, nil)
	for id, change := range map[index.HostID]func(*index.Host){
		"ftp://mirror1.example/": func(h *index.Host) {
			h.Health.DownSince, h.Health.Failures = now.AddDate(0, 0, -2), 4
			h.Health.LastError = "dial tcp 192.0.2.1:21: connect: connection refused"
		},
		"ftp://mirror2.example/": func(h *index.Host) { h.Health.Complete = now.AddDate(0, -1, 0) },
		"ftp://mirror3.example/": func(h *index.Host) { h.Health.Crawling, h.Health.Started = true, now },
		"ftp://mirror5.example/": func(h *index.Host) { h.Known.Way = index.WayImport },
		"ftp://mirror4.example/": func(h *index.Host) { h.Known.Demoted = []string{"EPSV: it is never answered"} },
	} {
		if err := c.Update(t.Context(), id, func(h *index.Host) error { change(h); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for p, body := range map[index.Path]string{
		"/README":           "This is the archive of Debian.\nImages are in pub/images.\n",
		"/pub/stuff/README": "Stuff of all kinds: music, films and books.\n",
		"/pub/stuff/INDEX":  "film.mkv  a film about fishing\nsong.flac  a song about it\n",
	} {
		if err := c.PutText(t.Context(), index.Text{Host: "ftp://ftp.debian.example/", Path: p, Body: body, Taken: now}); err != nil {
			t.Fatal(err)
		}
	}
}

func shownFile(name string, size int64, at time.Time) index.Entry {
	return index.Entry{Name: name, Size: size, Unix: at.Unix(), Precision: index.Minute}
}

func shownDir(name string, at time.Time) index.Entry {
	return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: at.Unix(), Precision: index.Day}
}

// images are what all mirrors have.
func images(now time.Time) []index.Entry {
	var out []index.Entry
	for version := range 4 {
		for i, machine := range []string{"amd64", "arm64", "i386"} {
			for j, kind := range []string{"netinst.iso", "DVD-1.iso", "DVD-1.iso.torrent"} {
				out = append(out, shownFile(fmt.Sprintf("debian-12.%d.0-%s-%s", version, machine, kind),
					[]int64{640 << 20, 4_100_000_000, 88 << 10}[j]+int64(version*1000+i), now.AddDate(0, -3*version-1, -i)))
			}
		}
	}
	return out
}

// mirrored is a mirror of the images.
func mirrored(prefix index.Path, now time.Time) []index.Listing {
	var out []index.Listing
	at := index.Path("/")
	for name := range strings.SplitSeq(strings.Trim(string(prefix)+"/images", "/"), "/") {
		out = append(out, index.Listing{Dir: at, Entries: []index.Entry{shownDir(name, now)}})
		at = at.Join(name)
	}
	return append(out, index.Listing{Dir: at, Entries: images(now)})
}

// archive has something of each type, a large directory, and names that are hard to show.
func archive(now time.Time) []index.Listing {
	var pool, many []index.Entry
	for i := range 1300 {
		pool = append(pool, shownFile(fmt.Sprintf("%c-package_%d.%d_amd64.deb", 'a'+i%26, i/26, i%10), int64(i)*4321+1, now.AddDate(0, 0, -i)))
	}
	for i, name := range []string{
		"film.mkv", "song.flac", "picture.png", "book.pdf", "sources.tar.xz", "kernel.img", "program.exe", "page.html", "letters.ttf", "sheet.ods",
		"notes.txt", "main.c", "nothing-known", "Ελληνικά.txt", "日本語の名前.txt", "עברית.txt", "a\u202egpj.exe", "<b onclick=alert(1)>.txt",
		"a-name-without-any-blank-that-is-longer-than-a-phone-is-wide-and-goes-on-and-on-until-it-ends.tar.gz",
	} {
		many = append(many, shownFile("stuff "+name, int64(1)<<(i*2), now.AddDate(0, -i, 0)))
	}
	many = append(many,
		index.Entry{Name: "stuff unknown.bin", Size: index.UnknownSize},
		index.Entry{Name: "stuff latest", Kind: index.Link, Size: index.UnknownSize, Target: "film.mkv"},
		shownFile("README", 80, now), shownFile("INDEX", 60, now), shownFile("film.mkv", 700<<20, now), shownFile("song.flac", 30<<20, now),
		shownDir("stuff more", now), shownDir("empty", now))
	return []index.Listing{
		{Dir: "/", Entries: []index.Entry{shownDir("pub", now), shownFile("README", 55, now)}},
		{Dir: "/pub", Entries: []index.Entry{shownDir("images", now), shownDir("pool", now), shownDir("stuff", now)}},
		{Dir: "/pub/images", Entries: images(now)},
		{Dir: "/pub/pool", Entries: pool},
		{Dir: "/pub/stuff", Entries: many},
		{Dir: "/pub/stuff/stuff more", Entries: []index.Entry{shownFile("kernel-6.1.tar.xz", 130<<20, now)}},
		{Dir: "/pub/stuff/empty"},
	}
}

// TestShownPages holds the table of pages to what they answer.
func TestShownPages(t *testing.T) {
	full, empty := showroom(t, false), showroom(t, true)
	for _, p := range shownPages() {
		portal := full
		if p.empty {
			portal = empty
		}
		if w := get(t, portal, p.target); w.Code != p.status && w.Code != http.StatusMovedPermanently {
			t.Errorf("%s: GET %s: %d, want %d", p.name, p.target, w.Code, p.status)
		}
	}
}
