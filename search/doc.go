// Package search is the way in to a search for those who face people and
// programs. A [Request] is what they ask; [Request.Query] makes an [index.Query]
// of it, which any [index.Searcher] answers. The rest puts the answer into words:
// [Results] and [Places] count, [Took] gives the time, [FacetName] and
// [FacetValue] name what narrows an answer, [Doubt] says what is unsure about a
// place, and [Explain] why there are no results. [Narrowable], [ForName] and
// [ForResult] write the text of the next query, and [LastWord] helps to complete
// the one that is being typed.
//
// The package is pure: it does no I/O and knows no engine.
//
// The files: request.go reads what is asked, text.go and complete.go write
// queries, words.go and facet.go have the words of an answer, explain.go those of
// an empty one.
package search
