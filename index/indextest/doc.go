// Package indextest is the conformance suite of engines, with the engine that is obviously
// right to compare them with.
//
// An engine calls [Run] in its tests and, if it stores its catalogue, [RunDurable].
// [Brute] keeps everything in maps and reads every entry for every query.
//
// The files: suite.go is Run; hosts.go, crawls.go and searches.go prove the contracts one
// by one. random.go does the same random work on an engine and on Brute and compares their
// catalogues; random_search.go and random_texts.go compare their answers, random_mirrors.go
// those about files in many places. draw.go draws names and queries. durable.go kills an
// engine in between. brute.go, brute_crawl.go and brute_search.go are Brute.
package indextest
