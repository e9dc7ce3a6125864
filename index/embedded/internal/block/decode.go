package block

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/klauspost/compress/s2"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
)

// Decode reads a block as Encode wrote it, into memory that b keeps. For any other data it
// returns an error, and then b must not be used.
func (b *Block) Decode(data []byte) error {
	if err := b.ReadNames(data); err != nil {
		return err
	}
	if err := b.DecodeSizes(); err != nil {
		return err
	}
	if err := b.DecodeTimes(); err != nil {
		return err
	}
	if err := b.DecodeDirs(); err != nil {
		return err
	}
	return b.checkSections()
}

// checkSections checks that the sections belong together: that there are as many names as
// numbers and entries in the directories, and that the facts are right.
func (b *Block) checkSections() error {
	n := b.dirs[len(b.dirs)-1].End
	if len(b.ends) != n || len(b.size) != n || len(b.extra) > 0 && b.extra[len(b.extra)-1].entry >= n {
		return ErrDamaged
	}
	if b.head.facts != FactsOf(b) {
		return ErrDamaged
	}
	return nil
}

// ReadNames decodes the head and the names, and leaves everything else undefined.
func (b *Block) ReadNames(data []byte) error {
	if err := b.DecodeHead(data); err != nil {
		return err
	}
	if err := b.DecodeNames(); err != nil {
		return err
	}
	return b.SplitNames()
}

