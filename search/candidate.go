package search

import "trawl/index"

// Candidate is a condition that an engine can look up in its postings. Entries
// that meet it may match, all others do not. An engine may take any part of it
// that it cannot look up for All.
//
//sumtype:decl
type Candidate interface{ candidate() }

// The candidate conditions. All and None stand alone or at the leaves of And
// and Or, which have at least two branches and no All or None among them.
type (
	// All is met by everything.
	All struct{}

	// None is met by nothing.
	None struct{}

	// And is met where all its branches are.
	And struct{ Of []Candidate }

	// Or is met where one of its branches is.
	Or struct{ Of []Candidate }

	// Has is met by entries whose folded name holds Text or, if Path is set, whose
	// folded path does: that is "directory/name", folded, and where Text has no
	// slash this means in the name or in the directory. Text is never empty but may
	// be shorter than a trigram.
	Has struct {
		Text string
		Path bool
	}

	// Ext is met by entries whose Ext is one of Values.
	Ext struct{ Values []string }

	// Host is met by entries of these hosts, positions in the hosts of Compile,
	// ascending.
	Host struct{ Ordinals []int }

	// Kind is met by entries of these kinds.
	Kind struct{ Of []index.Kind }

	// Size is met by entries of known size with Min <= size <= Max.
	Size struct{ Min, Max int64 }

	// Time is met by entries of known time with From <= Unix < To.
	Time struct{ From, To int64 }

	// Within is met by entries whose directory's folded path, decoded, is Dir or
	// below it.
	Within struct{ Dir string }

	// At is met by the entries at these places: the texts that were Found.
	At struct{ Hits []Hit }
)

func (All) candidate()    {}
func (None) candidate()   {}
func (And) candidate()    {}
func (Or) candidate()     {}
func (Has) candidate()    {}
func (Ext) candidate()    {}
func (Host) candidate()   {}
func (Kind) candidate()   {}
func (Size) candidate()   {}
func (Time) candidate()   {}
func (Within) candidate() {}
func (At) candidate()     {}
