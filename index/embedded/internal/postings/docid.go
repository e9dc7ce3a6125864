package postings

import (
	"encoding/binary"

	"trawl/index/embedded/internal/block"
)

// DocID returns the name of a block's document: its number in eight bytes, big-endian.
func DocID(id block.ID) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(id)))
}

// blockOf returns the block of a document. It is the inverse of DocID.
func blockOf(doc []byte) block.ID {
	if len(doc) != 8 {
		return 0
	}
	return block.ID(binary.BigEndian.Uint64(doc))
}
