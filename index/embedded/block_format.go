package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"slices"

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
//	uvarint   lengths                of names and of numbers
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
	out = binary.AppendUvarint(out, uint64(names))
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
	names, numbers := r.count(), r.count()
	first := r.take(names)
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

// decodeSizes decodes kinds, precisions and sizes.
func (b *block) decodeSizes() (err error) {
	if b.numbers, err = b.unpack(1, b.numbers); err != nil {
		return err
	}
	b.times = reader{rest: b.numbers}
	n := b.times.count()
	b.unit = int64(b.times.length(86400))
	b.parseFlags(&b.times, b.times.take(n))
	b.size = grow(b.size, n)
	b.times.column(b.size)
	for i := range b.size {
		b.size[i]--
	}
	if b.times.bad || b.unit == 0 {
		return errBlock
	}
	return nil
}

// decodeTimes decodes the times, after decodeSizes.
func (b *block) decodeTimes() error {
	b.unix = grow(b.unix, len(b.size))
	b.times.column(b.unix)
	last := int64(0)
	for i, v := range b.unix {
		last += int64(uint64(v)>>1) ^ -(v & 1)
		b.unix[i] = last * b.unit
	}
	if b.times.bad || len(b.times.rest) > 0 {
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

func (b *block) parseFlags(r *reader, flags []byte) {
	b.kind, b.prec = grow(b.kind, len(flags)), grow(b.prec, len(flags))
	for i, f := range flags {
		b.kind[i], b.prec[i] = index.Kind(f&3), index.Precision(f>>2)
		if b.kind[i] > index.Link || b.prec[i] > index.Second {
			r.bad = true
		}
	}
}

// column reads as many uvarints as there is room for.
func (r *reader) column(to []int64) {
	p, at := r.rest, 0
	for i := range to {
		if len(p)-at >= 8 {
			x := binary.LittleEndian.Uint64(p[at:])
			if x&0x80 == 0 {
				to[i] = int64(x & 0x7f)
				at++
				continue
			}
			if ends := ^x & 0x8080808080808080; ends != 0 {
				at += bits.TrailingZeros64(ends)/8 + 1
				x &= ends ^ (ends - 1) // the bytes up to the first that ends one
				x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
				x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
				to[i] = int64(x&0x000000000fffffff | x&0x0fffffff00000000>>4)
				continue
			}
		}
		r.rest = p[at:]
		to[i] = int64(r.uvarint())
		p, at = r.rest, 0
	}
	r.rest = p[at:]
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

// reader takes a payload apart. After the first thing that does not fit it is
// bad and returns zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) fail() { r.bad, r.rest = true, nil }

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		c := r.rest[0]
		r.rest = r.rest[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// length reads a number that is at most limit.
func (r *reader) length(limit int) int {
	v := r.uvarint()
	if v > uint64(limit) {
		r.fail()
		return 0
	}
	return int(v)
}

// count reads the number of things that take at least a byte each.
func (r *reader) count() int { return r.length(len(r.rest)) }

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	s := r.rest[:n:n]
	r.rest = r.rest[n:]
	return s
}

// optional reads bytes whose length is one more than it is, 0 for nil.
func (r *reader) optional() []byte {
	n := r.count()
	if n == 0 {
		return nil
	}
	return r.take(n - 1)
}
