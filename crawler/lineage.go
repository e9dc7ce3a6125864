package crawler

import (
	"encoding/binary"
	"hash/maphash"

	"trawl/index"
)

// print tells listings apart by what they hold, whatever its order. Prints are
// comparable with == within a crawl, with the seed of which they were made.
type print struct {
	names uint64 // of names and kinds
	whole uint64 // of sizes and times too
	count int
	dirs  int
	timed bool // some entry has a time or a size
}

// add takes entries in; the parts of a listing may be added one by one.
func (p *print) add(seed maphash.Seed, entries []index.Entry) {
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
		}
		p.timed = p.timed || e.Precision != index.Unknown || e.Size > 0
	}
}

// telling reports whether two directories hardly have the same print by chance.
// Names alone may well repeat (a/a/a), and of trees that were unpacked at once so
// do the times of directories: fonts/x/fonts.
func (p print) telling() bool { return p.timed && p.count-p.dirs >= 2 }

// lineage is the prints of the directories above one, nearest first. It finds
// loops: a directory that holds the same as one above it, namesakes times if that
// is not telling, or is known by the same to the server (identity.go).
type lineage struct {
	print print
	dir   index.Path
	self  identity
	above *lineage
}

const namesakes = 4

// loop returns the directory above that holds the same as p, if there is one.
func (l *lineage) loop(p print) (index.Path, bool) {
	if p.dirs == 0 {
		return "", false
	}
	again := 0
	for ; l != nil; l = l.above {
		if l.print != p {
			continue
		}
		if again++; p.telling() || again >= namesakes {
			return l.dir, true
		}
	}
	return "", false
}
