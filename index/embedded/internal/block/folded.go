package block

import (
	"bytes"

	"trawl/search/fold"
)

// FoldedNames are the folded names of a block. It is made to be reused.
type FoldedNames struct {
	Text []byte   // the folded names, each ended by a NUL
	ends []uint32 // as Block.ends
}

// Fold folds the names of b, after SplitNames.
func (f *FoldedNames) Fold(b *Block) {
	f.FoldText(b)
	f.split(b)
}

// FoldText folds the names of b into Text, and leaves At undefined.
func (f *FoldedNames) FoldText(b *Block) {
	f.Text = fold.Append(f.Text[:0], b.text)
}

// split finds where each name ends. Folding plain names does not move the ends.
func (f *FoldedNames) split(b *Block) {
	f.ends = append(f.ends[:0], b.ends...)
	if b.Plain() {
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
