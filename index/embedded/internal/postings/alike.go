package postings

import (
	"fmt"

	"trawl/search/fold"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
)

// Alike returns at most k blocks, those whose names share the most trigrams with word. Among
// blocks that share equally many it prefers the first ones.
func (s *Snapshot) Alike(word string, k int) (ids []block.ID, err error) {
	err = s.guard(func() error {
		ids, err = s.alike(word, k)
		return err
	})
	return ids, err
}

// alike is Alike, unguarded.
func (s *Snapshot) alike(word string, k int) (ids []block.ID, err error) {
	segments := s.segments()
	shared := make([][]uint8, len(segments)) // by segment and document: the number of shared trigrams
	var having [256]int                      // by number of shared trigrams: the number of documents
	for i, seg := range segments {
		if shared[i], err = sharedGrams(seg, word); err != nil {
			return nil, err
		}
		for _, n := range shared[i] {
			having[n]++
		}
	}
	least, room := len(having)-1, k // all documents that share more than least, and room of those that share least
	for least > 0 && having[least] < room {
		room -= having[least]
		least--
	}
	for i, seg := range segments {
		for doc, n := range shared[i] {
			switch {
			case int(n) < least || int(n) == least && room == 0:
				continue
			case int(n) == least:
				room--
			}
			id, err := seg.DocID(uint64(doc))
			if err != nil {
				return nil, fmt.Errorf("read postings: %w", err)
			}
			ids = append(ids, blockOf(id))
		}
	}
	return ids, nil
}

// sharedGrams returns, by document of a segment, how many trigrams of word it has.
func sharedGrams(seg *scorch.SegmentSnapshot, word string) ([]uint8, error) {
	l := newLookup(seg, nil)
	shared := make([]uint8, seg.FullSize())
	word = fold.LoosePart(word)
	var room [512]uint32
	for i := 0; i+3 <= len(word) && i < 255; i++ {
		d, err := l.term(segment.FieldName, word[i:i+3])
		if err != nil {
			return nil, err
		}
		it := d.live(seg).ManyIterator()
		for docs := it.NextMany(room[:]); docs > 0; docs = it.NextMany(room[:]) {
			for _, doc := range room[:docs] {
				shared[doc]++
			}
		}
	}
	return shared, nil
}
