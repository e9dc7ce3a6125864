package embedded

// Engine keeps a catalogue in one directory on one disk.
type Engine struct {
	store *store // the truth
}

// Options tune an Engine. The zero value is right for nearly all.
type Options struct {
	BlockSize int // entries a block; 0 is DefaultBlockSize
}

// DefaultBlockSize is the number of entries that a block aims at.
const DefaultBlockSize = 128
