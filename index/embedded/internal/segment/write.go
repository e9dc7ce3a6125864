package segment

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	"github.com/blevesearch/vellum"
	zap "github.com/blevesearch/zapx/v17"
)

// fieldID is the field that zap keeps the names of documents in.
const fieldID = "_id"

// fields are the fields of a segment in the order that zap wants: the ID
// first, the others by name.
func fields() []string { return []string{fieldID, FieldDir, FieldKey, FieldName} }

// Writer writes a segment as zap 17 does (zapx/v17, zap.md):
//
//	[docs]    uvarint 1, uvarint 9      bytes of what follows: meta, data
//	          uvarint 8, ID, 0          meta: length of the ID; data: ID, nothing compressed
//	[docs]    uint64                    where the document is       <- storedAt
//	          uvarint 0                 nested documents
//	[fields]  [terms] of two documents or more:
//	              uvarint 0, 0          no frequencies, no locations
//	              uvarint, bytes        roaring bitmap of the documents
//	          uvarint, bytes            vellum of the terms: where their documents are, or the only one
//	          uvarint max, max          no doc values
//	          uvarint                   where the vellum is
//	[fields]  uvarint, bytes            name
//	          uvarint                   options
//	          uvarint 1                 sections: the inverted text index,
//	          uint16 0, uint64          where its field is
//	uvarint   fields                                                <- fieldsAt
//	[fields]  uint64                    where the field's name is
//	footer    uint32 0, uint64 docs, uint64 storedAt, uint64 fieldsAt,
//	          uint32 chunk mode, uint32 17, uint32 CRC of all before
//
// Numbers of fixed length are big-endian. It keeps the first error for finish.
type Writer struct {
	out io.Writer
	n   uint64 // bytes written
	crc uint32
	Err error

	starts   []uint64 // of the documents, until the first field
	docs     uint64
	storedAt uint64

	names    []string // of the fields
	fields   []uint64 // where they are
	fieldsAt uint64
	fst      bytes.Buffer
	terms    *vellum.Builder // of the field at hand

	bitmap  *roaring.Bitmap
	scratch []byte
}

func NewWriter(out io.Writer) *Writer {
	return &Writer{out: out, bitmap: roaring.New()}
}

func (w *Writer) write(p []byte) {
	if w.Err != nil {
		return
	}
	_, w.Err = w.out.Write(p)
	w.n += uint64(len(p))
	w.crc = crc32.Update(w.crc, crc32.IEEETable, p)
}

func (w *Writer) uvarints(values ...uint64) {
	w.scratch = w.scratch[:0]
	for _, v := range values {
		w.scratch = binary.AppendUvarint(w.scratch, v)
	}
	w.write(w.scratch)
}

func (w *Writer) uint64(v uint64) {
	w.scratch = binary.BigEndian.AppendUint64(w.scratch[:0], v)
	w.write(w.scratch)
}

func (w *Writer) uint32(v uint32) {
	w.scratch = binary.BigEndian.AppendUint32(w.scratch[:0], v)
	w.write(w.scratch)
}

// doc adds a document, which must be done before the first field.
func (w *Writer) doc(id []byte) {
	w.starts = append(w.starts, w.n)
	w.docs++
	w.uvarints(1, uint64(len(id))+1, uint64(len(id)))
	w.write(id)
	w.write([]byte{0})
}

// stored ends the documents.
func (w *Writer) stored() {
	w.storedAt = w.n
	for _, start := range w.starts {
		w.uint64(start)
	}
	w.uvarints(0)
	w.starts = nil
}

// field starts the next of segmentFields.
func (w *Writer) field(name string) {
	if len(w.names) == 0 {
		w.stored()
	}
	w.endField()
	w.names = append(w.names, name)
	w.fst.Reset()
	if w.Err == nil {
		w.terms, w.Err = vellum.New(&w.fst, nil)
	}
}

// term adds a term, which must follow those before it, and its documents,
// ascending, at least one.
func (w *Writer) term(term []byte, docs []uint32) {
	if w.Err != nil {
		return
	}
	if len(docs) == 1 {
		w.Err = w.terms.Insert(term, zap.FSTValEncode1Hit(uint64(docs[0]), zap.NormBits1Hit))
		return
	}
	at := w.n
	w.bitmap.Clear()
	w.bitmap.AddMany(docs)
	w.bitmap.RunOptimize()
	w.uvarints(0, 0, w.bitmap.GetSerializedSizeInBytes())
	data, err := w.bitmap.ToBytes()
	if err != nil {
		w.Err = err
		return
	}
	w.write(data)
	if w.Err == nil {
		w.Err = w.terms.Insert(term, at)
	}
}

// endField writes the terms of the field at hand.
func (w *Writer) endField() {
	if w.terms == nil || w.Err != nil {
		return
	}
	w.Err = w.terms.Close()
	at := w.n
	w.uvarints(uint64(w.fst.Len()))
	w.write(w.fst.Bytes())
	w.fields = append(w.fields, w.n)
	w.uvarints(math.MaxUint64, math.MaxUint64, at)
	w.terms = nil
}

// finish writes what comes after the fields and returns the first error.
func (w *Writer) finish() error {
	w.endField()
	if w.Err != nil {
		return w.Err
	}
	starts := make([]uint64, len(w.names))
	for i, name := range w.names {
		starts[i] = w.n
		options := bleve.IndexField | bleve.SkipFreqNorm
		if name == fieldID {
			options = bleve.IndexField | bleve.StoreField
		}
		w.uvarints(uint64(len(name)))
		w.write([]byte(name))
		w.uvarints(uint64(options), 1)
		w.write([]byte{0, zap.SectionInvertedTextIndex})
		w.uint64(w.fields[i])
	}
	w.fieldsAt = w.n
	w.uvarints(uint64(len(starts)))
	for _, start := range starts {
		w.uint64(start)
	}
	return w.Err
}

// Footer writes what a file has and a segment in memory has not.
func (w *Writer) Footer() {
	w.uint32(0)
	w.uint64(w.docs)
	w.uint64(w.storedAt)
	w.uint64(w.fieldsAt)
	w.uint32(zap.DefaultChunkMode)
	w.uint32(zap.Version)
	w.uint32(w.crc)
}
