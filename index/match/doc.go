// Package match is what makes an answer: does an entry match, how well, which
// result does it belong to, facets, the best k. It is pure: engines bring the
// entries, and two engines that bring the same entries answer alike.
//
// A Query is compiled to a Plan, which tells an engine which entries may match
// (Plan.Candidates, for postings over blocks; Plan.Probe, for the names of one
// block). An answer is made in two goes. First each goroutine of the engine shows the
// entries of its blocks to a Judge of its own, which counts the results: most of them
// will not be on the page, and of these nobody needs to know more. Plan.Choose puts the
// judges' findings together and chooses the results that may be on the page. Then
// Collectors are shown the blocks that hold these once more, and gather their places;
// Choice.Answer makes the page of them.
//
// The files: compile.go makes conditions of a query's tree and plan.go the Plan of
// them; candidate.go tells what can be looked up, literals.go what an expression needs.
// match.go tells what matches, blind.go what can be told without the directory, both
// with fold.go, glob.go, dfa.go (expressions) and filetype.go (what type: means).
// judge.go counts, facet.go for facets; choice.go chooses, collect.go gathers places
// (arena.go keeps names). score.go says how well a name matches, order.go which result
// comes first and what a cursor holds, marks.go what is shown as matched. near.go finds
// names that may have been meant, describe.go reads what an INDEX tells of files.
package match
