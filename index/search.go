package index

import (
	"context"
	"time"

	"trawl/search/query"
)

// Searcher answers queries. Its methods may be called at any time, from
// anywhere; they never wait for a Put. Callers must not change the values returned, which
// others with the same query may share. ErrCrowded if so many search that this search
// would begin too late.
type Searcher interface {
	// Search answers q: it finds all results that match and returns a page of them, in
	// order. ErrCursor if q.Cursor belongs to another query.
	Search(ctx context.Context, q Query) (Answer, error)

	// Complete returns at most n words that begin with prefix, in small letters, the
	// likeliest first. They go on as words of names do that begin with it when folded.
	Complete(ctx context.Context, prefix string, n int) ([]string, error)

	// Similar returns, for each of words, at most n other words of names that are written
	// almost so, folded, the nearest first. Signs may part such a word: e-mail for email. It
	// looks at a part of the names; with a negative budget it takes its time for that.
	Similar(ctx context.Context, words []string, n int, budget time.Duration) ([][]string, error)
}

// Sort is an order of results.
type Sort string

// The orders. All are total: equal results follow by name, size and kind. Unknown values
// come last in either direction.
const (
	ByRelevance Sort = "relevance" // best first
	ByName      Sort = "name"      // folded, A to Z
	BySize      Sort = "size"      // largest first
	ByTime      Sort = "time"      // newest first
	ByPlaces    Sort = "places"    // most places first
)

// Query is one question. Its zero values are defaults.
type Query struct {
	Tree    query.Node    // what to find, from query.Parse
	Sort    Sort          // "" is ByRelevance
	Reverse bool          // reverses the order
	Limit   int           // results a page; 0 is 20, at most MaxLimit; fewer are returned where they have very many places
	Places  int           // places a result at most; 0 is 10
	Cursor  string        // Answer.Next of the page before; "" is the first page
	Facets  bool          // count facets too
	Budget  time.Duration // after which counting is cut short; 0 is DefaultBudget, negative is none
	Now     time.Time     // relative times count from it; zero is the present
}

// The limits of a Query.
const (
	MaxLimit      = 1 << 15
	DefaultLimit  = 20
	DefaultPlaces = 10
	DefaultBudget = 200 * time.Millisecond
)

// Answer is the answer to a query.
type Answer struct {
	Total       int           // results that match, all pages together
	Exact       bool          // false: the budget ran out and there are at least Total
	Results     []Result      // the page
	Next        string        // the cursor of the next page; "" after the last
	Facets      []Facet       // if asked for: type, host, extension, year, size
	FacetsExact bool          // they are of all results; else there are at least so many
	Took        time.Duration //

	// Age is how old the answer may be: it may lack what crawls under way have brought since. An answer with an age of 0 is
	// that of the moment when it was asked for.
	Age time.Duration

	// Kept is not 0 if the answer was ready: the engine keeps it for all who ask the same. It numbers the answer: all
	// that an engine returns with one number in its life are equal, but for Took and Age.
	Kept uint64
}

// Result is a file with all its places: entries of the same kind, the same
// folded name and the same size are one result. Directories of one name are one result,
// and so are links.
type Result struct {
	Name   string    // that of the best place
	Kind   Kind      //
	Size   int64     // in bytes, or UnknownSize
	Time   time.Time // that of the best place; zero if unknown
	Score  float64   // relevance, 0 to 1
	Places []Place   // the best first: host up, fresh, complete, fast
	Count  int       // of all places, of which Places may be the first few
	Hosts  int       // that have one of all places
	Cut    bool      // the search was cut short: there are at least Count places and Hosts hosts
	Marks  []Range   // matches in Name
	About  string    // its description, if an INDEX has one
	Text   *Snippet  // for text: queries, the line that matched
}

// Place is where one file is.
type Place struct {
	Host      HostID
	Doors     []HostID  // of Host, if it has doors; see [Host.Bases]
	Path      Path      // on the wire
	Shown     string    // Path decoded, for people; never empty
	Time      time.Time // modification time; zero if unknown
	Precision Precision // of Time
	Seen      time.Time // when a crawl last saw it
	Stale     bool      // its directory could not be read since
	Down      bool      // the host cannot be reached now
	Marks     []Range   // matches in Shown
}

// Range is a part of a string, in bytes: s[Start:End].
type Range struct{ Start, End int }

// Snippet is a piece of a text with the matches in it.
type Snippet struct {
	Host  HostID // of the text
	Path  Path   // likewise
	Line  string // "" if it cannot be read
	Marks []Range
}

// Facet counts the results by one property, the most frequent values first.
type Facet struct {
	Name   string // "type", "host", "ext", "year", "size"
	Values []FacetValue
}

// FacetValue is one value of a facet. Query is the filter that narrows to it.
type FacetValue struct {
	Value string
	Count int
	Query string // `type:video`, `host:ftp.example.org`, `ext:iso`, `time:2024`, `size:1MiB..10MiB`
}
