package packed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"

	"github.com/ulikunitz/xz/lzma"
)

// unxz reads .xz files (the .xz file format 1.2.0): streams, one after the other,
// each of
//
//	header   12 bytes, which name the kind of checks
//	blocks   a header, LZMA2 chunks, padding to a multiple of 4, the check
//	index    a zero byte, the sizes of the blocks, padding, CRC32
//	footer   12 bytes
//
// The package xz reads them too, but takes whatever memory a block asks for. Here
// each block says before what it wants.
type unxz struct {
	r      *bufio.Reader
	n      int64 // bytes read of r
	memory *dictionary
	flag   byte      // kind of checks
	check  hash.Hash // of the block; nil before the first stream
	size   int       // of the check, in bytes
	begin  int64     // of the chunks of the block, in r
	block  io.Reader // its contents; nil between blocks
	ended  bool      // a stream has
}

const (
	xzMagic  = "\xfd7zXZ\x00"
	xzFooter = "YZ"
)

var errXZ = errors.New("not an .xz file, or damaged")

func newUnxz(r *bufio.Reader, d *dictionary) (*unxz, error) {
	x := &unxz{r: r, memory: d}
	return x, x.next()
}

func (x *unxz) Read(p []byte) (int, error) {
	for {
		if x.block == nil {
			if err := x.next(); err != nil {
				return 0, err
			}
			continue
		}
		n, err := x.block.Read(p)
		_, _ = x.check.Write(p[:n]) // a hash takes all
		if errors.Is(err, io.EOF) {
			x.block = nil
			err = x.close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// source counts what the unpacker of a block reads.
type source struct{ *unxz }

func (s source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	return n, err
}

func (s source) ReadByte() (byte, error) {
	b, err := s.r.ReadByte()
	if err == nil {
		s.n++
	}
	return b, err
}

// take reads n bytes.
func (x *unxz) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(source{x}, b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// next goes to the next block, over the end of a stream and the header of another
// one. io.EOF is the end of the last stream.
func (x *unxz) next() error {
	if x.check == nil || x.ended {
		if err := x.stream(); err != nil {
			return err
		}
	}
	size, err := source{x}.ReadByte()
	if err != nil {
		return unexpected(err)
	}
	if size == 0 {
		return x.index()
	}
	rest, err := x.take(4*(int(size)+1) - 1)
	if err != nil {
		return err
	}
	return x.open(append([]byte{size}, rest...))
}

// stream reads the header of a stream, after the padding that may be before it.
func (x *unxz) stream() error {
	for x.ended {
		zeros, err := x.r.Peek(4)
		if len(zeros) == 0 && errors.Is(err, io.EOF) {
			return io.EOF
		}
		if !bytes.Equal(zeros, make([]byte, 4)) {
			break
		}
		if _, err := x.take(4); err != nil {
			return err
		}
	}
	head, err := x.take(12)
	if err != nil {
		return err
	}
	if string(head[:6]) != xzMagic || head[6] != 0 || crc32.ChecksumIEEE(head[6:8]) != binary.LittleEndian.Uint32(head[8:]) {
		return errXZ
	}
	x.ended, x.flag = false, head[7]
	switch x.flag {
	case 0:
		x.check, x.size = crc32.NewIEEE(), 0
	case 1:
		x.check, x.size = crc32.NewIEEE(), 4
	case 4:
		x.check, x.size = crc64.New(crc64.MakeTable(crc64.ECMA)), 8
	case 10:
		x.check, x.size = sha256.New(), 32
	default:
		return fmt.Errorf("%w: checks of kind %d", errXZ, x.flag)
	}
	return nil
}

// open begins a block by its header.
func (x *unxz) open(head []byte) error {
	body := head[:len(head)-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(head[len(body):]) {
		return errXZ
	}
	flags, rest := body[1], body[2:]
	whole := uint64(0) // bytes of the block's contents; 0 is not known
	for _, present := range []byte{0x40, 0x80} {
		if flags&present == 0 {
			continue
		}
		n, used := binary.Uvarint(rest)
		if used <= 0 {
			return errXZ
		}
		if rest = rest[used:]; present == 0x80 {
			whole = n
		}
	}
	const lzma2 = 0x21
	if flags&0x3f != 0 || len(rest) < 3 || rest[0] != lzma2 || rest[1] != 1 || rest[2] > 40 {
		return fmt.Errorf("%w: a filter that is not LZMA2 alone", errXZ)
	}
	bits := rest[2]
	window := uint64(2|bits&1) << (bits/2 + 11)
	if whole > 0 {
		window = max(min(window, whole), lzma.MinDictCap)
	}
	if err := x.memory.grow(window); err != nil {
		return err
	}
	x.check.Reset()
	x.begin = x.n
	var err error
	x.block, err = lzma.Reader2Config{DictCap: int(window)}.NewReader2(source{x})
	return err
}

// close reads what follows the chunks of a block.
func (x *unxz) close() error {
	if _, err := x.take(int(-(x.n - x.begin) & 3)); err != nil {
		return err
	}
	told, err := x.take(x.size)
	if err != nil {
		return err
	}
	sum := x.check.Sum(nil)
	if x.flag != 10 { // big endian here, little endian there
		slices.Reverse(sum)
	}
	if !bytes.Equal(told, sum[:x.size]) {
		return fmt.Errorf("%w: a check fails", errXZ)
	}
	return nil
}

// index reads over the index and the footer of a stream: the blocks have told all.
func (x *unxz) index() error {
	begin := x.n - 1
	records, err := binary.ReadUvarint(source{x})
	for range 2 * records {
		if err == nil {
			_, err = binary.ReadUvarint(source{x})
		}
		if err != nil {
			return unexpected(err)
		}
	}
	if err != nil {
		return unexpected(err)
	}
	if _, err := x.take(int(-(x.n-begin)&3) + 4); err != nil {
		return err
	}
	foot, err := x.take(12)
	if err == nil && string(foot[10:]) != xzFooter {
		err = errXZ
	}
	x.ended = true
	return err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
