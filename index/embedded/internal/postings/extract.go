package postings

import (
	"bytes"
	"slices"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
)

// Extractor finds the terms of blocks. One goroutine uses it, for many blocks.
type Extractor struct {
	names  block.FoldedNames
	grams  gramSet
	loose  []byte // scratch: folded names or paths in their loose form
	folded []byte // scratch: a directory's path, folded
	last   []byte // that of the directory before
	exts   map[string]struct{}
}

// NewExtractor returns an Extractor. It takes 2 MiB for its trigrams.
func NewExtractor() *Extractor {
	return &Extractor{grams: newGramSet(), exts: map[string]struct{}{}}
}

// Terms returns the terms of b.
func (x *Extractor) Terms(b *block.Block) segment.Terms {
	x.names.Fold(b)
	x.loose = fold.Loose(x.loose[:0], x.names.Text)
	x.grams.addNames(x.loose)
	var terms segment.Terms
	terms.Names = x.grams.drain()
	x.last = x.last[:0]
	for i := range b.Dirs() {
		x.addDir(b.Dirs()[i].Shown)
	}
	terms.Dirs = x.grams.drain()
	terms.Keys = x.keys(b)
	return terms
}

// addDir adds the trigrams of the loose names in a directory's path. It skips the names that the
// path shares with the directory before.
func (x *Extractor) addDir(shown []byte) {
	x.folded = fold.Append(x.folded[:0], shown)
	from := 0
	for i := range min(len(x.folded), len(x.last)) {
		if x.folded[i] != x.last[i] {
			break
		}
		if x.folded[i] == '/' {
			from = i
		}
	}
	x.loose = fold.Loose(x.loose[:0], x.folded[from:])
	for name := range bytes.SplitSeq(x.loose, []byte{'/'}) {
		x.grams.add(name)
	}
	x.folded, x.last = x.last, x.folded
}

// keys returns the keys of b.
func (x *Extractor) keys(b *block.Block) []string {
	keys := append([]string{keyOfHost(b.Host())}, x.extKeys(b)...)
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
func (x *Extractor) extKeys(b *block.Block) (keys []string) {
	clear(x.exts)
	for i := range b.Len() {
		ext := match.EndOf(x.names.At(i))
		if len(ext) == 0 || len(ext) > maxExt {
			continue
		}
		if _, ok := x.exts[string(ext)]; !ok {
			x.exts[string(ext)] = struct{}{}
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
	seen []uint64 // a bit for each trigram in the set
	list []uint32 // the trigrams in the set
}

func newGramSet() gramSet { return gramSet{seen: make([]uint64, 1<<24/64)} }

// add adds the trigrams of a name.
func (g *gramSet) add(name []byte) {
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

// addNames adds the trigrams of names that each end in a NUL. A NUL stands for the edges of a name, too:
// b has the trigram NUL b NUL, bin has NUL b i, b i n and i n NUL.
func (g *gramSet) addNames(names []byte) {
	gram := uint32(0)
	for _, c := range names {
		gram = (gram<<8 | uint32(c)) & 0xffffff
		if gram>>8&0xff == 0 {
			continue // the NUL is between two names
		}
		if bit := uint64(1) << (gram & 63); g.seen[gram>>6]&bit == 0 {
			g.seen[gram>>6] |= bit
			g.list = append(g.list, gram)
		}
	}
}

// drain empties the set and returns its trigrams, one after the other.
func (g *gramSet) drain() string {
	out := make([]byte, 0, 3*len(g.list))
	for _, gram := range g.list {
		out = append(out, byte(gram>>16), byte(gram>>8), byte(gram))
		g.seen[gram>>6] &^= 1 << (gram & 63)
	}
	g.list = g.list[:0]
	return string(out)
}
