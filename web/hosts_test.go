package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"

	"github.com/gin-gonic/gin"
)

// testContext returns the context of a request.
func testContext(w http.ResponseWriter, target string) *gin.Context {
	c := gin.CreateTestContextOnly(w, gin.New())
	c.Request = httptest.NewRequest(http.MethodGet, target, nil)
	return c
}

func TestHosts(t *testing.T) {
	b := indextest.NewBrute()
	now := time.Now()
	for i := range 250 {
		if err := b.Update(t.Context(), index.HostID(fmt.Sprintf("ftp://h%03d.example/", i)), func(h *index.Host) error {
			switch i {
			case 0: // new
			case 1:
				h.Known.Way, h.Health.LastCrawl, h.Health.Complete = index.WayImport, now, now
			case 2:
				h.Health.LastCrawl, h.Health.DownSince = now, now.Add(-50*time.Hour)
			case 3:
				h.Health.LastCrawl, h.Health.Complete = now, now.Add(-time.Hour)
			default:
				h.Known.Way, h.Health.LastCrawl, h.Health.Complete = "LIST -lR", now.Add(-time.Duration(i)*time.Hour), now
				h.Health.Next = now.Add(25 * time.Hour)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	portal, err := New(Options{Schemes: schemes(), Catalogue: b})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []target{
		{"/hosts", 200, []string{
			"250 hosts, 0 files", "1–100 of 250", `href="/hosts?from=101" rel="next"`, `href="/hosts?from=201"`, `href="/host/ftp/h000.example"`,
			`class="state imported">imported`, "a listing that was imported", "one listing of everything (LIST -lR)", "in 1 day", "a part: the last crawl",
			`href="/hosts?state=down"`, "down since " + now.Add(-50*time.Hour).UTC().Format(time.DateOnly),
		}, []string{"h100.example"}},
		{"/hosts?from=201", 200, []string{"201–250 of 250", "h249"}, []string{`rel="next"`, "h199"}},
		{"/hosts?state=imported", 200, []string{"h001", "1 host,", `aria-current="true"`}, []string{"h000", "h002", "pager"}},
		{"/hosts?filter=H24", 200, []string{"h240", "10 hosts", `value="H24"`}, []string{"h100"}},
		{"/hosts?filter=nothing", 200, []string{"No host matches."}, nil},
		{"/hosts?sort=crawl&reverse=1", 200, []string{`aria-sort="ascending"`, `<a href="/hosts?sort=crawl">`}, nil},
		{"/hosts?sort=x&state=y&from=-3", 200, []string{"h000"}, nil},
		{"/hosts?lang=es", 200, []string{"250 servidores, 0 archivos", "importado", "caído desde", "dentro de 1 día"}, []string{"down since"}},
	} {
		tt.check(t, portal)
	}
	empty, err := New(Options{Catalogue: indextest.NewBrute()})
	if err != nil {
		t.Fatal(err)
	}
	target{"/hosts", 200, []string{"There are no hosts yet", "trawl add"}, nil}.check(t, empty)
}
