package crawler

import (
	"encoding/binary"
	"hash/maphash"

	"trawl/index"
)

// fingerprint tells listings apart by what they hold, whatever its order. Fingerprints are
// comparable with == within a crawl, with the seed of which they were made.
type fingerprint struct {
	names uint64 // of names and kinds
	whole uint64 // of sizes and times too
	count int
	dirs  int
	bytes int64
	timed bool // some entry has a time or a size
}

// add takes entries in; the parts of a listing may be added one by one.
func (p *fingerprint) add(seed maphash.Seed, entries []index.Entry) {
	var h maphash.Hash
	h.SetSeed(seed)
	var b [18]byte
	for i := range entries {
		e := &entries[i]
		h.Reset()
		h.WriteString(e.Wire())
		h.WriteByte(0)
		h.WriteByte(byte(e.Kind))
		p.names += h.Sum64()
		binary.LittleEndian.PutUint64(b[0:], uint64(e.Size))
		binary.LittleEndian.PutUint64(b[8:], uint64(e.Unix))
		b[16] = byte(e.Precision)
		h.Write(b[:])
		p.whole += h.Sum64()
		p.count++
		if e.Kind == index.Dir {
			p.dirs++
		} else {
			p.bytes += index.Counted(e.Size)
		}
		p.timed = p.timed || e.Precision != index.Unknown || e.Size > 0
	}
}

// telling reports whether two directories hardly have the same print by chance.
// Names alone may well repeat (a/a/a), and of trees that were unpacked at once so
// do the times of directories: fonts/x/fonts.
func (p fingerprint) telling() bool { return p.timed && p.count-p.dirs >= 2 }

// lineage is the prints of the directories above one, nearest first. It finds
// what may be loops: a directory that holds the same as one above it (loop.go), or
// is known by the same to the server (identity.go).
type lineage struct {
	print fingerprint
	dir   index.Path
	self  identity
	above *lineage
	names []uint32 // of the directories in it; see tangle.go
	knot  ties
}

// same returns the directory above that holds the same as p, if so many do: the
// farthest of them.
func (l *lineage) same(p fingerprint, times int) (above index.Path, ok bool) {
	for ; l != nil && p.dirs > 0; l = l.above {
		if l.print != p {
			continue
		}
		if times--; times == 0 {
			return l.dir, true
		}
	}
	return "", false
}

// alike returns directories above that have the same names in them as p,
// nearest first, the first few.
func (l *lineage) alike(p fingerprint) (all []*lineage) {
	for ; l != nil && p.dirs > 0 && len(all) < repeats; l = l.above {
		if l.print.names == p.names && l.print.count == p.count {
			all = append(all, l)
		}
	}
	return all
}
