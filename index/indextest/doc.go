// Package indextest is the conformance suite of engines and the engine that is
// obviously right: Brute, which keeps everything in maps and looks at every
// entry.
//
// The files: suite.go has what engines call; hosts.go, crawls.go and searches.go
// prove the contracts one by one; random.go does the same random work on an engine and
// on Brute and compares what they hold, random_search.go and random_texts.go what they
// answer, random_mirrors.go what they find in many places, all with what draw.go draws;
// durable.go kills an engine in between. brute.go, brute_crawl.go and brute_search.go
// are Brute.
package indextest
