// Package indextest is the conformance suite of engines and the engine that is
// obviously right: Brute, which keeps everything in maps and looks at every
// entry.
//
// The files: suite.go has what engines call, hosts.go, crawls.go, searches.go and
// texts.go prove the contracts one by one, random.go compares an engine with Brute
// after random crawls and queries, durable.go kills it in between; brute.go,
// brute_crawl.go and brute_search.go are Brute.
package indextest
