package embedded

import (
	"encoding/binary"
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
