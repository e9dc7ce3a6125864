package postings

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveseg "github.com/blevesearch/scorch_segment_api/v2"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
)

// Snapshot is the postings at one moment. It must be closed. Several goroutines
// may use it.
type Snapshot struct {
	index *scorch.IndexSnapshot
	Seq   uint64 // it holds all blocks up to this one
}

// snapshot returns the index as it is.
func (x *bleveIndex) snapshot() (*Snapshot, error) {
	reader, err := x.index.Reader()
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	s := &Snapshot{index: reader.(*scorch.IndexSnapshot)}
	if seq := s.index.Internal()[internalSeq]; len(seq) == 8 {
		s.Seq = binary.BigEndian.Uint64(seq)
	}
	return s, nil
}

// Snapshot returns the postings as they are.
func (p *Postings) Snapshot() (*Snapshot, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.snapshot()
}

func (s *Snapshot) Close() { _ = s.index.Close() }

// All returns all blocks that have postings, ascending.
func (s *Snapshot) All() []block.ID {
	ids, _ := s.Blocks(match.All{}, nil) // All reads no postings
	return ids
}

// Blocks returns the blocks whose postings meet c, ascending. hosts are what the
// ordinals in c stand for. Damaged postings are an error that tells the mend.
func (s *Snapshot) Blocks(c match.Candidate, hosts []block.HostNo) (ids []block.ID, err error) {
	defer segment.Recover(&err)
	for _, seg := range s.index.Segments() {
		l := newLookup(seg, hosts)
		found, err := l.Eval(c)
		if err != nil {
			return nil, fmt.Errorf("look up postings: %w", err)
		}
		if ids, err = appendBlocks(ids, seg, found.live(seg)); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// appendBlocks adds the blocks of documents of a segment.
func appendBlocks(ids []block.ID, seg *scorch.SegmentSnapshot, docs *roaring.Bitmap) ([]block.ID, error) {
	for it := docs.Iterator(); it.HasNext(); {
		doc, err := seg.DocID(uint64(it.Next()))
		if err != nil {
			return nil, fmt.Errorf("read postings: %w", err)
		}
		ids = append(ids, blockOf(doc))
	}
	return ids, nil
}

// Docs are documents of a segment: those in some, which must not be changed, or
// all of them if it is nil.
type Docs struct{ Some *roaring.Bitmap }

// live returns the documents as a bitmap, without deleted ones.
func (d Docs) live(seg *scorch.SegmentSnapshot) *roaring.Bitmap {
	if d.Some != nil {
		return d.Some // postings come without the deleted ones
	}
	return seg.DocNumbersLive()
}

// none is no documents.
func none() Docs { return Docs{roaring.New()} }

// count returns how many documents there are, all of them being the most.
func (d Docs) count() uint64 {
	if d.Some == nil {
		return math.MaxUint64
	}
	return d.Some.GetCardinality()
}

// both intersects, the rarest first.
func both(of []Docs) Docs {
	slices.SortFunc(of, func(a, b Docs) int { return cmp.Compare(a.count(), b.count()) })
	if len(of) == 0 || of[0].Some == nil {
		return Docs{}
	}
	all := of[0].Some
	for i, d := range of[1:] {
		switch {
		case d.Some == nil || all.IsEmpty():
			return Docs{all}
		case i == 0:
			all = roaring.And(all, d.Some)
		default:
			all.And(d.Some)
		}
	}
	return Docs{all}
}

// either unites.
func either(of []Docs) Docs {
	some := make([]*roaring.Bitmap, 0, len(of))
	for _, d := range of {
		if d.Some == nil {
			return d
		}
		some = append(some, d.Some)
	}
	return Docs{roaring.FastOr(some...)}
}

// Lookup evaluates conditions over one segment.
type Lookup struct {
	seg     bleveseg.Segment
	deleted *roaring.Bitmap // its documents that are gone, or nil
	hosts   []block.HostNo
	names   bool // the documents are blocks of names, which tell nothing of hosts and paths
	dicts   map[string]bleveseg.TermDictionary
}

func newLookup(seg *scorch.SegmentSnapshot, hosts []block.HostNo) *Lookup {
	return &Lookup{seg: seg.Segment(), deleted: seg.Deleted(), hosts: hosts, dicts: map[string]bleveseg.TermDictionary{}}
}

// NewLookup returns a lookup over the segment of a volume of the roll.
func NewLookup(seg bleveseg.Segment) *Lookup {
	return &Lookup{seg: seg, names: true, dicts: map[string]bleveseg.TermDictionary{}}
}

// Eval returns the documents that may meet c. What there are no postings for is
// met by all.
func (l *Lookup) Eval(c match.Candidate) (Docs, error) {
	if l.names && !ofNames(c) {
		return Docs{}, nil
	}
	switch c := c.(type) {
	case match.All:
		return Docs{}, nil
	case match.None:
		return none(), nil
	case match.And:
		return each(c.Of, l.Eval, both)
	case match.Or:
		return each(c.Of, l.Eval, either)
	case match.Has:
		return l.has(c)
	case match.Ext:
		return each(c.Values, l.ext, either)
	case match.Host:
		return each(c.Ordinals, func(i int) (Docs, error) { return l.key(keyOfHost(l.hosts[i])) }, either)
	case match.Kind:
		return each(c.Of, func(k index.Kind) (Docs, error) { return l.key(keyOf(keyKind, byte(k))) }, either)
	case match.Size:
		return l.overlap(
			[2]string{keyOf(keyMost, sizeClass(c.Min)), keyOf(keyMost+1, 0)},
			[2]string{keyOf(keyLeast, 0), keyOf(keyLeast, sizeClass(c.Max)+1)})
	case match.Time:
		return l.overlap(
			[2]string{monthKey(keyNewest, month(c.From)), keyOf(keyNewest+1, 0)},
			[2]string{keyOf(keyOldest, 0), monthKey(keyOldest, month(c.To)) + "\x00"})
	case match.Within:
		return l.has(match.Has{Text: c.Dir, Path: true})
	case match.At:
		return each(c.Hits, l.at, either)
	}
	return Docs{}, nil
}

// ofNames tells whether a condition can be looked up where there are names only.
func ofNames(c match.Candidate) bool {
	switch c := c.(type) {
	case match.Has:
		return !c.Path
	case match.Host, match.Time, match.Within, match.At:
		return false
	default:
		return true
	}
}

// each evaluates all of a list and puts what was found together.
func each[T any](of []T, eval func(T) (Docs, error), join func([]Docs) Docs) (Docs, error) {
	found := make([]Docs, 0, len(of))
	for _, c := range of {
		d, err := eval(c)
		if err != nil {
			return Docs{}, err
		}
		found = append(found, d)
	}
	return join(found), nil
}

// has looks up the trigrams of a text. Where it may have slashes its parts are
// looked for, each in the names or in the directories.
func (l *Lookup) has(c match.Has) (Docs, error) {
	if !c.Path {
		return l.grams(segment.FieldName, c.Text)
	}
	return each(strings.Split(c.Text, "/"), func(part string) (Docs, error) {
		return each([]string{segment.FieldName, segment.FieldDir}, func(field string) (Docs, error) {
			return l.grams(field, part)
		}, either)
	}, both)
}

// grams looks up the documents that have all trigrams of text in a field.
func (l *Lookup) grams(field, text string) (Docs, error) {
	grams := make([]string, 0, len(text))
	for i := 0; i+3 <= len(text); i++ {
		grams = append(grams, text[i:i+3])
	}
	return each(grams, func(gram string) (Docs, error) { return l.term(field, gram) }, both)
}

// ext looks up an extension.
func (l *Lookup) ext(ext string) (Docs, error) {
	if len(ext) > maxExt {
		return l.grams(segment.FieldName, "."+ext)
	}
	return l.key(string(keyExt) + ext)
}

// at looks up the place of a text by the trigrams of its path.
func (l *Lookup) at(hit match.Hit) (Docs, error) {
	p := string(hit.Path)
	if !utf8.ValidString(p) {
		return l.key(keyOfHost(l.hosts[hit.Host])) // its postings are those of its decoded name
	}
	host, err := l.key(keyOfHost(l.hosts[hit.Host]))
	if err != nil {
		return Docs{}, err
	}
	name, err := l.grams(segment.FieldName, match.Fold(hit.Path.Base()))
	if err != nil {
		return Docs{}, err
	}
	dir, err := each(strings.Split(match.Fold(string(hit.Path.Dir())), "/"), func(part string) (Docs, error) {
		return l.grams(segment.FieldDir, part)
	}, both)
	return both([]Docs{host, name, dir}), err
}

// overlap looks up the documents that have a key in both ranges.
func (l *Lookup) overlap(ranges ...[2]string) (Docs, error) {
	return each(ranges, func(r [2]string) (Docs, error) { return l.between(r[0], r[1]) }, both)
}

// between looks up the documents that have a key of from <= key < to.
func (l *Lookup) between(from, to string) (Docs, error) {
	dict, err := l.dict(segment.FieldKey)
	if err != nil {
		return Docs{}, err
	}
	var found []Docs
	for it := dict.AutomatonIterator(nil, []byte(from), []byte(to)); ; {
		entry, err := it.Next()
		if err != nil {
			return Docs{}, fmt.Errorf("keys of postings: %w", err)
		}
		if entry == nil {
			return either(found), nil
		}
		d, err := l.key(entry.Term)
		if err != nil {
			return Docs{}, err
		}
		found = append(found, d)
	}
}

// key looks up a key.
func (l *Lookup) key(key string) (Docs, error) { return l.term(segment.FieldKey, key) }

// term looks up a term of a field.
func (l *Lookup) term(field, term string) (Docs, error) {
	dict, err := l.dict(field)
	if err != nil {
		return Docs{}, err
	}
	list, err := dict.PostingsList([]byte(term), l.deleted, nil)
	if err != nil {
		return Docs{}, fmt.Errorf("postings of %q: %w", term, err)
	}
	it, ok := list.Iterator(false, false, false, nil).(bleveseg.OptimizablePostingsIterator)
	if !ok {
		return Docs{}, nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return Docs{roaring.BitmapOf(uint32(doc))}, nil
	}
	if some := it.ActualBitmap(); some != nil {
		return Docs{some}, nil
	}
	return none(), nil
}

// dict returns the dictionary of a field.
func (l *Lookup) dict(field string) (bleveseg.TermDictionary, error) {
	if d, ok := l.dicts[field]; ok {
		return d, nil
	}
	d, err := l.seg.Dictionary(field)
	if err != nil {
		return nil, fmt.Errorf("dictionary of postings: %w", err)
	}
	l.dicts[field] = d
	return d, nil
}
