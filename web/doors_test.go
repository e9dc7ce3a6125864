package web

import (
	"testing"

	"trawl/index"
)

// TestDoors shows the links by all doors of an archive that is hosted, on each page that shows a place of it.
func TestDoors(t *testing.T) {
	cat := newCatalogue(t)
	if err := cat.Update(t.Context(), "ftp://two.example:2121/", func(h *index.Host) error {
		h.Doors = []index.HostID{"ftps://two.example:9990/", "ftp://two.example:2121/"}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	portal, err := New(Options{Schemes: schemes(), Catalogue: cat, Budget: -1, Fetcher: fakeFetcher{}, Checker: &asked{}})
	if err != nil {
		t.Fatal(err)
	}
	const ftps, ftp = "ftps://two.example:9990/debian-12.iso", "ftp://two.example:2121/debian-12.iso"
	chips := []string{`<a class="chip" href="` + ftps + `" title="` + ftps + `">ftps</a>`, `<a class="chip" href="` + ftp + `" title="` + ftp + `">ftp</a>`}
	const one = `href="ftp://one.example/pub/debian-12.iso"` // of a host without doors
	for _, tt := range []target{
		{"/?q=debian", 200, chips, []string{one}},
		{"/?q=debian&places=9", 200, chips, []string{one}},
		{"/file/ftp/one.example/pub/debian-12.iso", 200, []string{`<a href="` + ftps + `" title="` + ftps + `">ftps</a>`, `">ftp</a>`}, []string{one}},
		{"/file/ftps/two.example:9990/debian-12.iso", 200, []string{">" + ftps + "</code>", ">" + ftp + "</code>", "trawl get " + ftps}, nil},
		{"/host/ftps/two.example:9990", 200, []string{"<code>ftps://two.example:9990/</code>", "<code>ftp://two.example:2121/</code>"}, nil},
		{"/metalink/ftp/two.example:2121/debian-12.iso", 200, []string{`priority="1">` + ftps + "<", `priority="2">` + ftp + "<", `priority="3">ftp://one.example/pub/debian-12.iso<`}, nil},
		{"/api/v1/search?q=debian", 200, []string{
			`"url":"` + ftps + `","host":"ftp://two.example:2121/"`, `"urls":["` + ftps + `","` + ftp + `"]`, `"urls":["ftp://one.example/pub/debian-12.iso"]`,
		}, nil},
		{"/api/v1/search?q=debian+host:ftps://two.example:9990/", 200, []string{`"total":1,`, `"count":1`}, nil},
		{"/api/v1/check/ftps/two.example:9990/debian-12.iso", 200, []string{`"urls":["` + ftps + `","` + ftp + `"]`}, nil},
		{"/api/v1/hosts", 200, []string{`"doors":["ftps://two.example:9990/","ftp://two.example:2121/"]`, `"doors":["ftp://one.example/"]`}, nil},
	} {
		tt.check(t, portal)
	}
}
