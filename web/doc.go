// Package web is the portal and the JSON API: pages that work without
// JavaScript, and the same answers for programs under /api/v1. [New] returns both
// as one http.Handler over the catalogue of its [Options].
//
// The files: portal.go puts the parts together and guards them; each handler has a
// file of its own (welcome.go, search.go, hosts.go, host.go, api_search.go,
// api_hosts.go, api_complete.go). What handlers share: request.go reads what is
// asked, address.go makes links, result.go and facet.go prepare what the search
// page shows, marks.go draws what matched, page.go draws templates, failure.go and
// reply.go answer when something went wrong, and with JSON. Only this package
// knows Gin.
package web
