package embedded

import (
	"encoding/binary"

	bleve "github.com/blevesearch/bleve_index_api"
)

// docID names the document of a block: its number in eight bytes, big-endian.
func docID(id blockID) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(id)))
}

// blockOf is the reverse of docID.
func blockOf(doc []byte) blockID {
	if len(doc) != 8 {
		return 0
	}
	return blockID(binary.BigEndian.Uint64(doc))
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
