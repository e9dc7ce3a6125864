package postings

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"trawl/search/fold"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleveseg "github.com/blevesearch/scorch_segment_api/v2"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
)

// Lookup evaluates conditions over one segment. One goroutine uses it.
type Lookup struct {
	seg       bleveseg.Segment
	deleted   *roaring.Bitmap // documents of the segment that are gone, or nil
	hosts     []block.HostNo
	namesOnly bool // the documents have no directories, hosts and times
	dicts     map[string]bleveseg.TermDictionary
}

func newLookup(seg *scorch.SegmentSnapshot, hosts []block.HostNo) *Lookup {
	return &Lookup{seg: seg.Segment(), deleted: seg.Deleted(), hosts: hosts, dicts: map[string]bleveseg.TermDictionary{}}
}

// NewNamesLookup returns a lookup over a segment of blocks of names, without directories,
// hosts and times.
func NewNamesLookup(seg bleveseg.Segment) *Lookup {
	return &Lookup{seg: seg, namesOnly: true, dicts: map[string]bleveseg.TermDictionary{}}
}

// Eval returns the documents that may meet c: it maps each kind of candidate to its lookup.
// All documents may meet a condition that has no postings.
func (l *Lookup) Eval(c match.Candidate) (Docs, error) {
	switch c := c.(type) {
	case match.All:
		return everyDoc(), nil
	case match.None:
		return noDoc(), nil
	case match.And:
		return each(c.Of, l.Eval, intersect)
	case match.Or:
		return each(c.Of, l.Eval, unite)
	case match.Has:
		return l.has(c)
	case match.Named:
		return l.named(c)
	case match.Ext:
		return each(c.Values, l.ext, unite)
	case match.Kind:
		return each(c.Of, l.kind, unite)
	case match.Size:
		return l.size(c)
	case match.Host:
		return l.hostsOf(c)
	case match.Time:
		return l.time(c)
	case match.Within:
		return l.has(match.Has{Text: c.Dir, Path: true})
	case match.At:
		return l.places(c)
	}
	return everyDoc(), nil
}

// each evaluates all of a list and joins the results.
func each[T any](list []T, eval func(T) (Docs, error), join func([]Docs) Docs) (Docs, error) {
	found := make([]Docs, 0, len(list))
	for _, c := range list {
		d, err := eval(c)
		if err != nil {
			return Docs{}, err
		}
		found = append(found, d)
	}
	return join(found), nil
}

// has looks up the trigrams of a text. In a path it looks up each part between slashes, in
// the names or in the directories.
func (l *Lookup) has(c match.Has) (Docs, error) {
	switch {
	case !c.Path:
		return l.grams(segment.FieldName, c.Text)
	case l.namesOnly:
		return everyDoc(), nil
	}
	return each(strings.Split(c.Text, "/"), func(part string) (Docs, error) {
		return each([]string{segment.FieldName, segment.FieldDir}, func(field string) (Docs, error) {
			return l.grams(field, part)
		}, unite)
	}, intersect)
}

// named looks up the trigrams of a name and of its edges.
func (l *Lookup) named(c match.Named) (Docs, error) {
	start := "\x00" + c.Text
	whole, err := l.looseGrams(segment.FieldName, start)
	if err != nil {
		return Docs{}, err
	}
	end, err := each([]string{"\x00", " "}, func(edge string) (Docs, error) {
		return l.looseGrams(segment.FieldName, start[len(start)-2:]+edge)
	}, unite)
	return intersect([]Docs{whole, end}), err
}

// grams looks up the documents that have all trigrams of the loose form of a folded text in a
// field.
func (l *Lookup) grams(field, text string) (Docs, error) {
	return l.looseGrams(field, fold.LoosePart(text))
}

// looseGrams looks up the documents that have all trigrams of a text in a field.
func (l *Lookup) looseGrams(field, text string) (Docs, error) {
	grams := make([]string, 0, len(text))
	for i := 0; i+3 <= len(text); i++ {
		grams = append(grams, text[i:i+3])
	}
	return each(grams, func(gram string) (Docs, error) { return l.term(field, gram) }, intersect)
}

// ext looks up an extension.
func (l *Lookup) ext(ext string) (Docs, error) {
	if len(ext) > maxExt {
		return l.grams(segment.FieldName, "."+ext)
	}
	return l.key(string(keyExt) + ext)
}

// kind looks up a kind.
func (l *Lookup) kind(k index.Kind) (Docs, error) { return l.key(keyOf(keyKind, byte(k))) }

// hostsOf looks up the documents of hosts.
func (l *Lookup) hostsOf(c match.Host) (Docs, error) {
	if l.namesOnly {
		return everyDoc(), nil
	}
	return each(c.Ordinals, l.host, unite)
}

// host looks up a host.
func (l *Lookup) host(ordinal int) (Docs, error) { return l.key(keyOfHost(l.hosts[ordinal])) }

// size looks up the documents whose sizes overlap a range.
func (l *Lookup) size(c match.Size) (Docs, error) {
	return l.overlap(
		[2]string{keyOf(keyMost, sizeClass(c.Min)), keyOf(keyMost+1, 0)},
		[2]string{keyOf(keyLeast, 0), keyOf(keyLeast, sizeClass(c.Max)+1)})
}

// time looks up the documents whose times overlap a range.
func (l *Lookup) time(c match.Time) (Docs, error) {
	if l.namesOnly {
		return everyDoc(), nil
	}
	return l.overlap(
		[2]string{monthKey(keyNewest, month(c.From)), keyOf(keyNewest+1, 0)},
		[2]string{keyOf(keyOldest, 0), monthKey(keyOldest, month(c.To)) + "\x00"})
}

// places looks up the places of texts.
func (l *Lookup) places(c match.At) (Docs, error) {
	if l.namesOnly {
		return everyDoc(), nil
	}
	return each(c.Hits, l.at, unite)
}

// at looks up the place of a text, by its host and the trigrams of its path. A path that is
// no UTF-8 is looked up by its host alone: its postings are those of its decoded form.
func (l *Lookup) at(hit match.Hit) (Docs, error) {
	host, err := l.host(hit.Host)
	if err != nil || !utf8.ValidString(string(hit.Path)) {
		return host, err
	}
	name, err := l.grams(segment.FieldName, fold.String(hit.Path.Base()))
	if err != nil {
		return Docs{}, err
	}
	dir, err := each(strings.Split(fold.String(string(hit.Path.Dir())), "/"), func(part string) (Docs, error) {
		return l.grams(segment.FieldDir, part)
	}, intersect)
	return intersect([]Docs{host, name, dir}), err
}

// overlap looks up the documents that have a key in each of the ranges.
func (l *Lookup) overlap(ranges ...[2]string) (Docs, error) {
	return each(ranges, func(r [2]string) (Docs, error) { return l.between(r[0], r[1]) }, intersect)
}

// between looks up the documents that have a key with from <= key < to.
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
			return unite(found), nil
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
		return everyDoc(), nil
	}
	if doc, ok := it.DocNum1Hit(); ok {
		return Docs{roaring.BitmapOf(uint32(doc))}, nil
	}
	if bitmap := it.ActualBitmap(); bitmap != nil {
		return Docs{bitmap}, nil
	}
	return noDoc(), nil
}

// dict returns the dictionary of a field, which it opens once.
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
