package postings

import (
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
)

// Spelt returns blocks whose names may hold one of some folded words of letters and digits, at most k
// for each word. It looks up many words in little time, and stops when time is up.
func (s *Snapshot) Spelt(words []string, k int, until time.Time) (ids []block.ID, err error) {
	err = s.guard(func() error {
		found := make([]int, len(words))
		for _, seg := range s.segments() {
			some, err := spelt(seg, words, found, k, until)
			if err != nil {
				return err
			}
			ids = append(ids, some...)
		}
		return nil
	})
	slices.Sort(ids)
	return slices.Compact(ids), err
}

// spelt looks words up in a segment. found counts the blocks of each word.
func spelt(seg *scorch.SegmentSnapshot, words []string, found []int, k int, until time.Time) (ids []block.ID, err error) {
	l := newLookup(seg, nil)
	known := map[string]*roaring.Bitmap{}
	for i, word := range words {
		if time.Now().After(until) {
			break
		}
		sets, err := l.allGrams(word, known)
		if err != nil {
			return nil, err
		}
		docs := intersect(sets)
		if docs.Some == nil {
			continue // the word is too short
		}
		some := roaring.New()
		for it := docs.Some.Iterator(); it.HasNext() && found[i] < k; found[i]++ {
			some.Add(it.Next())
		}
		if ids, err = appendBlocks(ids, seg, some); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// allGrams returns the documents of each trigram of a word, or an empty set alone if one has none.
// It keeps them in known.
func (l *Lookup) allGrams(word string, known map[string]*roaring.Bitmap) ([]Docs, error) {
	var sets []Docs
	for i := 0; i+3 <= len(word); i++ {
		gram := word[i : i+3]
		docs, ok := known[gram]
		if !ok {
			d, err := l.term(segment.FieldName, gram)
			if err != nil {
				return nil, err
			}
			docs = d.Some
			known[gram] = docs
		}
		switch {
		case docs == nil: // all documents
		case docs.IsEmpty():
			return []Docs{noDoc()}, nil
		default:
			sets = append(sets, Docs{docs})
		}
	}
	return sets, nil
}
