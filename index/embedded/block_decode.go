package embedded

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/klauspost/compress/s2"

	"trawl/index"
)

// decode reads a block as encode wrote it, into memory that b keeps. Data that
// encode did not write is an error, whatever it holds, and then b is not to be
// used.
func (b *block) decode(data []byte) error {
	if err := b.readNames(data); err != nil {
		return err
	}
	if err := b.decodeSizes(); err != nil {
		return err
	}
	if err := b.decodeTimes(); err != nil {
		return err
	}
	if err := b.decodeDirs(); err != nil {
		return err
	}
	return b.agree()
}

// agree tells whether the parts are of one block: as many names as numbers, as
// many entries in the directories.
func (b *block) agree() error {
	n := b.dirs[len(b.dirs)-1].end
	if len(b.ends) != n || len(b.size) != n || len(b.extra) > 0 && b.extra[len(b.extra)-1].entry >= n {
		return errBlock
	}
	if b.known && b.facts != factsOf(b) {
		return errBlock
	}
	return nil
}

// readNames decodes the host and the names, and leaves all else undefined.
func (b *block) readNames(data []byte) error {
	if err := b.decodeHead(data); err != nil {
		return err
	}
	if err := b.decodeNames(); err != nil {
		return err
	}
	return b.split()
}

// decodeHead reads the host and finds the parts, which are undefined until they
// are decoded: decodeNames, split and decodeNumbers in any order, then decodeDirs. data must
// not change before.
func (b *block) decodeHead(data []byte) error {
	no, err := blockHost(data)
	if err != nil {
		return err
	}
	b.host = no
	r := reader{rest: data[blockHead:]}
	r.uvarint()
	b.facts, b.known = blockFacts{host: no}, data[0] != blockOldest
	if b.known {
		b.facts.depth, b.facts.taken = uint16(r.length(math.MaxUint16)), r.varint()
	}
	names := r.length(2*len(r.rest) + 1)
	b.ascii = names&1 == 1
	numbers := r.count()
	first := r.take(names / 2)
	b.packed = [3][]byte{first, r.take(numbers), r.rest}
	if r.bad || binary.LittleEndian.Uint32(data[1:]) != checksum(data[blockHead:len(data)-len(r.rest)-numbers]) {
		return fmt.Errorf("%w: its checksum is wrong", errBlock)
	}
	copy(b.sums[:], data[5:blockHead])
	return nil
}

// unpack decodes a part that is not the first into a buffer.
func (b *block) unpack(part int, to []byte) ([]byte, error) {
	if binary.LittleEndian.Uint32(b.sums[4*(part-1):]) != checksum(b.packed[part]) {
		return to, fmt.Errorf("%w: its checksum is wrong", errBlock)
	}
	return unpack(b.packed[part], to)
}

func unpack(packed, to []byte) ([]byte, error) {
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxBlock {
		return to, errBlock
	}
	if cap(to) < size {
		to = make([]byte, size+size/4)
	}
	if to, err = s2.Decode(to[:cap(to)], packed); err != nil {
		return to, errBlock
	}
	return to, nil
}

// decodeNames decodes the names. There are no entries before split.
func (b *block) decodeNames() (err error) {
	b.ends = b.ends[:0]
	b.text, err = unpack(b.packed[0], b.text)
	return err
}

// split tells the names apart.
func (b *block) split() error {
	b.ends = b.ends[:0]
	text, at, last := b.text, 0, 0
	for ; len(text)-at >= 8; at += 8 {
		for nuls := zeroBytes(binary.LittleEndian.Uint64(text[at:])); nuls != 0; nuls &= nuls - 1 {
			end := at + bits.TrailingZeros64(nuls)/8 + 1
			if end == last+1 {
				return errBlock // an empty name
			}
			b.ends, last = append(b.ends, uint32(end)), end
		}
	}
	for ; at < len(text); at++ {
		if text[at] != 0 {
			continue
		}
		if at == last {
			return errBlock
		}
		b.ends, last = append(b.ends, uint32(at+1)), at+1
	}
	if last != len(text) {
		return errBlock
	}
	return nil
}

// zeroBytes returns the top bits of the bytes of x that are 0.
func zeroBytes(x uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	return ^((x&low + low) | x | low)
}

