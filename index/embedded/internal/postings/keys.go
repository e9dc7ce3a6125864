package postings

import (
	"encoding/binary"
	"math/bits"

	"trawl/index/embedded/internal/block"
)

// A key is a fact about a block, by which a search can skip it: a letter, then a value in
// big-endian order, so that a range of values is a range of terms.
//
//	h host           4 bytes, the block.HostNo
//	k kind           1 byte, an index.Kind that occurs
//	e extension      1 to maxExt bytes, a match.EndOf that occurs
//	s S size         1 byte, sizeClass of the least and of the greatest known size
//	t T time         2 bytes, month of the oldest and of the newest known time
const (
	keyHost   = 'h'
	keyKind   = 'k'
	keyExt    = 'e'
	keyLeast  = 's'
	keyMost   = 'S'
	keyOldest = 't'
	keyNewest = 'T'
)

// maxExt is the length of the longest extensions that have keys. Longer ones are mostly no
// extensions, and are found by their trigrams.
const maxExt = 6

// sizeClass returns the class of a size, by powers of two. It never falls as sizes rise.
func sizeClass(size int64) byte { return byte(bits.Len64(uint64(max(size, 0)))) }

// month returns the number of a time's month; all months are equally long. It never falls as
// times rise.
func month(unix int64) uint16 {
	const length = 2629746 // seconds, on average
	return uint16(max(0, min(1<<16-1, unix/length+1<<15)))
}

// keyOf returns the key of a value of one byte.
func keyOf(letter, value byte) string { return string([]byte{letter, value}) }

// keyOfHost returns the key of a host.
func keyOfHost(no block.HostNo) string {
	return string(binary.BigEndian.AppendUint32([]byte{keyHost}, uint32(no)))
}

// monthKey returns the key of a month.
func monthKey(letter byte, m uint16) string {
	return string(binary.BigEndian.AppendUint16([]byte{letter}, m))
}
