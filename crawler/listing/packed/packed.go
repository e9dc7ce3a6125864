// Package packed unpacks listing files, whatever they are packed with, within limits.
// [NewReader] returns the unpacked bytes.
//
// packed.go detects the packing by the first bytes and keeps the limits, xz.go reads .xz,
// lzw.go compress(.Z).
package packed

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Reading ends with one of these errors.
var (
	ErrTooLarge = errors.New("unpacks to more than is allowed") // Options.Limit, or the dictionary
	ErrMemory   = errors.New("there is no memory for it now")   // Options.Memory is used up
)

// DefaultLimit is how many bytes may come out: enough for the largest archives.
const DefaultLimit = 16 << 30

// window is how many bytes an unpacker may take for its dictionary: as many as xz -9
// asks for.
const window = 64 << 20

// Options bound what unpacking takes.
type Options struct {
	Limit  int64  // bytes that may come out; 0 is DefaultLimit
	Memory Memory // the budget of dictionaries; nil has no limit
}

// Memory is a budget that unpackers share.
type Memory interface {
	Spend(bytes int64) bool // false if so many are not left
	Restore(bytes int64)
}

// Reader reads the unpacked contents of a file.
type Reader struct {
	r       io.Reader
	left    int64  // bytes that may still come out
	packing string // "gzip", "bzip2", "xz", "zstd", "compress" or "plain"
	memory  dictionary
	close   func()
}

var _ io.ReadCloser = (*Reader)(nil)

// NewReader detects the packing of r by its first bytes: gzip, bzip2, xz, zstd,
// compress(.Z) or none. Reading more than the limit fails with ErrTooLarge. The caller
// closes the Reader, and then r.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	p := &Reader{left: cmp.Or(o.Limit, DefaultLimit), memory: dictionary{memory: o.Memory}, close: func() {}}
	b := bufio.NewReaderSize(r, 64<<10)
	magic, err := b.Peek(6) // that of xz is the longest
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read listing: %w", err)
	}
	if err := p.open(b, magic); err != nil {
		p.memory.close()
		return nil, fmt.Errorf("unpack %s: %w", p.packing, err)
	}
	return p, nil
}

func (p *Reader) open(b *bufio.Reader, magic []byte) (err error) {
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		p.packing = "gzip"
		p.r, err = gzip.NewReader(b)
	case bytes.HasPrefix(magic, []byte("BZh")) && len(magic) > 3 && magic[3] >= '1' && magic[3] <= '9':
		p.packing = "bzip2"
		p.r = bzip2.NewReader(b)
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		p.packing = "xz"
		p.r, err = newUnxz(b, &p.memory)
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		p.packing = "zstd"
		err = p.openZstd(b)
	case bytes.HasPrefix(magic, []byte{0x1f, 0x9d}):
		p.packing = "compress"
		_, _ = b.Discard(2) // they were peeked at
		p.r, err = newLZW(b)
	default:
		p.packing = "plain"
		p.r = b
	}
	return err
}

// openZstd unpacks with no larger a window than that of the first frame.
func (p *Reader) openZstd(b *bufio.Reader) error {
	var head zstd.Header
	begin, _ := b.Peek(zstd.HeaderMaxSize) // it may well be shorter
	if err := head.Decode(begin); err != nil {
		return err
	}
	size := head.WindowSize
	if head.SingleSegment {
		size = head.FrameContentSize
	}
	size = max(size, 8<<20) // what each must bear (RFC 8878 section 3.1.1.1.2)
	if err := p.memory.grow(size); err != nil {
		return err
	}
	d, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(size))
	if err != nil {
		return err
	}
	p.r, p.close = d, d.Close
	return nil
}

// dictionary is the memory that an unpacker has taken.
type dictionary struct {
	memory Memory
	size   int64
}

// grow makes it hold so many bytes.
func (d *dictionary) grow(size uint64) error {
	if size > window {
		return fmt.Errorf("its dictionary of %d MiB: %w", size>>20, ErrTooLarge)
	}
	more := int64(size) - d.size
	if more <= 0 {
		return nil
	}
	if d.memory != nil && !d.memory.Spend(more) {
		return fmt.Errorf("its dictionary of %d MiB: %w", size>>20, ErrMemory)
	}
	d.size += more
	return nil
}

func (d *dictionary) close() {
	if d.memory != nil {
		d.memory.Restore(d.size)
	}
	d.size = 0
}

// Read implements io.Reader.
func (p *Reader) Read(b []byte) (int, error) {
	if p.left <= 0 {
		// At the limit only the end may follow.
		var one [1]byte
		if n, err := p.r.Read(one[:]); n == 0 && err != nil {
			return 0, p.wrap(err)
		}
		return 0, fmt.Errorf("unpack %s: %w", p.packing, ErrTooLarge)
	}
	if int64(len(b)) > p.left {
		b = b[:p.left]
	}
	n, err := p.r.Read(b)
	p.left -= int64(n)
	return n, p.wrap(err)
}

func (p *Reader) wrap(err error) error {
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return fmt.Errorf("unpack %s: %w", p.packing, err)
}

// Close gives the memory back. It does not close the reader that NewReader was given.
func (p *Reader) Close() error {
	p.close()
	p.memory.close()
	return nil
}
