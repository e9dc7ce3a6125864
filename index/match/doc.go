// Package match answers queries: it decides which entries match and how well, groups them
// to results, counts these, and chooses and orders a page of them. It does no I/O. Engines
// show it entries, and two engines with the same entries give the same answers.
//
// [Compile] makes a [Plan] of a query. [Plan.Candidates] says which entries an engine has
// to look up in its postings, [Plan.Probe] which names of a block may match. An answer
// takes two passes. In the first, each goroutine of the engine shows the entries of its
// blocks to a [Counter] of its own, which counts the results and keeps little of them: most
// are not on the page. [Plan.Choose] joins the counters to a [Choice] of the results that may
// be on the page. In the second pass each [Collector] is shown the blocks that hold these
// results, and collects their places; [Choice.Answer] makes the page.
//
// The files, in the order of an answer: compile.go makes conditions of a tree and plan.go
// the Plan. condition.go says what a condition is; each kind is one file, cond_*.go.
// level.go says how conditions combine, matcher.go applies them to entries, candidate.go
// joins what they look up. glob.go, literals.go, filetype.go and the packages dfa and
// trawl/search/fold serve them. counter.go counts with groups.go, and facet.go for facets; choice.go chooses;
// collector.go collects, with place.go, and result.go makes the results (chunked.go and
// names.go hold them). score.go is the relevance of a folded name (phrase.go has the words
// that are asked for, companion.go the files that belong to others), fine.go that of a name as it is
// written, natural.go the order of names and versions, order.go the order of results
// and the cursor, marks.go marks the matches. near.go finds names that may have been
// meant, describe.go reads the descriptions in an INDEX.
package match
