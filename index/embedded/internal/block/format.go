package block

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/klauspost/compress/s2"

	"trawl/index/embedded/internal/codec"
)

// A block on disk, format version 1. Numbers are varints (encoding/binary),
// "~" marks signed ones; [n] means n times, in columns.
//
//	byte      version                1
//	uint32    checksum               CRC-32C of host to names, little endian, as are
//	uint32    checksums              those of numbers and of dirs
//	uvarint   host                   HostNo
//	uvarint   depth                  the least of the directories
//	~         taken                  the latest of the directories
//	uvarint   length                 of names, doubled, plus 1 if they are all ASCII
//	uvarint   length                 of numbers
//	S2 block  names
//	  [entries]  bytes    name, then a NUL
//	S2 block  numbers
//	    uvarint  entries             how many
//	    uvarint  unit                of the times: 1, 60 or 86400 seconds
//	  [entries]  byte     flags      kind | precision<<2
//	  [entries]  uvarint  size       plus 1; 0 is unknown
//	  [entries]  ~        time       in units, less that of the entry before
//	S2 block  dirs
//	    uvarint  dirs, paths         how many; bytes of all paths
//	  [dirs]
//	    byte     flags               1 continues from an earlier block, 2 shown differs,
//	                                 4 way is that of the directory before
//	    uvarint  shared, length      front-coded path: bytes shared with the path before, bytes of its own
//	    bytes    path
//	    uvarint  shown               only if shown differs: length, bytes
//	    uvarint  way                 unless it is that of the directory before: length, bytes
//	    ~        taken               less that of the directory before
//	    uvarint  entries             in this block
//	  until the end, for entries with a raw name or a target:
//	    uvarint  entry               less that of the one before
//	    uvarint  raw                 length plus 1, bytes; 0: equal to the name
//	    uvarint  target              length plus 1, bytes; 0: none
//
// A search decodes the names of all blocks that may match, the numbers of those that do,
// and the directories where it needs them. S2 is at 13 to 15
// bytes an entry where zstd is at 12, and decodes three times as fast; front-coding
// the names as well would save nothing (doc/storing.md has the tables).
const version = 1

// The flags of a directory.
const (
	dirCont = 1 << iota
	dirShown
	dirSameWay
)

// headLen is the length of the version and the checksums.
const headLen = 13

// MaxPart bounds in bytes what each section of a block unpacks to, and the paths.
const MaxPart = 8 << 20

// ErrDamaged says that data is not a block.
var ErrDamaged = errors.New("damaged block")

// hostOf returns the host of an encoded block without decoding the rest.
func hostOf(data []byte) (HostNo, error) {
	if len(data) <= headLen || data[0] != version {
		return 0, ErrDamaged
	}
	no, n := binary.Uvarint(data[headLen:])
	if n <= 0 || no > 1<<32-1 {
		return 0, ErrDamaged
	}
	return HostNo(no), nil
}

// Sum returns a checksum of an encoded block by which it is told from other blocks. It reads the
// checksums of the sections alone; data may have any length.
func Sum(data []byte) uint32 { return codec.Checksum(data[:min(headLen, len(data))]) }

// Encoder turns blocks into bytes. It is reused for its buffers.
type Encoder struct{ numbers, dirs, packed, out []byte }

// Encode returns b in the format above. The caller owns the result.
func (e *Encoder) Encode(b *Block) []byte {
	e.numbers = b.appendNumbers(e.numbers[:0])
	e.dirs = b.appendExtras(b.appendDirs(e.dirs[:0]))
	return bytes.Clone(e.assemble(FactsOf(b), b.text, e.numbers, e.dirs))
}

