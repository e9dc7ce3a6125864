package dictionary

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"trawl/index"
	"trawl/index/match"
)

// repeated is a name on the roll, and where it stands.
type repeated struct {
	name     []byte // decoded
	ext      []byte // by which it is ordered, a part of name
	size     int64
	postings []posting // by blocks
	kind     index.Kind
}

// newRepeated returns a name without mentions. It keeps name.
func newRepeated(name []byte, kind index.Kind, size int64) repeated {
	r := repeated{name: name, kind: kind, size: size}
	if kind != index.Dir {
		r.ext = match.ExtOf(name)
	}
	return r
}

// compare orders names: by kind, extension, name, size.
func (a *repeated) compare(b *repeated) int {
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

// rank returns the beginning of a name's place in the order: its kind, and what fits of
// the extension, a NUL and the name.
func (a *repeated) rank() uint64 {
	var first [8]byte
	n := copy(first[:], a.ext)
	if n++; n < len(first) {
		copy(first[n:], a.name)
	}
	return uint64(a.kind)<<62 | binary.BigEndian.Uint64(first[:])>>2
}
