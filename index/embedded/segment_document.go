package embedded

import (
	bleve "github.com/blevesearch/bleve_index_api"
)

// The fields of a block's document. A trigram is three bytes of folded UTF-8.
const (
	fieldName = "n" // trigrams of the names of its entries
	fieldDir  = "d" // trigrams of the names in the paths of its directories
	fieldKey  = "k" // keys, see below
)

// terms are what the postings say of a block: what it must be found by.
type terms struct {
	names, dirs string   // trigrams, one after the other, each once
	keys        []string // ascending
}

// posted is the document of a block. It shows Bleve no fields: segmentPlugin
// takes its terms as they are.
type posted struct {
	id    string
	terms terms
}

var _ bleve.Document = (*posted)(nil)

func (d *posted) ID() string                                 { return d.id }
func (d *posted) VisitFields(bleve.FieldVisitor)             {}
func (d *posted) VisitComposite(bleve.CompositeFieldVisitor) {}
func (d *posted) HasComposite() bool                         { return false }
func (d *posted) Size() int                                  { return len(d.terms.names) + len(d.terms.dirs) }
func (d *posted) NumPlainTextBytes() uint64                  { return 0 }
func (d *posted) StoredFieldsBytes() uint64                  { return 0 }
func (d *posted) AddIDField()                                {} // it has one
func (d *posted) Indexed() bool                              { return true }
