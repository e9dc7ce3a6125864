package block

import (
	"bytes"

	"trawl/index/match"
)

// FoldedNames are the names of a block, folded, each ended by a NUL. It is to be
// reused.
type FoldedNames struct {
	Text []byte
	ends []uint32 // as block.ends, once split was called
}

// Fold takes the names of b, which are told apart.
func (f *FoldedNames) Fold(b *Block) {
	f.FoldText(b)
	f.split(b)
}

// FoldText takes the names of b.
func (f *FoldedNames) FoldText(b *Block) {
	f.Text = match.AppendFold(f.Text[:0], b.text)
}

// split tells the names apart: foldText was called, and so are those of b.
func (f *FoldedNames) split(b *Block) {
	f.ends = append(f.ends[:0], b.ends...)
	if b.ascii {
		return
	}
	f.ends = f.ends[:0]
	for at := 0; at < len(f.Text); {
		at += bytes.IndexByte(f.Text[at:], 0) + 1
		f.ends = append(f.ends, uint32(at))
	}
}

// At returns the folded name of entry i.
func (f *FoldedNames) At(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = f.ends[i-1]
	}
	return f.Text[start : f.ends[i]-1]
}
