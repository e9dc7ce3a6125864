package segment

import (
	bleve "github.com/blevesearch/bleve_index_api"
)

// The fields of a block's document. A trigram is three bytes of folded UTF-8.
const (
	FieldName = "n" // trigrams of the names of its entries
	FieldDir  = "d" // trigrams of the names in the paths of its directories
	FieldKey  = "k" // keys, see below
)

// Terms are what the postings say of a block: what it must be found by.
type Terms struct {
	Names, Dirs string   // trigrams, one after the other, each once
	Keys        []string // ascending
}

// Document is the document of a block. It shows Bleve no fields: segmentPlugin
// takes its terms as they are.
type Document struct {
	Name  string
	Terms Terms
}

var _ bleve.Document = (*Document)(nil)

func (d *Document) ID() string                                 { return d.Name }
func (d *Document) VisitFields(bleve.FieldVisitor)             {}
func (d *Document) VisitComposite(bleve.CompositeFieldVisitor) {}
func (d *Document) HasComposite() bool                         { return false }
func (d *Document) Size() int                                  { return len(d.Terms.Names) + len(d.Terms.Dirs) }
func (d *Document) NumPlainTextBytes() uint64                  { return 0 }
func (d *Document) StoredFieldsBytes() uint64                  { return 0 }
func (d *Document) AddIDField()                                {} // it has one
func (d *Document) Indexed() bool                              { return true }
