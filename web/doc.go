// Package web is the portal and the JSON API: pages that work without
// JavaScript, and the same answers for programs under /api/v1. [New] returns both
// as one http.Handler over the catalogue of its [Options].
//
// The files: portal.go puts the parts together and guards them. Each handler has a
// file of its own: welcome.go, search.go, hosts.go, host.go, api_search.go,
// api_hosts.go, api_complete.go. The handlers share the rest: request.go reads a
// request, address.go makes links, result.go, facet.go and marks.go prepare the
// search page, page.go draws templates, reply.go sends JSON, failure.go answers
// errors. Package wire holds the JSON objects. Only this package knows Gin.
package web
