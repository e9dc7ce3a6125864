// Package scan runs searches: it finds the blocks that may hold what matches, decodes of
// them what it takes, and makes an answer of the entries that match.
//
// [Searcher.Search] is the way in. A search runs like this:
//
//  1. It waits for a core, a [cores.Lease].
//  2. It opens a [Snapshot]: the catalogue at one moment.
//  3. It compiles the query to a [match.Plan].
//  4. Where the dictionary of repeated names knows all that the plan asks for, one goroutine for
//     each free core shows its names to a counter of its own (namecount.go).
//  5. The postings say which blocks may hold what else matches. The counters are shown those
//     entries of these blocks that pass a cheap look at names and columns (count.go).
//  6. The plan chooses the results of the page from what the counters counted.
//  7. Collectors are shown the blocks that hold these results, and gather places (collect.go).
//  8. The answer is completed with texts and descriptions, and with names that may have been
//     meant where nothing is found (near.go).
//
// search.go is steps 1 to 3 and 8, run.go steps 4 to 7. snapshot.go has the Snapshot.
// workers.go shares blocks out among goroutines. reader.go decodes one block as far as it
// must, with filter.go, which looks at columns, and find.go, which looks for texts. budget.go
// divides the time. complete.go completes the word that somebody types.
package scan
