// Package api answers programs under /api/v1 with the objects of package wire: [New] returns it as one http.Handler over
// the catalogue of its [Options].
//
// Each handler has a file of its own, named after the last word of its path: search.go, suggest.go, hosts.go, host.go, browse.go,
// file.go and check.go. parameters.go refuses parameters that nobody reads, problem.go says why a request is refused, reply.go
// sends an object unless the reader has it, and cors.go lets the pages of other sites read.
package api
