package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"

	"github.com/klauspost/compress/s2"

	"trawl/index"
)

// A block on disk, format version 1. Numbers are varints (encoding/binary),
// "~" marks signed ones; [n] is n times, in columns.
//
//	byte     version                1
//	uint32   checksum               CRC-32C of all that follows, little endian
//	uvarint  host                   hostNo
//	S2 block of:
//	    uvarint  dirs, entries      how many
//	    uvarint  paths, text        bytes of all paths; of all names with a NUL each
//	    uvarint  lengths            bytes of the column of that name
//	    uvarint  unit               of the times: 1, 60 or 86400 seconds
//	  [dirs]
//	    byte     flags              1 goes on from a block before, 2 shown differs,
//	                                4 way is that of the directory before
//	    uvarint  shared, length     front-coded path: bytes shared with the path before, bytes of its own
//	    bytes    path
//	    uvarint  shown              only if shown differs: length, bytes
//	    uvarint  way                unless it is that of before: length, bytes
//	    ~        taken              less that of the directory before
//	    uvarint  entries            in this block
//	  [entries]  byte     shared    front-coded name: bytes shared with the name before, at most 255
//	  [entries]  byte     flags     kind | precision<<2
//	  [entries]  uvarint  lengths   bytes of its own
//	  [entries]  bytes    names     the bytes of their own
//	  [entries]  uvarint  size      plus 1; 0 is unknown
//	  [entries]  ~        time      in units, less that of the entry before
//	  until the end, for entries with a raw name or a target:
//	    uvarint  entry              less that of the one before
//	    uvarint  raw                length plus 1, bytes; 0: equal to the name
//	    uvarint  target             length plus 1, bytes; 0: none
//
// S2 is at 13 bytes an entry where zstd is at 12, and decodes three times as
// fast (doc/design.md has the table).
const blockVersion = 1

// The flags of a directory.
const (
	dirCont = 1 << iota
	dirShown
	dirSameWay
)

// blockHead is the length of version and checksum.
const blockHead = 5

// maxBlock bounds what a block decodes to: its payload, its paths, its text.
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
type encoder struct{ payload, shares, lengths, names, out []byte }

