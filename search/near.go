package search

import "trawl/search/query"

// Near chooses the names that are nearest to what a query asked for, from
// the names that an engine offers it: "did you mean".
type Near struct{}

// NewNear returns a Near for the words of a query that found nothing, or nil if
// it has no words.
func NewNear(tree query.Node) *Near { return nil }

// Words returns the folded words that near names are wanted for.
func (n *Near) Words() []string { return nil }

// Offer shows a name and its fold. It keeps no reference to them.
func (n *Near) Offer(name string, folded []byte) {}

// Best returns at most k of the names offered, the nearest first.
func (n *Near) Best(k int) []string { return nil }