// DecodeHead reads the host and the facts and finds the sections, which are undefined until
// they are decoded. Until then data must not change.
func (b *Block) DecodeHead(data []byte) error {
	no, err := hostOf(data)
	if err != nil {
		return err
	}
	b.host = no
	r := codec.Reader{Rest: data[headLen:]}
	r.Uvarint()
	b.head.facts = Facts{Host: no, Depth: uint16(r.Length(math.MaxUint16)), Taken: r.Varint()}
	names := r.Length(2*len(r.Rest) + 1)
	b.head.ascii = names&1 == 1
	numbers := r.Count()
	first := r.Bytes(names / 2)
	b.head.packed = [3][]byte{first, r.Bytes(numbers), r.Rest}
	if r.Bad || binary.LittleEndian.Uint32(data[1:]) != codec.Checksum(data[headLen:len(data)-len(r.Rest)-numbers]) {
		return fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	copy(b.head.sums[:], data[5:headLen])
	return nil
}

// DecodeCounts decodes kinds and sizes alone, of a block of a file whose pages are proved: it skips
// the names without a look. DecodeDirs may follow.
func (b *Block) DecodeCounts(data []byte) error {
	no, err := hostOf(data)
	if err != nil {
		return err
	}
	r := codec.Reader{Rest: data[headLen:]}
	r.Uvarint()
	r.Length(math.MaxUint16)
	r.Varint()
	names := r.Length(2*len(r.Rest) + 1)
	numbers := r.Count()
	r.Bytes(names / 2)
	b.host = no
	b.head.packed = [3][]byte{nil, r.Bytes(numbers), r.Rest}
	copy(b.head.sums[:], data[5:headLen])
	if r.Bad {
		return ErrDamaged
	}
	return b.DecodeSizes()
}

// unpack checks and unpacks a section that is not the first, into a buffer.
func (b *Block) unpack(section int, to []byte) ([]byte, error) {
	if binary.LittleEndian.Uint32(b.head.sums[4*(section-1):]) != codec.Checksum(b.head.packed[section]) {
		return to, fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	return unpack(b.head.packed[section], to)
}

func unpack(packed, to []byte) ([]byte, error) {
	size, err := s2.DecodedLen(packed)
	if err != nil || size > MaxPart {
		return to, ErrDamaged
	}
	if cap(to) < size {
		to = make([]byte, size+size/4)
	}
	if to, err = s2.Decode(to[:cap(to)], packed); err != nil {
		return to, ErrDamaged
	}
	return to, nil
}

// DecodeNames decodes the names into Text. Entries have none before SplitNames.
func (b *Block) DecodeNames() (err error) {
	b.ends = b.ends[:0]
	b.text, err = unpack(b.head.packed[0], b.text)
	return err
}

// SplitNames finds where each name ends.
func (b *Block) SplitNames() error {
	b.ends = b.ends[:0]
	text, at, last := b.text, 0, 0
	for ; len(text)-at >= 8; at += 8 {
		for nuls := zeroBytes(binary.LittleEndian.Uint64(text[at:])); nuls != 0; nuls &= nuls - 1 {
			end := at + bits.TrailingZeros64(nuls)/8 + 1
			if end == last+1 {
				return ErrDamaged // an empty name
			}
			b.ends, last = append(b.ends, uint32(end)), end
		}
	}
	for ; at < len(text); at++ {
		if text[at] != 0 {
			continue
		}
		if at == last {
			return ErrDamaged
		}
		b.ends, last = append(b.ends, uint32(at+1)), at+1
	}
	if last != len(text) {
		return ErrDamaged
	}
	return nil
}

// zeroBytes returns a number with the top bit of each byte set that is 0 in x.
func zeroBytes(x uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	return ^((x&low + low) | x | low)
}

// DecodeSizes decodes kinds and sizes.
func (b *Block) DecodeSizes() error {
	if err := b.OpenNumbers(); err != nil {
		return err
	}
	n := len(b.numbers.flags)
	b.kind, b.size = codec.Grow(b.kind, n), codec.Grow(b.size, n)
	for i, f := range b.numbers.flags {
		if b.kind[i] = index.Kind(f & 3); b.kind[i] > index.Link {
			return ErrDamaged
		}
	}
	b.numbers.column.Read(b.size)
	for i := range b.size {
		b.size[i]--
	}
	if b.numbers.column.Bad {
		return ErrDamaged
	}
	return nil
}

// OpenNumbers unpacks the numbers and finds their columns, for NumbersOf.
func (b *Block) OpenNumbers() (err error) {
	if b.numbers.data, err = b.unpack(1, b.numbers.data); err != nil {
		return err
	}
	r := codec.Reader{Rest: b.numbers.data}
	n := r.Count()
	b.numbers.unit, b.numbers.flags = int64(r.Length(86400)), r.Bytes(n)
	if r.Bad || b.numbers.unit == 0 {
		return ErrDamaged
	}
	b.numbers.columns = r.Rest
	b.Rewind()
	return nil
}

// Rewind lets NumbersOf begin with the first entry again.
func (b *Block) Rewind() {
	b.numbers.column = codec.Column{Reader: codec.Reader{Rest: b.numbers.columns}}
}

// NumbersOf returns the kind and the size of entry i, after OpenNumbers. It reads forwards:
// i must rise from call to call. It is for few entries; DecodeSizes decodes all.
func (b *Block) NumbersOf(i int) (index.Kind, int64, error) {
	if i >= len(b.numbers.flags) || index.Kind(b.numbers.flags[i]&3) > index.Link {
		return 0, 0, ErrDamaged
	}
	size := b.numbers.column.At(i) - 1
	if b.numbers.column.Bad {
		return 0, 0, ErrDamaged
	}
	return index.Kind(b.numbers.flags[i] & 3), size, nil
}

// DecodeTimes decodes precisions and times, after OpenNumbers or DecodeSizes.
func (b *Block) DecodeTimes() error {
	n := len(b.numbers.flags)
	b.prec, b.unix = codec.Grow(b.prec, n), codec.Grow(b.unix, n)
	for i, f := range b.numbers.flags {
		if b.prec[i] = index.Precision(f >> 2); b.prec[i] > index.Second {
			return ErrDamaged
		}
	}
	b.numbers.column.Skip(n)
	b.numbers.column.Read(b.unix)
	last := int64(0)
	for i, v := range b.unix {
		last += codec.Signed(uint64(v))
		b.unix[i] = last * b.numbers.unit
	}
	if b.numbers.column.Bad || len(b.numbers.column.Rest) > 0 {
		return ErrDamaged
	}
	return nil
}

// DecodeDirs decodes directories, raw names and targets.
func (b *Block) DecodeDirs() (err error) {
	if b.payload, err = b.unpack(2, b.payload); err != nil {
		return err
	}
	r := codec.Reader{Rest: b.payload}
	dirs, paths := r.Count(), r.Length(MaxPart)
	if r.Bad || dirs == 0 {
		return ErrDamaged
	}
	b.parseDirs(&r, dirs, paths)
	if b.parseExtras(&r); r.Bad {
		return ErrDamaged
	}
	return nil
}

func (b *Block) parseDirs(r *codec.Reader, dirs, paths int) {
	b.dirs = codec.Grow(b.dirs, dirs)
	b.scratch = codec.Grow(b.scratch, paths)[:0]
	var last Dir
	for i := range b.dirs {
		flags := r.Byte()
		n := r.Length(len(last.Path))
		own := r.Bytes(r.Count())
		start := len(b.scratch)
		if start+n+len(own) > paths {
			r.Bad = true
		}
		if r.Bad {
			return
		}
		b.scratch = append(append(b.scratch, last.Path[:n]...), own...)
		d := Dir{Cont: flags&dirCont != 0, Path: b.scratch[start:], Way: last.Way, Start: last.End}
		d.Shown = d.Path
		if flags&dirShown != 0 {
			d.Shown = r.Bytes(r.Count())
		}
		if flags&dirSameWay == 0 {
			d.Way = r.Bytes(r.Count())
		}
		d.Taken = last.Taken + r.Varint()
		d.End = d.Start + r.Length(MaxPart)
		b.dirs[i], last = d, d
	}
}

func (b *Block) parseExtras(r *codec.Reader) {
	b.extra = b.extra[:0]
	last := 0
	for len(r.Rest) > 0 && !r.Bad {
		last += r.Length(MaxPart)
		b.extra = append(b.extra, extra{entry: last, raw: r.Optional(), target: r.Optional()})
	}
}
