package embedded

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"trawl/index"
	"trawl/index/match"
)

// postedBlocks returns the blocks that have postings once all are posted.
func postedBlocks(t *testing.T, e *Engine) []blockID {
	t.Helper()
	if err := e.postings.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := e.postings.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	return s.all()
}

func TestPostingsCostWhatChanged(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{BlockSize: 16})
	remember(t, e, testHost)
	r := rand.New(rand.NewPCG(2, 3))
	var all []index.Listing
	for i := range 100 {
		all = append(all, randomListing(r, index.Path("/d"+strings.Repeat("x", i)), 200))
	}
	crawl := func() []blockID {
		c := begin(t, e, testHost, true)
		if err := c.Put(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		return postedBlocks(t, e)
	}
	first := crawl()
	if again := crawl(); !slices.Equal(first, again) {
		t.Errorf("an unchanged host was posted again: %d blocks before, %d after", len(first), len(again))
	}
	all[50].Entries = append(all[50].Entries, index.Entry{Name: "new", Kind: index.File, Size: 1})
	young := 0
	for _, id := range crawl() {
		if _, old := slices.BinarySearch(first, id); !old {
			young++
		}
	}
	if young == 0 || young > 4 {
		t.Errorf("one new entry posted %d of %d blocks", young, len(first))
	}
	proves(t, e)
}

func TestTerms(t *testing.T) {
	t.Parallel()
	b := &block{host: 7}
	for _, e := range []index.Entry{
		{Name: "Café.ISO", Size: 700 << 20, Unix: 1_700_000_000, Precision: index.Day},
		{Name: "ab", Kind: index.Dir, Size: index.UnknownSize},
	} {
		b.text = append(append(b.text, e.Name...), 0)
		b.ends = append(b.ends, uint32(len(b.text)))
		b.kind, b.size = append(b.kind, e.Kind), append(b.size, e.Size)
		b.unix, b.prec = append(b.unix, e.Unix), append(b.prec, e.Precision)
	}
	b.dirs = []blockDir{{path: []byte("/Pub/x"), shown: []byte("/Pub/x"), end: 1}, {path: []byte("/pub/Xyz"), shown: []byte("/pub/Xyz"), start: 1, end: 2}}
	got := newTermer().of(b)
	want := terms{
		names: "cafafefe.e.i.isiso",
		dirs:  "pubxyz",
		keys: []string{
			"S\x1e", "T" + monthKey('T', month(1_700_000_000))[1:], "eiso", "h\x00\x00\x00\x07", "k\x00", "k\x01",
			"s\x1e", "t" + monthKey('t', month(1_700_000_000))[1:],
		},
	}
	if got.names != want.names || got.dirs != want.dirs || !slices.Equal(got.keys, want.keys) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestClassesNeverFall(t *testing.T) {
	t.Parallel()
	sizes := []int64{index.UnknownSize, 0, 1, 2, 1023, 1024, 1 << 40, 1<<63 - 1}
	times := []int64{-1 << 63, -1 << 40, -1, 0, 1, 1_700_000_000, 1 << 40, 1<<63 - 1}
	for i := 1; i < len(sizes); i++ {
		if sizeClass(sizes[i-1]) > sizeClass(sizes[i]) {
			t.Errorf("sizeClass falls at %d", sizes[i])
		}
	}
	for i := 1; i < len(times); i++ {
		if month(times[i-1]) > month(times[i]) {
			t.Errorf("month falls at %d", times[i])
		}
	}
}

// TestMerge holds merged segments, with documents dropped, against the documents
// that they were made of.
func TestMerge(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 5))
	var plugin segmentPlugin
	var segments []segment.Segment
	var drops []*roaring.Bitmap
	want := map[string][]string{} // by term, the IDs of its documents
	next := blockID(1)
	for range 4 {
		var docs []bleve.Document
		drop := roaring.New()
		for i := range 1 + r.IntN(40) {
			d := &posted{id: docID(next)}
			next++
			for _, gram := range []string{"aaa", "abc", "xyz", "zzz"} {
				if r.IntN(3) == 0 {
					d.terms.names += gram
				}
			}
			d.terms.keys = []string{"h\x00\x00\x00\x01"}
			if r.IntN(4) == 0 {
				drop.Add(uint32(i))
			} else {
				for j := 0; j < len(d.terms.names); j += 3 {
					want[d.terms.names[j:j+3]] = append(want[d.terms.names[j:j+3]], d.id)
				}
			}
			docs = append(docs, d)
		}
		s, _, err := plugin.New(docs)
		if err != nil {
			t.Fatal(err)
		}
		segments, drops = append(segments, s), append(drops, drop)
	}
	file := filepath.Join(t.TempDir(), "merged.zap")
	if _, _, err := plugin.Merge(segments, drops, file, make(chan struct{}), nil); err != nil {
		t.Fatal(err)
	}
	merged, err := plugin.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = merged.Close() }()
	dict, err := merged.Dictionary(fieldName)
	if err != nil {
		t.Fatal(err)
	}
	for term, ids := range want {
		list, err := dict.PostingsList([]byte(term), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		eachDoc(list, func(doc uint32) {
			id, _ := merged.DocID(uint64(doc))
			got = append(got, string(id))
		})
		if !slices.Equal(got, ids) {
			t.Errorf("%s: got %q, want %q", term, got, ids)
		}
	}
}