// decodeSizes decodes kinds and sizes.
func (b *block) decodeSizes() error {
	if err := b.openNumbers(); err != nil {
		return err
	}
	n := len(b.flags)
	b.kind, b.size = grow(b.kind, n), grow(b.size, n)
	for i, f := range b.flags {
		if b.kind[i] = index.Kind(f & 3); b.kind[i] > index.Link {
			return errBlock
		}
	}
	b.column.read(b.size)
	for i := range b.size {
		b.size[i]--
	}
	if b.column.bad {
		return errBlock
	}
	return nil
}

// openNumbers finds the columns of the numbers, for decodeSizes or numbersOf.
func (b *block) openNumbers() (err error) {
	if b.numbers, err = b.unpack(1, b.numbers); err != nil {
		return err
	}
	r := reader{rest: b.numbers}
	n := r.count()
	b.unit, b.flags = int64(r.length(86400)), r.take(n)
	if r.bad || b.unit == 0 {
		return errBlock
	}
	b.columns = r.rest
	b.rewind()
	return nil
}

// rewind goes back to where openNumbers was.
func (b *block) rewind() { b.column = column{reader: reader{rest: b.columns}} }

// numbersOf returns the kind and the size of entry i. It is to be asked for ascending
// entries, after openNumbers, instead of decodeSizes.
func (b *block) numbersOf(i int) (index.Kind, int64, error) {
	if i >= len(b.flags) || index.Kind(b.flags[i]&3) > index.Link {
		return 0, 0, errBlock
	}
	size := b.column.at(i) - 1
	if b.column.bad {
		return 0, 0, errBlock
	}
	return index.Kind(b.flags[i] & 3), size, nil
}

// decodeTimes decodes precisions and times, after the sizes.
func (b *block) decodeTimes() error {
	n := len(b.flags)
	b.prec, b.unix = grow(b.prec, n), grow(b.unix, n)
	for i, f := range b.flags {
		if b.prec[i] = index.Precision(f >> 2); b.prec[i] > index.Second {
			return errBlock
		}
	}
	b.column.skip(n)
	b.column.read(b.unix)
	last := int64(0)
	for i, v := range b.unix {
		last += signed(uint64(v))
		b.unix[i] = last * b.unit
	}
	if b.column.bad || len(b.column.rest) > 0 {
		return errBlock
	}
	return nil
}

// decodeDirs decodes directories, raw names and targets.
func (b *block) decodeDirs() (err error) {
	if b.payload, err = b.unpack(2, b.payload); err != nil {
		return err
	}
	r := reader{rest: b.payload}
	dirs, paths := r.count(), r.length(maxBlock)
	if r.bad || dirs == 0 {
		return errBlock
	}
	b.parseDirs(&r, dirs, paths)
	if b.parseExtras(&r); r.bad {
		return errBlock
	}
	return nil
}

func (b *block) parseDirs(r *reader, dirs, paths int) {
	b.dirs = grow(b.dirs, dirs)
	b.scratch = grow(b.scratch, paths)[:0]
	var last blockDir
	for i := range b.dirs {
		flags := r.byte()
		n := r.length(len(last.path))
		own := r.take(r.count())
		start := len(b.scratch)
		if start+n+len(own) > paths {
			r.bad = true
		}
		if r.bad {
			return
		}
		b.scratch = append(append(b.scratch, last.path[:n]...), own...)
		d := blockDir{cont: flags&dirCont != 0, path: b.scratch[start:], way: last.way, start: last.end}
		d.shown = d.path
		if flags&dirShown != 0 {
			d.shown = r.take(r.count())
		}
		if flags&dirSameWay == 0 {
			d.way = r.take(r.count())
		}
		d.taken = last.taken + r.varint()
		d.end = d.start + r.length(maxBlock)
		b.dirs[i], last = d, d
	}
}

func (b *block) parseExtras(r *reader) {
	b.extra = b.extra[:0]
	last := 0
	for len(r.rest) > 0 && !r.bad {
		last += r.length(maxBlock)
		b.extra = append(b.extra, blockExtra{entry: last, raw: r.optional(), target: r.optional()})
	}
}
