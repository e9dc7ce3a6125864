package segment

import (
	bleve "github.com/blevesearch/bleve_index_api"
)

// The fields of a block's document. A trigram is three bytes of folded UTF-8.
const (
	FieldName = "n" // trigrams of the names of the block's entries
	FieldDir  = "d" // trigrams of the names in the paths of its directories
	FieldKey  = "k" // keys: facts by which a block can be skipped, see package postings
)

// Terms are the terms by which a block is found.
type Terms struct {
	Names, Dirs string   // trigrams, one after the other, each once
	Keys        []string // ascending
}

// Document is the document of a block. It shows no fields to Bleve: the [Plugin] reads its
// terms directly.
type Document struct {
	Name  string
	Terms Terms
}

var _ bleve.Document = (*Document)(nil)

// ID returns the name of the document.
func (d *Document) ID() string { return d.Name }

// VisitFields visits no field: the Plugin reads the terms.
func (d *Document) VisitFields(bleve.FieldVisitor) {}

// VisitComposite visits no field.
func (d *Document) VisitComposite(bleve.CompositeFieldVisitor) {}

// HasComposite returns false.
func (d *Document) HasComposite() bool { return false }

// Size returns the bytes that the trigrams take, about the size of the document in memory.
func (d *Document) Size() int { return len(d.Terms.Names) + len(d.Terms.Dirs) }

// NumPlainTextBytes returns 0: there is no text.
func (d *Document) NumPlainTextBytes() uint64 { return 0 }

// StoredFieldsBytes returns 0: no field is stored.
func (d *Document) StoredFieldsBytes() uint64 { return 0 }

// AddIDField does nothing: the Writer adds the ID.
func (d *Document) AddIDField() {}

// Indexed returns true.
func (d *Document) Indexed() bool { return true }