// TestSearchDoesNotWait searches what is not posted yet.
func TestSearchDoesNotWait(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{})
	e.postings.feeding.Lock() // nothing is posted
	defer e.postings.feeding.Unlock()
	fillHost(t, e, testHost, 50)
	if a := ask(t, e, "kind:file"); a.Total == 0 || !a.Exact {
		t.Errorf("found %d", a.Total)
	}
	s, err := e.postings.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if ids, err := s.blocks(match.All{}, nil); err != nil || len(ids) > 0 {
		t.Errorf("posted: %v, %v", ids, err)
	}
}

func TestBudgetCutsTheCounting(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{})
	fillHost(t, e, testHost, 200)
	m, err := e.moment()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	plan, err := match.Compile(index.Query{Tree: parse(t, "kind:file")}, m.hosts, nil)
	if err != nil {
		t.Fatal(err)
	}
	shift, err := e.cores.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shift.end()
	v := &verifying{moment: m, plan: plan, shift: shift, rooms: &e.scans, start: time.Now().Add(-time.Minute), budget: time.Second}
	choice, collectors, exact, err := v.run(t.Context())
	if err != nil || exact {
		t.Errorf("exact: %v, %v", exact, err)
	}
	if a := choice.Answer(exact, collectors...); a.Exact {
		t.Error("the answer says that it is exact")
	}
}

// counting counts the blocks that it is shown.
type counting struct{ n int }

func (c *counting) wants(int) bool { return true }

func (c *counting) look(*work, int, candidate) error { c.n++; return nil }
func (c *counting) toJoin() time.Duration            { return 0 }

// TestSureBlocksAreLookedAt is late from the beginning.
func TestSureBlocksAreLookedAt(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{BlockSize: 16})
	fillHost(t, e, testHost, 2000)
	m, err := e.moment()
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	ids, err := m.candidates(match.All{})
	if err != nil || len(ids) < 8*stride {
		t.Fatalf("%d blocks, %v", len(ids), err)
	}
	shift, err := e.cores.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shift.end()
	w, seen := &work{moment: m, ids: ids, until: time.Now(), sure: 2*stride + 1}, &counting{}
	if err := w.run(t.Context(), shift, func() looker { return seen }); err != nil || seen.n != 3*stride || w.complete() {
		t.Errorf("saw %d blocks of %d, complete: %v, %v", seen.n, len(ids), w.complete(), err)
	}
}

// Compacting gives back what postings hold of hosts that are gone.
func TestCompactedPostings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{})
	fillHost(t, e, testHost, 300)
	alone := func() int64 {
		t.Helper()
		e.postings.current.settle(nil)
		return diskOf(t, e.postings.dir)
	}
	if err := e.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := alone()
	const other index.HostID = "ftp://other.example.org/"
	fillHost(t, e, other, 3000)
	if err := errors.Join(e.Remove(t.Context(), other), e.Compact(t.Context())); err != nil {
		t.Fatal(err)
	}
	if after := alone(); after > before*3/2 {
		t.Errorf("postings of %d bytes became %d", before, after)
	}
	if err := e.Check(t.Context(), func(problem string) { t.Error(problem) }); err != nil {
		t.Fatal(err)
	}
}
