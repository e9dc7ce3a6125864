package dictionary

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"trawl/index"
	"trawl/index/match"
)

// repeatedName is a name in the dictionary, and its postings.
type repeatedName struct {
	name     []byte // decoded
	ext      []byte // its extension, a part of name; empty for directories
	size     int64
	postings []posting // ascending by blocks
	kind     index.Kind
}

// newRepeatedName returns a name without postings. It keeps name.
func newRepeatedName(name []byte, kind index.Kind, size int64) repeatedName {
	r := repeatedName{name: name, kind: kind, size: size}
	if kind != index.Dir {
		r.ext = match.ExtOf(name)
	}
	return r
}

// compare orders names by kind, extension, name and size.
func (a *repeatedName) compare(b *repeatedName) int {
	if c := cmp.Compare(a.kind, b.kind); c != 0 {
		return c
	}
	if c := bytes.Compare(a.ext, b.ext); c != 0 {
		return c
	}
	if c := bytes.Compare(a.name, b.name); c != 0 {
		return c
	}
	return cmp.Compare(a.size, b.size)
}

// rank returns a number that orders most names as compare does: the kind, and as many bytes
// of the extension, a NUL and the name as fit. Names of equal rank need compare.
func (a *repeatedName) rank() uint64 {
	var first [8]byte
	n := copy(first[:], a.ext)
	if n++; n < len(first) {
		copy(first[n:], a.name)
	}
	return uint64(a.kind)<<62 | binary.BigEndian.Uint64(first[:])>>2
}
