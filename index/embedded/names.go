package embedded

import (
	"bytes"

	"trawl/index/match"
)

// foldedNames are the names of a block, folded, each ended by a NUL. It is to be
// reused.
type foldedNames struct {
	text []byte
	ends []uint32 // as block.ends, once split was called
}

// fold takes the names of b, which are told apart.
func (f *foldedNames) fold(b *block) {
	f.foldText(b)
	f.split(b)
}

// foldText takes the names of b.
func (f *foldedNames) foldText(b *block) {
	f.text = match.AppendFold(f.text[:0], b.text)
}

// split tells the names apart: foldText was called, and so are those of b.
func (f *foldedNames) split(b *block) {
	f.ends = append(f.ends[:0], b.ends...)
	if b.ascii {
		return
	}
	f.ends = f.ends[:0]
	for at := 0; at < len(f.text); {
		at += bytes.IndexByte(f.text[at:], 0) + 1
		f.ends = append(f.ends, uint32(at))
	}
}

// at returns the folded name of entry i.
func (f *foldedNames) at(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = f.ends[i-1]
	}
	return f.text[start : f.ends[i]-1]
}
