package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"unicode/utf8"

	"github.com/klauspost/compress/s2"

	"trawl/index"
)

// A block on disk, format version 2. Numbers are varints (encoding/binary),
// "~" marks signed ones; [n] is n times, in columns.
//
//	byte      version                2
//	uint32    checksum               CRC-32C of host, lengths and names, little endian, as are
//	uint32    checksums              those of numbers and of dirs
//	uvarint   host                   hostNo
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
//	    byte     flags               1 goes on from a block before, 2 shown differs,
//	                                 4 way is that of the directory before
//	    uvarint  shared, length      front-coded path: bytes shared with the path before, bytes of its own
//	    bytes    path
//	    uvarint  shown               only if shown differs: length, bytes
//	    uvarint  way                 unless it is that of before: length, bytes
//	    ~        taken               less that of the directory before
//	    uvarint  entries             in this block
//	  until the end, for entries with a raw name or a target:
//	    uvarint  entry               less that of the one before
//	    uvarint  raw                 length plus 1, bytes; 0: equal to the name
//	    uvarint  target              length plus 1, bytes; 0: none
//
// A search decodes the names of all blocks that may hold what it looks for, the
// numbers of those that do, and the directories where it needs them. S2 is at 13 to 15
// bytes an entry where zstd is at 12, and decodes three times as fast; names that are
// front-coded besides take the same room (doc/design.md has the tables).
//
// Version 1 was one S2 block of it all, its names front-coded.
const blockVersion = 2

// The flags of a directory.
const (
	dirCont = 1 << iota
	dirShown
	dirSameWay
)

// blockHead is the length of version and checksums.
const blockHead = 13

// maxBlock bounds what a part of a block decodes to: its names, its numbers, its
// directories, the paths of these.
const maxBlock = 8 << 20

// errBlock is what decode returns for what is not a block.
var errBlock = errors.New("damaged block")

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// blockHost returns the host of an encoded block without decoding the rest.
func blockHost(data []byte) (hostNo, error) {
	if len(data) <= blockHead || data[0] != blockVersion {
		return 0, errBlock
	}
	no, n := binary.Uvarint(data[blockHead:])
	if n <= 0 || no > 1<<32-1 {
		return 0, errBlock
	}
	return hostNo(no), nil
}

// encoder turns blocks into bytes. It is reused for its buffers.
type encoder struct{ numbers, dirs, packed, out []byte }

// encode returns b in the format above, in memory of its own.
func (e *encoder) encode(b *block) []byte {
	e.numbers = b.appendNumbers(e.numbers[:0])
	e.dirs = b.appendExtras(b.appendDirs(e.dirs[:0]))
	e.packed = e.packed[:0]
	names := e.pack(b.text)
	numbers := e.pack(e.numbers)
	_ = e.pack(e.dirs)

	out := append(e.out[:0], make([]byte, blockHead)...)
	out = binary.AppendUvarint(out, uint64(b.host))
	out = binary.AppendUvarint(out, uint64(names)<<1|ascii(b.text))
	out = binary.AppendUvarint(out, uint64(numbers))
	first := len(out) + names
	out = append(out, e.packed...)
	out[0] = blockVersion
	for i, part := range [][]byte{out[blockHead:first], out[first : first+numbers], out[first+numbers:]} {
		binary.LittleEndian.PutUint32(out[1+4*i:], checksum(part))
	}
	e.out = out
	return bytes.Clone(out)
}

// ascii returns 1 if there is nothing but ASCII in text, else 0.
func ascii(text []byte) uint64 {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return 0
		}
	}
	return 1
}

// pack appends the S2 block of data to e.packed and returns its length.
func (e *encoder) pack(data []byte) int {
	start := len(e.packed)
	e.packed = slices.Grow(e.packed, s2.MaxEncodedLen(len(data)))
	n := len(s2.EncodeBetter(e.packed[start:cap(e.packed)], data))
	e.packed = e.packed[:start+n]
	return n
}

// shared returns how many bytes a and b begin with in common.
func shared(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// timeUnit returns the largest of 86400, 60 and 1 that divides all times.
func (b *block) timeUnit() int64 {
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

func (b *block) appendNumbers(p []byte) []byte {
	unit := b.timeUnit()
	p = binary.AppendUvarint(p, uint64(b.len()))
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

func (b *block) appendDirs(p []byte) []byte {
	paths := 0
	for i := range b.dirs {
		paths += len(b.dirs[i].path)
	}
	p = binary.AppendUvarint(p, uint64(len(b.dirs)))
	p = binary.AppendUvarint(p, uint64(paths))
	var last blockDir
	for i := range b.dirs {
		d := &b.dirs[i]
		flags := byte(0)
		if d.cont {
			flags |= dirCont
		}
		if !bytes.Equal(d.shown, d.path) {
			flags |= dirShown
		}
		if bytes.Equal(d.way, last.way) {
			flags |= dirSameWay
		}
		n := shared(last.path, d.path)
		p = append(p, flags)
		p = binary.AppendUvarint(p, uint64(n))
		p = appendBytes(p, d.path[n:])
		if flags&dirShown != 0 {
			p = appendBytes(p, d.shown)
		}
		if flags&dirSameWay == 0 {
			p = appendBytes(p, d.way)
		}
		p = binary.AppendVarint(p, d.taken-last.taken)
		p = binary.AppendUvarint(p, uint64(d.end-d.start))
		last = *d
	}
	return p
}

func (b *block) appendExtras(p []byte) []byte {
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

// appendBytes appends the length of s, then s.
func appendBytes(p, s []byte) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}

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
	for at := 0; at < len(b.text); {
		n := bytes.IndexByte(b.text[at:], 0)
		if n <= 0 {
			return errBlock
		}
		at += n + 1
		b.ends = append(b.ends, uint32(at))
	}
	return nil
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

// openNumbers finds the columns of the numbers, for decodeSizes or sizeAt.
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
		last += int64(uint64(v)>>1) ^ -(v & 1)
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

// grow returns s with length n, its contents undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
