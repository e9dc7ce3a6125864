package postings

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
)

// A key tells something of a block by which it can be skipped: a letter, then a
// value in big-endian order, so that ranges of values are ranges of terms.
//
//	h host           4 bytes, the hostNo
//	k kind           1 byte, an index.Kind that occurs
//	e extension      1 to maxExt bytes that occur, as match.ExtOf tells it
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

// maxExt is the length of the extensions that have keys. Longer ones are mostly
// none, and their trigrams find them.
const maxExt = 6

// sizeClass puts sizes into classes by their power of two. It never falls.
func sizeClass(size int64) byte { return byte(bits.Len64(uint64(max(size, 0)))) }

// month numbers the time by months of equal length, and never falls.
func month(unix int64) uint16 {
	const length = 2629746 // seconds, on average
	return uint16(max(0, min(1<<16-1, unix/length+1<<15)))
}

func keyOf(letter, value byte) string { return string([]byte{letter, value}) }

func keyOfHost(no block.HostNo) string {
	return string(binary.BigEndian.AppendUint32([]byte{keyHost}, uint32(no)))
}

func monthKey(letter byte, m uint16) string {
	return string(binary.BigEndian.AppendUint16([]byte{letter}, m))
}

// Extractor finds the terms of blocks. It is to be reused, by one goroutine.
type Extractor struct {
	names  block.FoldedNames
	grams  gramSet
	folded []byte
	last   []byte
	exts   map[string]struct{}
}

func NewExtractor() *Extractor {
	return &Extractor{grams: newGramSet(), exts: map[string]struct{}{}}
}

// Terms returns the terms of b.
func (t *Extractor) Terms(b *block.Block) segment.Terms {
	t.names.Fold(b)
	for i := range b.Len() {
		t.grams.Add(t.names.At(i))
	}
	var out segment.Terms
	out.Names = t.grams.take()
	t.last = t.last[:0]
	for i := range b.Dirs() {
		t.addDir(b.Dirs()[i].Shown)
	}
	out.Dirs = t.grams.take()
	out.Keys = t.keys(b)
	return out
}

// addDir adds the trigrams of the names in a directory's path. Those that it
// shares with the directory before are there already.
func (t *Extractor) addDir(shown []byte) {
	t.folded = match.AppendFold(t.folded[:0], shown)
	from := 0
	for i := range min(len(t.folded), len(t.last)) {
		if t.folded[i] != t.last[i] {
			break
		}
		if t.folded[i] == '/' {
			from = i
		}
	}
	for name := range bytes.SplitSeq(t.folded[from:], []byte{'/'}) {
		t.grams.Add(name)
	}
	t.folded, t.last = t.last, t.folded
}

// keys returns the keys of b.
func (t *Extractor) keys(b *block.Block) []string {
	keys := append([]string{keyOfHost(b.Host())}, t.extKeys(b)...)
	for kind := index.File; kind <= index.Link; kind++ {
		if slices.Contains(b.Kinds(), kind) {
			keys = append(keys, keyOf(keyKind, byte(kind)))
		}
	}
	if least, most, ok := extent(b.Sizes(), func(i int) bool { return b.Sizes()[i] >= 0 }); ok {
		keys = append(keys, keyOf(keyLeast, sizeClass(least)), keyOf(keyMost, sizeClass(most)))
	}
	if oldest, newest, ok := extent(b.Times(), func(i int) bool { return b.Precisions()[i] != index.Unknown }); ok {
		keys = append(keys, monthKey(keyOldest, month(oldest)), monthKey(keyNewest, month(newest)))
	}
	slices.Sort(keys)
	return keys
}

// extKeys returns the keys of the extensions in b.
func (t *Extractor) extKeys(b *block.Block) (keys []string) {
	clear(t.exts)
	for i := range b.Len() {
		ext := match.ExtOf(t.names.At(i))
		if len(ext) == 0 || len(ext) > maxExt {
			continue
		}
		if _, ok := t.exts[string(ext)]; !ok {
			t.exts[string(ext)] = struct{}{}
			keys = append(keys, string(keyExt)+string(ext))
		}
	}
	return keys
}

// extent returns the least and the greatest of the values that are known.
func extent(values []int64, known func(i int) bool) (least, most int64, ok bool) {
	for i, v := range values {
		if !known(i) {
			continue
		}
		if !ok {
			least, most, ok = v, v, true
		}
		least, most = min(least, v), max(most, v)
	}
	return least, most, ok
}

// gramSet collects trigrams, each once.
type gramSet struct {
	seen []uint64 // a bit for each trigram that there is
	list []uint32
}

func newGramSet() gramSet { return gramSet{seen: make([]uint64, 1<<24/64)} }

// Add takes the trigrams of name.
func (g *gramSet) Add(name []byte) {
	if len(name) < 3 {
		return
	}
	gram := uint32(name[0])<<8 | uint32(name[1])
	for _, c := range name[2:] {
		gram = (gram<<8 | uint32(c)) & 0xffffff
		if bit := uint64(1) << (gram & 63); g.seen[gram>>6]&bit == 0 {
			g.seen[gram>>6] |= bit
			g.list = append(g.list, gram)
		}
	}
}

// take returns what was collected, one after the other, and empties the set.
func (g *gramSet) take() string {
	out := make([]byte, 0, 3*len(g.list))
	for _, gram := range g.list {
		out = append(out, byte(gram>>16), byte(gram>>8), byte(gram))
		g.seen[gram>>6] &^= 1 << (gram & 63)
	}
	g.list = g.list[:0]
	return string(out)
}