// encode returns b in the format above, in memory of its own.
func (e *encoder) encode(b *block) []byte {
	unit := b.unit()
	e.names, e.lengths, e.shares = e.names[:0], e.lengths[:0], e.shares[:0]
	for i, last := 0, []byte(nil); i < b.len(); i++ {
		name := b.name(i)
		n := min(shared(last, name), 255)
		e.shares = append(e.shares, byte(n))
		e.lengths = binary.AppendUvarint(e.lengths, uint64(len(name)-n))
		e.names = append(e.names, name[n:]...)
		last = name
	}
	paths := 0
	for i := range b.dirs {
		paths += len(b.dirs[i].path)
	}
	p := e.payload[:0]
	for _, n := range []int{len(b.dirs), b.len(), paths, len(b.text), len(e.lengths), int(unit)} {
		p = binary.AppendUvarint(p, uint64(n))
	}
	p = b.appendDirs(p)
	p = append(p, e.shares...)
	for i, kind := range b.kind {
		p = append(p, byte(kind)|byte(b.prec[i])<<2)
	}
	p = append(append(p, e.lengths...), e.names...)
	for _, size := range b.size {
		p = binary.AppendUvarint(p, uint64(size+1))
	}
	for i, last := 0, int64(0); i < b.len(); i++ {
		p = binary.AppendVarint(p, b.unix[i]/unit-last)
		last = b.unix[i] / unit
	}
	p = b.appendExtras(p)
	e.payload = p

	out := grow(e.out, blockHead+binary.MaxVarintLen32+s2.MaxEncodedLen(len(p)))[:blockHead]
	out[0] = blockVersion
	out = binary.AppendUvarint(out, uint64(b.host))
	head := len(out)
	out = out[:head+len(s2.EncodeBetter(out[head:cap(out)], p))]
	binary.LittleEndian.PutUint32(out[1:], checksum(out[blockHead:]))
	e.out = out
	return bytes.Clone(out)
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

// unit returns the largest of 86400, 60 and 1 that divides all times.
func (b *block) unit() int64 {
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

func (b *block) appendDirs(p []byte) []byte {
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
	if err := b.decodeNames(data); err != nil {
		return err
	}
	return b.decodeRest()
}

// decodeNames decodes the host, the directories and the names, and leaves the
// other columns undefined until decodeRest.
func (b *block) decodeNames(data []byte) error {
	if err := b.decodeHead(data); err != nil {
		return err
	}
	return b.decodeText()
}

// decodeHead decodes the host and the directories. The names are undefined until
// decodeText, the other columns until decodeRest; either may come first.
func (b *block) decodeHead(data []byte) error {
	no, err := blockHost(data)
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(data[1:]) != checksum(data[blockHead:]) {
		return fmt.Errorf("%w: its checksum is wrong", errBlock)
	}
	b.host = no
	_, n := binary.Uvarint(data[blockHead:])
	data = data[blockHead+n:]
	size, err := s2.DecodedLen(data)
	if err != nil || size > maxBlock {
		return errBlock
	}
	if cap(b.payload) < size+slack {
		b.payload = make([]byte, size+size/4+slack)
	}
	payload, err := s2.Decode(b.payload[:cap(b.payload)], data)
	if err != nil {
		return errBlock
	}
	return b.parseHead(reader{rest: payload})
}

// parseHead reads the directories and finds the columns.
func (b *block) parseHead(r reader) error {
	dirs, entries, paths, text := r.count(), r.count(), r.length(maxBlock), r.length(maxBlock)
	lengths, unit := r.count(), r.length(86400)
	if r.bad || dirs == 0 || unit == 0 {
		return errBlock
	}
	b.parseDirs(&r, dirs, paths, entries)
	b.shares, b.flags, b.lengths = r.take(entries), r.take(entries), r.take(lengths)
	own := text - entries
	for _, n := range b.shares {
		own -= int(n)
	}
	if r.bad || own < 0 || own > len(r.rest) {
		return errBlock
	}
	b.names, b.textSize = r.rest[:own], text
	b.rest, b.factor = reader{rest: r.rest[own:]}, int64(unit)
	return nil
}

// decodeText decodes the names that decodeHead has found.
func (b *block) decodeText() error {
	lens := reader{rest: b.lengths}
	if !b.parseNames(&lens) || lens.bad || len(lens.rest) > 0 {
		return errBlock
	}
	return nil
}

// decodeRest decodes the columns behind the names.
func (b *block) decodeRest() error {
	b.parseNumbers(&b.rest, b.flags, b.factor)
	b.parseExtras(&b.rest)
	if b.rest.bad {
		return errBlock
	}
	return nil
}

func (b *block) parseDirs(r *reader, dirs, paths, entries int) {
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
		d.end = d.start + r.length(entries-d.start)
		b.dirs[i], last = d, d
	}
	if last.end != entries {
		r.bad = true
	}
}

// slack is how much may be read and written behind the ends of buffers, so that
// short copies are single moves.
const slack = 16

// move copies n bytes, and if they are few, some more that do not matter.
func move(to, from []byte, n int) {
	if n <= slack && len(to) >= slack && len(from) >= slack {
		*(*[slack]byte)(to) = *(*[slack]byte)(from)
		return
	}
	copy(to[:n], from)
}

// parseNames puts the names together and tells whether they fit.
func (b *block) parseNames(lens *reader) bool {
	b.ends = grow(b.ends, len(b.shares))
	text := grow(b.text, b.textSize+slack)
	names, start, end := b.names, 0, 0
	wide := names[:min(len(names)+slack, cap(names))]
	if bytes.IndexByte(names, 0) >= 0 {
		return false
	}
	for i, share := range b.shares {
		n, own := int(share), lens.length(len(names))
		if n+own == 0 || n > max(end-start-1, 0) || own > len(names) || end+n+own+1 > b.textSize {
			return false
		}
		move(text[end:], text[start:], n)
		move(text[end+n:], wide, own)
		names, wide, start = names[own:], wide[own:], end
		end += n + own + 1
		text[end-1] = 0
		b.ends[i] = uint32(end)
	}
	b.text = text[:b.textSize]
	return end == b.textSize && len(names) == 0
}

func (b *block) parseNumbers(r *reader, flags []byte, unit int64) {
	b.kind, b.prec = grow(b.kind, len(flags)), grow(b.prec, len(flags))
	b.size, b.unix = grow(b.size, len(flags)), grow(b.unix, len(flags))
	for i, f := range flags {
		b.kind[i], b.prec[i] = index.Kind(f&3), index.Precision(f>>2)
		if b.kind[i] > index.Link || b.prec[i] > index.Second {
			r.bad = true
		}
	}
	r.column(b.size)
	for i := range b.size {
		b.size[i]--
	}
	r.column(b.unix)
	last := int64(0)
	for i, v := range b.unix {
		last += int64(uint64(v)>>1) ^ -(v & 1)
		b.unix[i] = last * unit
	}
}

// column reads as many uvarints as there is room for.
func (r *reader) column(to []int64) {
	p := r.rest
	for i := range to {
		if len(p) < 8 {
			r.rest = p
			to[i] = int64(r.uvarint())
			p = r.rest
			continue
		}
		x := binary.LittleEndian.Uint64(p)
		ends := ^x & 0x8080808080808080
		if ends == 0 {
			r.rest = p
			to[i] = int64(r.uvarint())
			p = r.rest
			continue
		}
		n := bits.TrailingZeros64(ends)/8 + 1
		x &= ends ^ (ends - 1) // the bytes up to the first that ends one
		x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
		x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
		to[i] = int64(x&0x000000000fffffff | x&0x0fffffff00000000>>4)
		p = p[n:]
	}
	r.rest = p
}

func (b *block) parseExtras(r *reader) {
	b.extra = b.extra[:0]
	last := 0
	for len(r.rest) > 0 && !r.bad {
		last += r.length(len(b.flags))
		if last >= len(b.flags) {
			r.bad = true
			return
		}
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