// assemble returns the block of three sections. It is valid until the next call.
func (e *Encoder) assemble(f Facts, text, second, third []byte) []byte {
	e.packed = e.packed[:0]
	names := e.pack(text)
	numbers := e.pack(second)
	_ = e.pack(third)

	out := append(e.out[:0], make([]byte, headLen)...)
	out = binary.AppendUvarint(out, uint64(f.Host))
	out = binary.AppendUvarint(out, uint64(f.Depth))
	out = binary.AppendVarint(out, f.Taken)
	out = binary.AppendUvarint(out, uint64(names)<<1|asciiFlag(text))
	out = binary.AppendUvarint(out, uint64(numbers))
	first := len(out) + names
	out = append(out, e.packed...)
	out[0] = version
	for i, section := range [][]byte{out[headLen:first], out[first : first+numbers], out[first+numbers:]} {
		binary.LittleEndian.PutUint32(out[1+4*i:], codec.Checksum(section))
	}
	e.out = out
	return out
}

// asciiFlag returns 1 for a text in ASCII, else 0.
func asciiFlag(text []byte) uint64 {
	if IsASCII(text) {
		return 1
	}
	return 0
}

// IsASCII reports whether a text is in ASCII.
func IsASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// pack appends the S2 block of data to e.packed and returns its length.
func (e *Encoder) pack(data []byte) int {
	start := len(e.packed)
	e.packed = slices.Grow(e.packed, s2.MaxEncodedLen(len(data)))
	n := len(s2.EncodeBetter(e.packed[start:cap(e.packed)], data))
	e.packed = e.packed[:start+n]
	return n
}

// commonPrefix returns how many bytes a and b begin with in common.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// timeUnit returns the largest of 86400, 60 and 1 that divides all times.
func (b *Block) timeUnit() int64 {
	unit := int64(86400)
	for _, t := range b.unix {
		for t%unit != 0 {
			if unit == 60 {
				return 1
			}
			unit = 60
		}
	}
	return unit
}

func (b *Block) appendNumbers(p []byte) []byte {
	unit := b.timeUnit()
	p = binary.AppendUvarint(p, uint64(b.Len()))
	p = binary.AppendUvarint(p, uint64(unit))
	for i, kind := range b.kind {
		p = append(p, byte(kind)|byte(b.prec[i])<<2)
	}
	for _, size := range b.size {
		p = binary.AppendUvarint(p, uint64(size+1))
	}
	last := int64(0)
	for _, t := range b.unix {
		p = binary.AppendVarint(p, t/unit-last)
		last = t / unit
	}
	return p
}

func (b *Block) appendDirs(p []byte) []byte {
	paths := 0
	for i := range b.dirs {
		paths += len(b.dirs[i].Path)
	}
	p = binary.AppendUvarint(p, uint64(len(b.dirs)))
	p = binary.AppendUvarint(p, uint64(paths))
	var last Dir
	for i := range b.dirs {
		d := &b.dirs[i]
		flags := byte(0)
		if d.Cont {
			flags |= dirCont
		}
		if !bytes.Equal(d.Shown, d.Path) {
			flags |= dirShown
		}
		if bytes.Equal(d.Way, last.Way) {
			flags |= dirSameWay
		}
		n := commonPrefix(last.Path, d.Path)
		p = append(p, flags)
		p = binary.AppendUvarint(p, uint64(n))
		p = codec.AppendBytes(p, d.Path[n:])
		if flags&dirShown != 0 {
			p = codec.AppendBytes(p, d.Shown)
		}
		if flags&dirSameWay == 0 {
			p = codec.AppendBytes(p, d.Way)
		}
		p = binary.AppendVarint(p, d.Taken-last.Taken)
		p = binary.AppendUvarint(p, uint64(d.End-d.Start))
		last = *d
	}
	return p
}

func (b *Block) appendExtras(p []byte) []byte {
	last := 0
	for i := range b.extra {
		x := &b.extra[i]
		p = binary.AppendUvarint(p, uint64(x.entry-last))
		for _, s := range [][]byte{x.raw, x.target} {
			if s == nil {
				p = append(p, 0)
				continue
			}
			p = binary.AppendUvarint(p, uint64(len(s)+1))
			p = append(p, s...)
		}
		last = x.entry
	}
	return p
}
