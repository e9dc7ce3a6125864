package indextest

import (
	"context"
	"slices"
	"testing"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Run proves that the catalogues which open returns keep every promise of the
// contracts in index. open is called often, each time for an empty catalogue,
// and cleans up by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) index.Catalogue) {
	t.Helper()
	for _, part := range []struct {
		name  string
		proof func(*suite)
	}{
		{"Hosts", (*suite).hosts},
		{"Remove", (*suite).remove},
		{"Begin", (*suite).begin},
		{"Put", (*suite).put},
		{"PutStates", (*suite).states},
		{"PutParts", (*suite).parts},
		{"Seen", (*suite).seen},
		{"Finish", (*suite).finish},
		{"FinishUnread", (*suite).unread},
		{"Tally", (*suite).tally},
		{"List", (*suite).list},
		{"Names", (*suite).names},
		{"Browse", (*suite).browse},
		{"Entry", (*suite).entry},
		{"Correct", (*suite).correct},
		{"Amend", (*suite).amend},
		{"Search", (*suite).search},
		{"Words", (*suite).words},
		{"Sorts", (*suite).sorts},
		{"Pages", (*suite).pages},
		{"PagesMeanwhile", (*suite).pagesMeanwhile},
		{"Places", (*suite).places},
		{"Facets", (*suite).facets},
		{"Similar", (*suite).similar},
		{"Complete", (*suite).complete},
		{"Texts", (*suite).texts},
		{"Descriptions", (*suite).descriptions},
		{"Together", (*suite).together},
	} {
		t.Run(part.name, func(t *testing.T) { part.proof(&suite{T: t, c: open(t)}) })
	}
	t.Run("Random", func(t *testing.T) { random(t, open(t)) })
	t.Run("Mirrors", func(t *testing.T) { mirrors(t, open(t)) })
}

// suite is one running proof, on a catalogue of its own.
type suite struct {
	*testing.T
	c index.Catalogue
}

// The hosts of the proofs.
const (
	north = index.HostID("ftp://north.example.org/")
	south = index.HostID("ftp://south.example.org/")
	west  = index.HostID("sftp://west.example.net:2222/")
)

// then returns the time at which the proofs crawl.
func then() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

// must ends the proof if a step failed that is not what it proves.
func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// host adds a host to the catalogue.
func (s *suite) host(id index.HostID) {
	s.Helper()
	s.must(s.c.Update(s.Context(), id, func(*index.Host) error { return nil }))
}

// crawl starts a crawl of a host, which it adds if need be.
func (s *suite) crawl(id index.HostID) index.Crawl {
	s.Helper()
	s.host(id)
	c, err := s.c.Begin(s.Context(), id, false)
	s.must(err)
	s.Cleanup(func() { _ = c.Close() })
	return c
}

// record crawls a host once: the listings, then Finish.
func (s *suite) record(id index.HostID, complete bool, listings ...index.Listing) {
	s.Helper()
	c := s.crawl(id)
	s.must(c.Put(s.Context(), listings...))
	s.must(c.Finish(s.Context(), complete))
}

// wires returns the wire names in a directory.
func (s *suite) wires(id index.HostID, dir index.Path) []string {
	s.Helper()
	l, err := s.c.List(s.Context(), id, dir, "", 0)
	s.must(err)
	var out []string
	for i := range l.Entries {
		out = append(out, l.Entries[i].Wire())
	}
	return out
}

// same fails if two lists differ.
func (s *suite) same(what string, got, want []string) {
	s.Helper()
	if !slices.Equal(got, want) {
		s.Errorf("%s: %q, want %q", what, got, want)
	}
}

// find answers a query, without a budget and at the time then. It ends the proof if that
// fails.
func (s *suite) find(text string, q index.Query) index.Answer {
	s.Helper()
	a, err := s.ask(s.Context(), text, q)
	s.must(err)
	return a
}

func (s *suite) ask(ctx context.Context, text string, q index.Query) (index.Answer, error) {
	s.Helper()
	tree, err := query.Parse(text, then())
	s.must(err)
	q.Tree, q.Now, q.Budget = tree, then(), -1
	return s.c.Search(ctx, q)
}

// found returns the names that a query finds, sorted.
func (s *suite) found(text string) []string {
	s.Helper()
	a := s.find(text, index.Query{Limit: index.MaxLimit})
	if !a.Exact || a.Total != len(a.Results) {
		s.Errorf("%s: total %d, exact %t, of %d results", text, a.Total, a.Exact, len(a.Results))
	}
	out := resultNames(a)
	slices.Sort(out)
	return out
}

func resultNames(a index.Answer) []string {
	var out []string
	for i := range a.Results {
		out = append(out, a.Results[i].Name)
	}
	return out
}

// dir makes a complete listing.
func dir(p index.Path, entries ...index.Entry) index.Listing {
	return index.Listing{Dir: p, Taken: then(), Way: "LIST", Entries: entries}
}

// state makes a listing that is not complete.
func state(st index.State, p index.Path, entries ...index.Entry) index.Listing {
	l := dir(p, entries...)
	l.State, l.Why = st, "550 it is so"
	return l
}

// file, folder and link make entries; days is the age of a file.
func file(name string, size int64, days int) index.Entry {
	return index.Entry{Name: name, Size: size, Unix: then().AddDate(0, 0, -days).Unix(), Precision: index.Minute}
}

func folder(name string) index.Entry {
	return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize}
}

func link(name, target string) index.Entry {
	return index.Entry{Name: name, Kind: index.Link, Size: index.UnknownSize, Target: target}
}
