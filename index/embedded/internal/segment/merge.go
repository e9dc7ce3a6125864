package segment

import (
	"bytes"
	"fmt"
	"math"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// dropped stands for the new number of a document that a merge leaves out.
const dropped = math.MaxUint64

// merger merges several segments into one.
type merger struct {
	w        *Writer
	segments []segment.Segment
	drops    []*roaring.Bitmap // by segment: its documents to leave out; nil is none
	closing  chan struct{}     // closed when the index closes
	numbers  [][]uint64        // by segment and old number: the new number, or dropped
	docs     []uint32          // scratch: the documents of one term
}

// merge writes the segment except for its footer.
func (m *merger) merge() error {
	next := uint64(0)
	for i, s := range m.segments {
		numbers := make([]uint64, s.Count())
		for doc := range numbers {
			if m.drops[i] != nil && m.drops[i].Contains(uint32(doc)) {
				numbers[doc] = dropped
				continue
			}
			id, err := s.DocID(uint64(doc))
			if err != nil {
				return fmt.Errorf("merge segments: %w", err)
			}
			m.w.doc(id)
			numbers[doc] = next
			next++
		}
		m.numbers = append(m.numbers, numbers)
	}
	for _, field := range fields() {
		m.w.field(field)
		if err := m.field(field); err != nil {
			return err
		}
	}
	return m.w.finish()
}

// termCursor iterates over the terms of a field in one segment.
type termCursor struct {
	segment int // its position among the segments
	dict    segment.TermDictionary
	terms   segment.DictionaryIterator
	term    []byte               // nil after the last term
	list    segment.PostingsList // reused by merger.term
}

func (c *termCursor) next() error {
	entry, err := c.terms.Next()
	if err != nil {
		return fmt.Errorf("merge segments: %w", err)
	}
	if entry == nil {
		c.term = nil
		return nil
	}
	c.term = append(c.term[:0], entry.Term...)
	return nil
}

// field merges the terms of a field. It fails with segment.ErrClosed once the index closes.
func (m *merger) field(field string) error {
	var cursors []*termCursor
	for i, s := range m.segments {
		dict, err := s.Dictionary(field)
		if err != nil {
			return fmt.Errorf("merge segments: %w", err)
		}
		c := &termCursor{segment: i, dict: dict, terms: termsOf(dict)}
		if err := c.next(); err != nil {
			return err
		}
		cursors = append(cursors, c)
	}
	var term []byte
	for n := 0; ; n++ {
		least := (*termCursor)(nil)
		for _, c := range cursors {
			if c.term != nil && (least == nil || bytes.Compare(c.term, least.term) < 0) {
				least = c
			}
		}
		if least == nil {
			return m.w.err
		}
		if n%1024 == 0 && m.closed() {
			return segment.ErrClosed
		}
		term = append(term[:0], least.term...)
		if err := m.term(term, cursors); err != nil {
			return err
		}
	}
}

// termsOf iterates over the terms of a dictionary. It does not count their documents if
// the dictionary allows that.
func termsOf(dict segment.TermDictionary) segment.DictionaryIterator {
	type omitter interface {
		AutomatonIteratorOmitCount(a segment.Automaton, from, to []byte) segment.DictionaryIterator
	}
	if o, ok := dict.(omitter); ok {
		return o.AutomatonIteratorOmitCount(nil, nil, nil)
	}
	return dict.AutomatonIterator(nil, nil, nil)
}

// term writes a term with its documents from all segments that have it, and advances their
// cursors.
func (m *merger) term(term []byte, cursors []*termCursor) error {
	m.docs = m.docs[:0]
	for _, c := range cursors {
		if c.term == nil || !bytes.Equal(c.term, term) {
			continue
		}
		var err error
		if c.list, err = c.dict.PostingsList(term, m.drops[c.segment], c.list); err != nil {
			return fmt.Errorf("merge segments: %w", err)
		}
		numbers := m.numbers[c.segment]
		eachDoc(c.list, func(doc uint32) {
			m.docs = append(m.docs, uint32(numbers[doc]))
		})
		if err := c.next(); err != nil {
			return err
		}
	}
	if len(m.docs) > 0 {
		m.w.term(term, m.docs)
	}
	return m.w.err
}

// eachDoc calls do with the documents of a postings list, ascending.
func eachDoc(list segment.PostingsList, do func(doc uint32)) {
	it, ok := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator)
	if !ok {
		return
	}
	if doc, ok := it.DocNum1Hit(); ok {
		do(uint32(doc))
	} else if bitmap := it.ActualBitmap(); bitmap != nil {
		for docs := bitmap.Iterator(); docs.HasNext(); {
			do(docs.Next())
		}
	}
}

func (m *merger) closed() bool {
	select {
	case <-m.closing:
		return true
	default:
		return false
	}
}
