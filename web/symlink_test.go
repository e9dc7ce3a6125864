package web

import (
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
)

// TestLinks opens links: to a directory they lead there, and only what is known as a file is to get.
func TestLinks(t *testing.T) {
	link := func(name, target string) index.Entry {
		return index.Entry{Name: name, Kind: index.Link, Target: target, Size: index.UnknownSize}
	}
	b := indextest.NewBrute()
	record(t, b, "ftp://one.example/", time.Now(), []index.Listing{
		{Dir: "/", Entries: []index.Entry{{Name: "pub", Kind: index.Dir}, link("current", "pub/"), link("file", "pub/a.txt"), link("lost", "nowhere")}},
		{Dir: "/pub", Entries: []index.Entry{{Name: "a.txt", Size: 3}, link("up", "../pub"), link("abs", "/pub"), link("odd", "")}},
	})
	portal, err := New(Options{Schemes: schemes(), Catalogue: b, Fetcher: fakeFetcher{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []target{
		{"/browse/ftp/one.example/", 200, []string{`<a href="/browse/ftp/one.example/pub"><bdi>current</bdi>`, `"/file/ftp/one.example/file"`, "/get/ftp/one.example/file"}, []string{"/get/ftp/one.example/current", "/get/ftp/one.example/lost"}},
		{"/browse/ftp/one.example/pub", 200, nil, []string{"/get/ftp/one.example/pub/up", "/get/ftp/one.example/pub/abs", "/get/ftp/one.example/pub/odd"}},
		{"/file/ftp/one.example/current", 302, []string{"/browse/ftp/one.example/pub"}, nil},
		{"/file/ftp/one.example/pub/up?lang=es", 302, []string{"/browse/ftp/one.example/pub?lang=es"}, nil},
		{"/file/ftp/one.example/pub/abs", 302, []string{"/browse/ftp/one.example/pub"}, nil},
		{"/file/ftp/one.example/pub/odd", 200, []string{"<bdi>odd</bdi>"}, nil},
		{"/file/ftp/one.example/file", 200, []string{"→ <bdi>pub/a.txt</bdi>"}, []string{`<span class="quiet">–`}},
		{"/file/ftp/one.example/lost", 200, []string{"→ <bdi>nowhere</bdi>"}, nil},
	} {
		tt.check(t, portal)
	}
}
