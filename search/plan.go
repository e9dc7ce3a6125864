package search

import (
	"trawl/index"
)

// Plan is a query made ready to be answered over one state of the hosts. It may
// be shared by goroutines once Found has been called or Text is "".
type Plan struct {
	query index.Query
	hosts []index.Host
}

// Compile makes a plan. An entry's host is told by its position in hosts. The
// errors are index.ErrCursor and those of the query's tree.
func Compile(q index.Query, hosts []index.Host) (*Plan, error) {
	return &Plan{query: q, hosts: hosts}, nil
}

// Text returns the words that text: asks for, "" if the query has no text:. If
// there are any, the engine looks them up and hands what it found to Found,
// before it asks for anything else.
func (p *Plan) Text() string { return "" }

// Hit is a text that holds the words of text:.
type Hit struct {
	Host    int // position in the hosts of Compile
	Path    index.Path
	Score   float64 // 0 to 1, the best hit 1
	Snippet index.Snippet
}

// Found takes the texts that hold the words of Text.
func (p *Plan) Found(hits []Hit) {}

// Candidates returns what an entry, its directory and its block must have so that
// the entry can match: a superset, never less.
func (p *Plan) Candidates() Candidate { return All{} }

// Probe returns what the folded name of every entry that matches must hold,
// whatever its directory is. It serves to pass over whole blocks.
func (p *Plan) Probe() Probe { return Probe{} }

// Judge returns a judge for one goroutine.
func (p *Plan) Judge() *Judge { return &Judge{plan: p} }

// Answer puts together what the judges found; they are of no use afterwards.
// exact tells that they saw every candidate. Took, Nearest and About are left to
// the engine.
func (p *Plan) Answer(exact bool, judges ...*Judge) index.Answer { return index.Answer{Exact: exact} }
