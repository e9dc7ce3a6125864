// Package search is the way in to a search for those who face people and
// programs. A [Request] is what they ask; [Ask] reads it, searches with any
// [index.Searcher], reads it otherwise where nothing is found, and explains an answer that stays
// empty. The rest puts the answer into words: [Explain] says why there are no results,
// [Results] and [Places] count, [Took] gives the time, [FacetName] and
// [FacetValue] name what narrows an answer, and [Doubt] says what is unsure about a
// place. [Narrowable], [ForName] and
// [ForResult] write the text of the next query, and [LastWord] helps to complete
// the one that is being typed.
//
// The package itself does no I/O and knows no engine.
//
// The files: request.go is what is asked, ask.go chooses among the readings, nothing.go makes the
// searches that explain an empty answer, instead.go those with other words, spelling.go finds
// and changes the words of a query. text.go and complete.go write
// queries, words.go and facet.go have the words of an answer, explain.go those of
// an empty one.
package search
