package postings

import (
	"cmp"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Docs are documents of a segment: those in Some, or all if Some is nil. Some is shared and
// must not be changed.
type Docs struct{ Some *roaring.Bitmap }

// everyDoc returns all documents of a segment.
func everyDoc() Docs { return Docs{} }

// noDoc returns no documents.
func noDoc() Docs { return Docs{roaring.New()} }

// live returns the documents as a bitmap, without deleted ones.
func (d Docs) live(seg *scorch.SegmentSnapshot) *roaring.Bitmap {
	if d.Some != nil {
		return d.Some // postings are read without the deleted documents
	}
	return seg.DocNumbersLive()
}

// count returns the number of documents, and the largest number there is for all of them.
func (d Docs) count() uint64 {
	if d.Some == nil {
		return math.MaxUint64
	}
	return d.Some.GetCardinality()
}

// intersect returns the documents that are in all sets. It sorts sets, the smallest first.
func intersect(sets []Docs) Docs {
	slices.SortFunc(sets, func(a, b Docs) int { return cmp.Compare(a.count(), b.count()) })
	if len(sets) == 0 || sets[0].Some == nil {
		return everyDoc()
	}
	common := sets[0].Some
	for i, d := range sets[1:] {
		switch {
		case d.Some == nil || common.IsEmpty():
			return Docs{common}
		case i == 0:
			common = roaring.And(common, d.Some)
		default:
			common.And(d.Some)
		}
	}
	return Docs{common}
}

// unite returns the documents that are in one of the sets.
func unite(sets []Docs) Docs {
	bitmaps := make([]*roaring.Bitmap, 0, len(sets))
	for _, d := range sets {
		if d.Some == nil {
			return d
		}
		bitmaps = append(bitmaps, d.Some)
	}
	return Docs{roaring.FastOr(bitmaps...)}
}
