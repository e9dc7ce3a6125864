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

	"trawl/index/embedded/internal/cores"
)

// fieldID is the field of a segment that holds the names of the documents.
const fieldID = "_id"

// fields returns the fields of a segment in the order that zap demands: the ID first, the
// others by name.
func fields() []string { return []string{fieldID, FieldDir, FieldKey, FieldName} }

// Writer writes a segment in version 17 of zap's format (zapx/v17, zap.md):
//
//	[docs]    uvarint 1, uvarint 9      bytes of what follows: meta, data
//	          uvarint 8, ID, 0          meta: length of the ID; data: ID, nothing compressed
//	[docs]    uint64                    offset of the document      <- storedAt
//	          uvarint 0                 nested documents
//	[fields]  [terms] of two documents or more:
//	              uvarint 0, 0          no frequencies, no locations
//	              uvarint, bytes        roaring bitmap of the documents
//	          uvarint, bytes            vellum of the terms: offset of their documents, or the only one
//	          uvarint max, max          no doc values
//	          uvarint                   offset of the vellum
//	[fields]  uvarint, bytes            name
//	          uvarint                   options
//	          uvarint 1                 sections: the inverted text index,
//	          uint16 0, uint64          offset of its terms
//	uvarint   fields                                                <- fieldsAt
//	[fields]  uint64                    offset of the field's name
//	footer    uint32 0, uint64 docs, uint64 storedAt, uint64 fieldsAt,
//	          uint32 chunk mode, uint32 17, uint32 CRC of all before
//
// Numbers of fixed length are big-endian. A Writer writes one segment: Documents, then the
// Footer if it becomes a file. It keeps its first error, and then writes no more.
type Writer struct {
	out io.Writer
	n   uint64 // bytes written
	crc uint32 // of these bytes
	err error  // the first one

	starts   []uint64 // offsets of the documents, until the first field
	docs     uint64   // how many documents there are
	storedAt uint64

	names    []string // of the fields
	fields   []uint64 // their offsets
	fieldsAt uint64
	fst      bytes.Buffer
	terms    *vellum.Builder // of the current field, writes to fst

	bitmap  *roaring.Bitmap
	scratch []byte

	work  cores.Work // gives way between terms
	count int        // terms that were written
}

// NewWriter returns a Writer of one segment to out.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: out, bitmap: roaring.New()}
}

func (w *Writer) write(p []byte) {
	if w.err != nil {
		return
	}
	_, w.err = w.out.Write(p)
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

// doc adds a document. All documents are added before the first field.
func (w *Writer) doc(id []byte) {
	w.starts = append(w.starts, w.n)
	w.docs++
	w.uvarints(1, uint64(len(id))+1, uint64(len(id)))
	w.write(id)
	w.write([]byte{0})
}

// endDocs ends the documents.
func (w *Writer) endDocs() {
	w.storedAt = w.n
	for _, start := range w.starts {
		w.uint64(start)
	}
	w.uvarints(0)
	w.starts = nil
}

// field ends the field before and starts the next one of fields.
func (w *Writer) field(name string) {
	if len(w.names) == 0 {
		w.endDocs()
	}
	w.endField()
	w.names = append(w.names, name)
	w.fst.Reset()
	if w.err == nil {
		w.terms, w.err = vellum.New(&w.fst, nil)
	}
}

// termsAtOnce is how many terms are written in well below a millisecond.
const termsAtOnce = 256

// term adds a term of the current field and its documents, at least one. Terms ascend, and
// so do documents.
func (w *Writer) term(term []byte, docs []uint32) {
	if w.err != nil {
		return
	}
	if w.count++; w.count%termsAtOnce == 0 {
		w.work.GiveWay()
	}
	if len(docs) == 1 {
		w.err = w.terms.Insert(term, zap.FSTValEncode1Hit(uint64(docs[0]), zap.NormBits1Hit))
		return
	}
	at := w.n
	w.bitmap.Clear()
	w.bitmap.AddMany(docs)
	w.bitmap.RunOptimize()
	w.uvarints(0, 0, w.bitmap.GetSerializedSizeInBytes())
	data, err := w.bitmap.ToBytes()
	if err != nil {
		w.err = err
		return
	}
	w.write(data)
	if w.err == nil {
		w.err = w.terms.Insert(term, at)
	}
}

// endField writes the terms of the current field.
func (w *Writer) endField() {
	if w.terms == nil || w.err != nil {
		return
	}
	w.err = w.terms.Close()
	at := w.n
	w.uvarints(uint64(w.fst.Len()))
	w.write(w.fst.Bytes())
	w.fields = append(w.fields, w.n)
	w.uvarints(math.MaxUint64, math.MaxUint64, at)
	w.terms = nil
}

// finish ends the last field, writes the list of fields and returns the first error.
func (w *Writer) finish() error {
	w.endField()
	if w.err != nil {
		return w.err
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
	return w.err
}

// Footer writes the footer, which a file has and a segment in memory lacks, and returns the
// first error.
func (w *Writer) Footer() error {
	w.uint32(0)
	w.uint64(w.docs)
	w.uint64(w.storedAt)
	w.uint64(w.fieldsAt)
	w.uint32(zap.DefaultChunkMode)
	w.uint32(zap.Version)
	w.uint32(w.crc)
	return w.err
}
