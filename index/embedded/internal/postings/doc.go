package postings

import (
	"encoding/binary"

	"trawl/index/embedded/internal/block"
)

// DocID names the document of a block: its number in eight bytes, big-endian.
func DocID(id block.ID) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(id)))
}

// blockOf is the reverse of docID.
func blockOf(doc []byte) block.ID {
	if len(doc) != 8 {
		return 0
	}
	return block.ID(binary.BigEndian.Uint64(doc))
}
