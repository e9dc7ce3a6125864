package block

import "trawl/index"

// Host returns the host whose entries these are.
func (b *Block) Host() HostNo { return b.host }

// Dirs returns the directories, in tree order, at least one in a block that is decoded.
func (b *Block) Dirs() []Dir { return b.dirs }

// Text returns the decoded names, each ended by a NUL.
func (b *Block) Text() []byte { return b.text }

// ASCII reports whether all names are in ASCII, as far as the head says.
func (b *Block) ASCII() bool { return b.ascii }

// Kinds returns the kinds of the entries.
func (b *Block) Kinds() []index.Kind { return b.kind }

// Sizes returns the sizes of the entries in bytes, or index.UnknownSize.
func (b *Block) Sizes() []int64 { return b.size }

// Times returns the times of the entries, as index.Entry.Unix.
func (b *Block) Times() []int64 { return b.unix }

// Precisions returns how precise the times are.
func (b *Block) Precisions() []index.Precision { return b.prec }
