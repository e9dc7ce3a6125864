// Package web is the portal and the JSON API: pages that work without
// JavaScript, and the same answers for programs under /api/v1. [New] returns both
// as one http.Handler over the catalogue of its [Options].
//
// The files: portal.go puts the parts together and guards them. Each handler has a
// file of its own, named after the page; files that begin with its name are parts of it:
//
//   - search.go is the page of results, welcome.go the front. result.go, marks.go, facet.go, nothing_found.go
//     and query_error.go prepare what they show; complete.go completes the search box.
//   - file.go is the page of a file, with file_places.go, file_check.go, file_variants.go, preview.go and
//     command_line.go.
//   - browse.go is the page of a directory and host.go that of a host. Both show a directory.go, as
//     directory_view.go asks for it, with trail.go above it; listing_state.go says how far it can be trusted.
//   - hosts.go lists hosts, host_state.go and cause.go say how they are, progress.go follows a crawl.
//   - form.go finds the form that a search is asked for in. plain.go answers in lines, for terminals; export.go by all results.
//   - feed.go makes feeds of what is new, opensearch.go describes the portal to browsers. news.go says what they read.
//   - help.go is the help, help_examples.go finds its examples.
//   - api.go hands requests of programs to package api, with the checks of the file page.
//   - get.go hands requests for files to package gateway.
//   - not_found.go and failure.go answer what is not there and what went wrong; assets.go and robots.go serve the rest.
//
// All of them use page.go, which draws a template, kept.go, which keeps pages of
// results, links.go, time.go, icon.go and pager.go, which prepare its parts, and compress.go.
//
// Package address reads and writes the addresses of pages, request reads what a request asks, suggest completes the search box,
// places finds all places of a file, locale has the languages, gateway gives files, and wire holds the JSON objects. Only this
// package and web/api know Gin.
package web
