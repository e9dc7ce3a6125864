package query

// Node is a query or a part of one. String prints it in the language, so that
// Parse(n.String()) gives n back.
//
//sumtype:decl
type Node interface {
	String() string
	node()
}

// Scope says where a text is looked for.
type Scope uint8

// The scopes.
const (
	Anywhere  Scope = iota // in the path, and one word of the query in the own name
	InName                 // name: in the own name
	InPath                 // path: in the whole path
	InDir                  // dir: in the path of the directory; with a leading slash, below that directory
	AsWritten              // case: as Anywhere, but case, accents and width count
)

// The nodes. And and Or have at least two branches, none of them their like.
type (
	// And matches what all its branches match.
	And struct{ Of []Node }

	// Or matches what one of its branches matches.
	Or struct{ Of []Node }

	// Not matches what its branch does not.
	Not struct{ Of Node }

	// Word matches a part of a name or path. Text is as typed, without quotes.
	Word struct {
		Text string
		In   Scope
	}

	// Glob matches a whole name, or a whole path InPath and InDir. Pattern has
	// * and ?, ** across slashes, and a backslash before what stands for itself.
	Glob struct {
		Pattern string
		In      Scope
	}

	// Regexp matches where the RE2 expression does: in the own name, or in the
	// whole path InPath.
	Regexp struct {
		Expr string
		In   Scope
	}

	// Host matches the host of that name or, if there is none, all hosts that
	// have it in their names; * and ? match whole names.
	Host struct{ Name string }

	// Ext matches names that end in a dot and one of Of, lower case.
	Ext struct{ Of []string }

	// Type matches files of these types, of Types.
	Type struct{ Of []string }

	// Kind matches entries of these kinds: "file", "dir", "link".
	Kind struct{ Of []string }

	// Size matches known sizes in bytes, Min <= size <= Max.
	Size struct{ Min, Max int64 }

	// Time matches known times, From <= Unix seconds < To.
	Time struct{ From, To int64 }

	// Age matches known times that are Min <= age < Max seconds old.
	Age struct{ Min, Max int64 }

	// Places matches results with Min <= places <= Max. It stands only at the top,
	// or in an And there.
	Places struct{ Min, Max int }

	// Text matches texts that hold all of Words. It stands where Places does.
	Text struct{ Words string }
)

func (And) node()    {}
func (Or) node()     {}
func (Not) node()    {}
func (Word) node()   {}
func (Glob) node()   {}
func (Regexp) node() {}
func (Host) node()   {}
func (Ext) node()    {}
func (Type) node()   {}
func (Kind) node()   {}
func (Size) node()   {}
func (Time) node()   {}
func (Age) node()    {}
func (Places) node() {}
func (Text) node()   {}
