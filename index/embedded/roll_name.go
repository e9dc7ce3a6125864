package embedded

import (
	"bytes"
	"cmp"

	"trawl/index"
	"trawl/search"
)

// rolled is a name on the roll, and where it stands.
type rolled struct {
	name     []byte // decoded
	kind     index.Kind
	size     int64
	mentions []mention // by blocks
}

// compare orders names: by kind, extension, name, size.
func (a *rolled) compare(b *rolled) int {
	return cmp.Or(
		cmp.Compare(a.kind, b.kind), bytes.Compare(rollExt(a.kind, a.name), rollExt(b.kind, b.name)),
		bytes.Compare(a.name, b.name), cmp.Compare(a.size, b.size))
}

// rollExt is the extension by which a name is ordered.
func rollExt(kind index.Kind, name []byte) []byte {
	if kind == index.Dir {
		return nil
	}
	return search.ExtOf(name)
}

// rank returns the beginning of a name's place in the order.
func (a *rolled) rank() uint64 {
	n, room := uint64(0), 8
	put := func(s []byte) {
		for i := 0; i < len(s) && room > 0; i++ {
			n = n<<8 | uint64(s[i])
			room--
		}
	}
	put(rollExt(a.kind, a.name))
	put([]byte{0})
	put(a.name)
	return uint64(a.kind)<<62 | n<<(8*room)>>2
}
