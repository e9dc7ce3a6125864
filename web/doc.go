// Package web is the portal and the JSON API: pages that work without
// JavaScript, and the same answers for programs under /api/v1.
//
// The files: portal.go puts the parts together and guards them; one file a
// handler (search.go, host.go, hosts.go, api_*.go); question.go reads what is
// asked, json.go has the objects that the API and the command line print, page.go
// draws, lists.go what there is much of. Only this package knows Gin.
package web
