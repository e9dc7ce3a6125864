package segment

import (
	"fmt"
	"path/filepath"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"trawl/index/embedded/internal/disk"
)

// Bleve reads segments in goroutines of its own, in which nothing recovers. A fileSegment and
// a memorySegment are zap's segments whose methods that Bleve calls there return errors
// where zap panics.
type (
	fileSegment   struct{ *zap.Segment }
	memorySegment struct{ *zap.SegmentBase }
)

var (
	_ segment.PersistedSegment   = fileSegment{}
	_ segment.UnpersistedSegment = memorySegment{}
)

// guarded wraps a segment of zap.
func guarded(s segment.Segment) segment.Segment {
	switch s := s.(type) {
	case *zap.Segment:
		return fileSegment{s}
	case *zap.SegmentBase:
		return memorySegment{s}
	}
	return s
}

// bare is the inverse of guarded: zap merges its own segments only.
func bare(s segment.Segment) segment.Segment {
	switch s := s.(type) {
	case fileSegment:
		return s.Segment
	case memorySegment:
		return s.SegmentBase
	}
	return s
}

// Dictionary implements segment.Segment.
func (s fileSegment) Dictionary(field string) (segment.TermDictionary, error) {
	return guardedDictionary(s.Segment, field)
}

// DocNumbers implements segment.Segment.
func (s fileSegment) DocNumbers(ids []string) (docs *roaring.Bitmap, err error) {
	err = Guard(func() error {
		docs, err = s.Segment.DocNumbers(ids)
		return err
	})
	return docs, err
}

// Dictionary implements segment.Segment.
func (s memorySegment) Dictionary(field string) (segment.TermDictionary, error) {
	return guardedDictionary(s.SegmentBase, field)
}

// DocNumbers implements segment.Segment.
func (s memorySegment) DocNumbers(ids []string) (docs *roaring.Bitmap, err error) {
	err = Guard(func() error {
		docs, err = s.SegmentBase.DocNumbers(ids)
		return err
	})
	return docs, err
}

// Persist writes the segment to a file. When it returns the bytes and the name are on the
// disk: Bleve refers to the file by its name afterwards.
func (s memorySegment) Persist(path string) error {
	return Guard(func() error {
		if err := s.SegmentBase.Persist(path); err != nil {
			return err
		}
		return syncName(path)
	})
}

// syncName puts the name of a new file on the disk.
func syncName(path string) error {
	if err := disk.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("sync the name of a segment: %w", err)
	}
	return nil
}

// guardedDictionary returns the dictionary of a field.
func guardedDictionary(s segment.Segment, field string) (dict segment.TermDictionary, err error) {
	err = Guard(func() error {
		dict, err = s.Dictionary(field)
		return err
	})
	if d, ok := dict.(*zap.Dictionary); ok && d != nil {
		return dictionary{d}, err
	}
	return dict, err
}

// dictionary is a dictionary of zap. Bleve begins to iterate over it in goroutines of its own.
type dictionary struct{ *zap.Dictionary }

// AutomatonIterator implements segment.TermDictionary.
func (d dictionary) AutomatonIterator(a segment.Automaton, from, to []byte) (terms segment.DictionaryIterator) {
	err := Guard(func() error {
		terms = d.Dictionary.AutomatonIterator(a, from, to)
		return nil
	})
	if err != nil {
		return failed{err}
	}
	return terms
}

// failed is an iterator that failed when it was made.
type failed struct{ err error }

// Next implements segment.DictionaryIterator.
func (f failed) Next() (*bleve.DictEntry, error) { return nil, f.err }
