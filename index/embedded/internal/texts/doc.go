// Package texts finds the texts that describe archives (READMEs, indexes) by their words,
// and adds their lines and their descriptions of files to the results of a search.
//
// The store holds the texts. [Open] opens an [Index] of their words (index.go), a Bleve
// index of its own (bleve.go) that follows the news of the store by their numbers
// (follow.go). An index is proved against the texts when it is opened (prove.go), and opened
// again, or made anew, when it is broken (mend.go). [Index.Resolve] finds the texts that a plan
// asks for, in the index or one by one (find.go).
// [Index.Annotate] gives results their lines (snippet.go) and descriptions (annotate.go).
// check.go verifies the index.
package texts
