package loops

import (
	"encoding/binary"
	"hash/maphash"

	"trawl/index"
)

// Fingerprint distinguishes listings by their entries, whatever their order. Fingerprints
// that were made with one seed are comparable with ==. The zero value is of no entries.
type Fingerprint struct {
	Names uint64 // of names and kinds
	Whole uint64 // of sizes and times too
	Count int
	Dirs  int
	Bytes int64
	Timed bool // some entry has a time or a size
}

// Add adds entries; the parts of a listing may be added one by one.
func (p *Fingerprint) Add(seed maphash.Seed, entries []index.Entry) {
	var h maphash.Hash
	h.SetSeed(seed)
	var b [18]byte
	for i := range entries {
		e := &entries[i]
		h.Reset()
		h.WriteString(e.Wire())
		h.WriteByte(0)
		h.WriteByte(byte(e.Kind))
		p.Names += h.Sum64()
		binary.LittleEndian.PutUint64(b[0:], uint64(e.Size))
		binary.LittleEndian.PutUint64(b[8:], uint64(e.Unix))
		b[16] = byte(e.Precision)
		h.Write(b[:])
		p.Whole += h.Sum64()
		p.Count++
		if e.Kind == index.Dir {
			p.Dirs++
		} else {
			p.Bytes += index.Counted(e.Size)
		}
		p.Timed = p.Timed || e.Precision != index.Unknown || e.Size > 0
	}
}

// Distinct reports whether two directories hardly have the same fingerprint by chance.
// Names alone may well repeat (a/a/a), and in trees that were unpacked at once so do the
// times of directories: fonts/x/fonts.
func (p Fingerprint) Distinct() bool { return p.Timed && p.Count-p.Dirs >= 2 }
