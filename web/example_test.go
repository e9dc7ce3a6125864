package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"trawl/index/indextest"
	"trawl/web"
)

// The portal answers over any catalogue. Here it is an empty one, in memory.
func ExampleNew() {
	portal, err := web.New(web.Options{Catalogue: indextest.NewBrute()})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, target := range []string{"/api/v1/search?q=linux", "/api/v1/search?q=size:big"} {
		w := httptest.NewRecorder()
		portal.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 {"total":0,"exact":true,"results":[],"next":"","nearest":[],"facets":null,"facets_exact":false,"query":"linux","note":null,"missing":["linux"],"without":[],"instead":[],"no_hosts":[],"future":0}
	// 400 {"type":"urn:trawl:query","title":"The query cannot be read","status":400,"detail":"this is no size","position":5,"hint":"such as size:>700MB, size:1GiB..4GiB or size:0"}
}
