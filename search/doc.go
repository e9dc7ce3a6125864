// Package search is what makes an answer: does an entry match, how well, which
// result does it belong to, facets, the best k. It is pure: engines bring the
// entries, and two engines that bring the same entries answer alike.
//
// A Query is compiled to a Plan. The plan tells an engine which entries may match
// (Plan.Candidates, for postings over blocks; Plan.Probe, for the names of one
// block); each goroutine of the engine shows its entries to a Judge of its own,
// directory by directory; Plan.Answer puts the judges' findings together.
package search
