package spoil

import "encoding/binary"

// segment adds the fields of a segment of Bleve: the footer and the list of fields that it points
// at (package segment draws them).
func (f *file) segment() {
	const footer = 4 + 3*8 + 3*4
	at := int64(len(f.data) - footer)
	if at < 0 {
		return
	}
	f.lay("footer: ", at, layout{
		{"writer", 4},
		{"documents", 8},
		{"offset of documents", 8},
		{"offset of fields", 8},
		{"chunk mode", 4},
		{"version", 4},
		{"checksum", 4},
	})
	stored := int64(binary.BigEndian.Uint64(f.data[at+12:]))
	fields := int64(binary.BigEndian.Uint64(f.data[at+20:]))
	f.field("offset of a document", stored, 8)
	f.field("documents", 0, int(stored))
	n, next := f.uvarint("fields", fields)
	for range n {
		field := int64(binary.BigEndian.Uint64(f.data[next:]))
		next = f.field("offset of a field", next, 8)
		f.oneField(field)
	}
}

// oneField adds a field in the list of fields.
func (f *file) oneField(at int64) {
	n, at := f.uvarint("field: length of the name", at)
	at = f.field("field: name", at, int(n))
	_, at = f.uvarint("field: options", at)
	sections, at := f.uvarint("field: sections", at)
	for range sections {
		section := int64(binary.BigEndian.Uint64(f.data[at+2:]))
		at = f.lay("field: section: ", at, layout{{"kind", 2}, {"offset", 8}})
		if section > 0 && section < int64(len(f.data)) {
			_, next := f.uvarint("section: first number", section)
			_, next = f.uvarint("section: second number", next)
			_, _ = f.uvarint("section: third number", next)
		}
	}
}
