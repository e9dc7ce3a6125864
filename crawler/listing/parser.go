package listing

import (
	"io"
	"sync"
	"time"

	"trawl/crawler/listing/packed"
	"trawl/index"
)

// The limits of what is kept of foreign input.
const (
	MaxLine     = 64 << 10 // bytes; a longer line is unparsed, and cut
	DefaultPart = 10_000   // entries
)

// Options hold the facts that are known before the first line. The zero value detects all.
type Options struct {
	Now     time.Time // when the server made the listing; zero is the present
	Zone    int       // seconds that the server's clock is ahead of UTC
	Dialect string    // the dialect that the host spoke before; "" is to be detected
	Charset string    // of the names; "" is to be detected
	Known   string    // the charset that an earlier crawl detected: where detection starts
	Part    int       // entries a Listing at most; 0 is DefaultPart
	Shown   bool      // the entries are only shown: a name may have slashes in it, where a server has such names

	// Memory is the budget of which Tree takes hashes.Cost bytes for each directory that
	// it has met; nil has no limit. Tree fails with packed.ErrMemory if it is used up.
	Memory packed.Memory

	// Lost is called with each line that was not understood and its number in
	// the input, from 1. It must not keep the line. It may be nil.
	Lost func(number int, line []byte)
}

// Parser reads the listings of one host and learns the host's habits from them.
// Its methods may be called from several goroutines.
type Parser struct {
	part   int
	shown  bool
	now    time.Time // zero: the time of each call
	zone   int
	lost   func(number int, line []byte)
	months months
	offers []offer   // all dialects
	rooms  sync.Pool // of *room, that no listing is read in
	names  *Decoder
	memory packed.Memory

	mu     sync.Mutex
	habits habits         // guarded by mu
	votes  map[string]int // listings that each dialect won; guarded by mu
	speaks string         // guarded by mu
}

// New returns a parser. It fails if the charset is not known.
func New(o Options) (*Parser, error) { return newParser(o, newMonths()) }

func newParser(o Options, m months) (*Parser, error) {
	names, err := NewDecoder(o.Charset, o.Known)
	if err != nil {
		return nil, err
	}
	p := &Parser{
		part:   o.Part,
		shown:  o.Shown,
		now:    o.Now,
		zone:   o.Zone,
		lost:   o.Lost,
		months: m,
		offers: dialects(),
		names:  names,
		memory: o.Memory,
		votes:  map[string]int{},
		speaks: o.Dialect,
		habits: noHabits(),
	}
	if p.part <= 0 {
		p.part = DefaultPart
	}
	return p, nil
}

// Dialect names the dialect that most listings were written in: "unix", "dos",
// "mlsx", ...; "" if no line was understood yet.
func (p *Parser) Dialect() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.speaks
}

// Charset names the charset of the names: "utf-8", "windows-1251", ...; "" while
// all names were ASCII.
func (p *Parser) Charset() string { return p.names.Charset() }

// List reads the listing of one directory, in whatever dialect, and hands it over. A
// huge one comes in parts; all but the last have More set. There is at least one call of
// hand unless reading fails at once. Lines that were not understood are kept in the part
// that they came in.
//
// If r fails, List hands over the entries that had arrived, as Truncated, and returns
// the error of r. An error of hand ends List, which returns it.
func (p *Parser) List(r io.Reader, dir index.Path, way string, hand func(index.Listing) error) error {
	return p.read(r, dir, way, hand, false)
}

// Tree reads the listing of a whole tree: ls -lR in whatever dialect, find -ls,
// or a file list with a path a line. It hands over a Listing for each directory,
// in parts where it is huge, as they arrive. Paths outside of root are refused: their
// lines are counted as lost in the Listing before.
//
// Errors are as of List.
func (p *Parser) Tree(r io.Reader, root index.Path, way string, hand func(index.Listing) error) error {
	return p.read(r, root, way, hand, true)
}

// vote counts a listing that was written in a dialect.
func (p *Parser) vote(name string, learned habits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.votes[name]++
	if p.speaks == "" || p.votes[name] > p.votes[p.speaks] {
		p.speaks = name
	}
	p.habits = p.habits.merge(learned)
}

// clock returns the clock for a listing that is read now, with the host's habits.
func (p *Parser) clock() (*clock, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now
	if now.IsZero() {
		now = time.Now()
	}
	return newClock(now, p.zone, p.months, p.habits), p.speaks
}
