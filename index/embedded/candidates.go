package embedded

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
	"trawl/index/match"
)

// snapshot is the postings at one moment. It must be closed. Several goroutines
// may use it.
type snapshot struct {
	index *scorch.IndexSnapshot
	seq   uint64 // it holds all blocks up to this one
}

// snapshot returns the index as it is.
func (x *postingIndex) snapshot() (*snapshot, error) {
	reader, err := x.index.Reader()
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	s := &snapshot{index: reader.(*scorch.IndexSnapshot)}
	if seq := s.index.Internal()[internalSeq]; len(seq) == 8 {
		s.seq = binary.BigEndian.Uint64(seq)
	}
	return s, nil
}

// snapshot returns the postings as they are.
func (p *postings) snapshot() (*snapshot, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.snapshot()
}

func (s *snapshot) close() { _ = s.index.Close() }

// all returns all blocks that have postings, ascending.
func (s *snapshot) all() []blockID {
	ids, _ := s.blocks(match.All{}, nil) // All reads no postings
	return ids
}

// blocks returns the blocks whose postings meet c, ascending. hosts are what the
// ordinals in c stand for. Damaged postings are an error that tells the mend.
func (s *snapshot) blocks(c match.Candidate, hosts []hostNo) (ids []blockID, err error) {
	defer recoverPostings(&err)
	for _, seg := range s.index.Segments() {
		l := newLookup(seg, hosts)
		found, err := l.eval(c)
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
func appendBlocks(ids []blockID, seg *scorch.SegmentSnapshot, docs *roaring.Bitmap) ([]blockID, error) {
	for it := docs.Iterator(); it.HasNext(); {
		doc, err := seg.DocID(uint64(it.Next()))
		if err != nil {
			return nil, fmt.Errorf("read postings: %w", err)
		}
		ids = append(ids, blockOf(doc))
	}
	return ids, nil
}

// docs are documents of a segment: those in some, which must not be changed, or
// all of them if it is nil.
type docs struct{ some *roaring.Bitmap }

// live returns the documents as a bitmap, without deleted ones.
func (d docs) live(seg *scorch.SegmentSnapshot) *roaring.Bitmap {
	if d.some != nil {
		return d.some // postings come without the deleted ones
	}
	return seg.DocNumbersLive()
}

// none is no documents.
func none() docs { return docs{roaring.New()} }

// count returns how many documents there are, all of them being the most.
func (d docs) count() uint64 {
	if d.some == nil {
		return math.MaxUint64
	}
	return d.some.GetCardinality()
}

// both intersects, the rarest first.
func both(of []docs) docs {
	slices.SortFunc(of, func(a, b docs) int { return cmp.Compare(a.count(), b.count()) })
	if len(of) == 0 || of[0].some == nil {
		return docs{}
	}
	all := of[0].some
	for i, d := range of[1:] {
		switch {
		case d.some == nil || all.IsEmpty():
			return docs{all}
		case i == 0:
			all = roaring.And(all, d.some)
		default:
			all.And(d.some)
		}
	}
	return docs{all}
}

// either unites.
func either(of []docs) docs {
	some := make([]*roaring.Bitmap, 0, len(of))
	for _, d := range of {
		if d.some == nil {
			return d
		}
		some = append(some, d.some)
	}
	return docs{roaring.FastOr(some...)}
}

// lookup evaluates conditions over one segment.
type lookup struct {
	seg     bleveseg.Segment
	deleted *roaring.Bitmap // its documents that are gone, or nil
	hosts   []hostNo
	names   bool // the documents are blocks of names, which tell nothing of hosts and paths
	dicts   map[string]bleveseg.TermDictionary
}

func newLookup(seg *scorch.SegmentSnapshot, hosts []hostNo) *lookup {
	return &lookup{seg: seg.Segment(), deleted: seg.Deleted(), hosts: hosts, dicts: map[string]bleveseg.TermDictionary{}}
}

// newNamesLookup returns a lookup over the segment of a volume of the roll.
func newNamesLookup(seg bleveseg.Segment) *lookup {
	return &lookup{seg: seg, names: true, dicts: map[string]bleveseg.TermDictionary{}}
}

// eval returns the documents that may meet c. What there are no postings for is
// met by all.
func (l *lookup) eval(c match.Candidate) (docs, error) {
	if l.names && !ofNames(c) {
		return docs{}, nil
	}
	switch c := c.(type) {
	case match.All:
		return docs{}, nil
	case match.None:
		return none(), nil
	case match.And:
		return each(c.Of, l.eval, both)
	case match.Or:
		return each(c.Of, l.eval, either)
	case match.Has:
		return l.has(c)
	case match.Ext:
		return each(c.Values, l.ext, either)
	case match.Host:
		return each(c.Ordinals, func(i int) (docs, error) { return l.key(keyOfHost(l.hosts[i])) }, either)
	case match.Kind:
		return each(c.Of, func(k index.Kind) (docs, error) { return l.key(keyOf(keyKind, byte(k))) }, either)
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
	return docs{}, nil
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
func each[T any](of []T, eval func(T) (docs, error), join func([]docs) docs) (docs, error) {
	found := make([]docs, 0, len(of))
	for _, c := range of {
		d, err := eval(c)
		if err != nil {
			return docs{}, err
		}
		found = append(found, d)
	}
	return join(found), nil
}

// has looks up the trigrams of a text. Where it may have slashes its parts are
// looked for, each in the names or in the directories.
func (l *lookup) has(c match.Has) (docs, error) {
	if !c.Path {
		return l.grams(fieldName, c.Text)
	}
	return each(strings.Split(c.Text, "/"), func(part string) (docs, error) {
		return each([]string{fieldName, fieldDir}, func(field string) (docs, error) {
			return l.grams(field, part)
		}, either)
	}, both)
}

// grams looks up the documents that have all trigrams of text in a field.
func (l *lookup) grams(field, text string) (docs, error) {
	grams := make([]string, 0, len(text))
	for i := 0; i+3 <= len(text); i++ {
		grams = append(grams, text[i:i+3])
	}
	return each(grams, func(gram string) (docs, error) { return l.term(field, gram) }, both)
}

// ext looks up an extension.
func (l *lookup) ext(ext string) (docs, error) {
	if len(ext) > maxExt {
		return l.grams(fieldName, "."+ext)
	}
	return l.key(string(keyExt) + ext)
}

// at looks up the place of a text by the trigrams of its path.
func (l *lookup) at(hit match.Hit) (docs, error) {
	p := string(hit.Path)
	if !utf8.ValidString(p) {
		return l.key(keyOfHost(l.hosts[hit.Host])) // its postings are those of its decoded name
	}
	host, err := l.key(keyOfHost(l.hosts[hit.Host]))
	if err != nil {
		return docs{}, err
	}
	name, err := l.grams(fieldName, match.Fold(hit.Path.Base()))
	if err != nil {
		return docs{}, err
	}
	dir, err := each(strings.Split(match.Fold(string(hit.Path.Dir())), "/"), func(part string) (docs, error) {
		return l.grams(fieldDir, part)
	}, both)
	return both([]docs{host, name, dir}), err
}

// overlap looks up the documents that have a key in both ranges.
func (l *lookup) overlap(ranges ...[2]string) (docs, error) {
	return each(ranges, func(r [2]string) (docs, error) { return l.between(r[0], r[1]) }, both)
}

// between looks up the documents that have a key of from <= key < to.
func (l *lookup) between(from, to string) (docs, error) {
	dict, err := l.dict(fieldKey)
	if err != nil {
		return docs{}, err
	}
	var found []docs
	for it := dict.AutomatonIterator(nil, []byte(from), []byte(to)); ; {
		entry, err := it.Next()
		if err != nil {
			return docs{}, fmt.Errorf("keys of postings: %w", err)
		}
		if entry == nil {
			return either(found), nil
		}
		d, err := l.key(entry.Term)
		if err != nil {
			return docs{}, err
		}
		found = append(found, d)
	}
}

// key looks up a key.
func (l *lookup) key(key string) (docs, error) { return l.term(fieldKey, key) }

// term looks up a term of a field.
func (l *lookup) term(field, term string) (docs, error) {
	dict, err := l.dict(field)
	if err != nil {
		return docs{}, err
	}
	list, err := dict.PostingsList([]byte(term), l.deleted, nil)
	if err != nil {
		return docs{}, fmt.Errorf("postings of %q: %w", term, err)
	}
	it, ok := list.Iterator(false, false, false, nil).(bleveseg.OptimizablePostingsIterator)
	if !ok {
		return docs{}, nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return docs{roaring.BitmapOf(uint32(doc))}, nil
	}
	if some := it.ActualBitmap(); some != nil {
		return docs{some}, nil
	}
	return none(), nil
}

// dict returns the dictionary of a field.
func (l *lookup) dict(field string) (bleveseg.TermDictionary, error) {
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
