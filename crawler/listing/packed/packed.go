// Package packed unpacks listing files, whatever they are packed with: packed.go
// tells by the first bytes and keeps the limit, lzw.go reads compress(.Z).
package packed

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// ErrTooLarge is what reading ends in when more comes out than the limit allows.
var ErrTooLarge = errors.New("unpacks to more than is allowed")

// DefaultLimit is enough for the listings of the largest archives, in bytes.
const DefaultLimit = 16 << 30

// window is how much memory an unpacker may take for its dictionary, in bytes.
const window = 128 << 20

// Reader reads what a file holds when it is unpacked.
type Reader struct {
	r       io.Reader
	left    int64  // bytes that may still come out
	packing string // "gzip", "bzip2", "xz", "zstd", "compress" or "plain"
	close   func()
}

var _ io.ReadCloser = (*Reader)(nil)

// NewReader finds out by its first bytes what r is packed with: gzip, bzip2, xz,
// zstd, compress(.Z) or nothing. Reading more than limit bytes in all fails with
// ErrTooLarge; 0 is DefaultLimit. The caller closes the Reader, and r.
func NewReader(r io.Reader, limit int64) (*Reader, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	p := &Reader{left: limit, close: func() {}}
	b := bufio.NewReaderSize(r, 64<<10)
	magic, err := b.Peek(6) // that of xz is the longest
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read listing: %w", err)
	}
	if err := p.open(b, magic); err != nil {
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
		if err = checkXZ(b); err == nil {
			p.r, err = xz.NewReader(b)
		}
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		p.packing = "zstd"
		var d *zstd.Decoder
		if d, err = zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window)); err == nil {
			p.r, p.close = d, d.Close
		}
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

// checkXZ refuses a file whose first block asks for a dictionary beyond window
// (the .xz file format 1.2.0, sections 3.1 and 5.3.1), for the memory would be taken
// at once.
func checkXZ(b *bufio.Reader) error {
	head, _ := b.Peek(64) // it may well be shorter
	if len(head) < 16 || head[12] == 0 {
		return nil // no block, or cut off: for the unpacker to say
	}
	flags, rest := head[13], head[14:]
	for _, present := range []byte{0x40, 0x80} {
		for flags&present != 0 && len(rest) > 1 { // a number of 7 bits a byte
			more := rest[0]&0x80 != 0
			rest = rest[1:]
			if !more {
				break
			}
		}
	}
	const lzma2 = 0x21
	if len(rest) < 3 || rest[0] != lzma2 || rest[1] != 1 {
		return nil // another filter, which the unpacker refuses
	}
	bits := rest[2] & 0x3f
	if size := uint64(2|bits&1) << (bits/2 + 11); size > window {
		return fmt.Errorf("its dictionary of %d MiB is too large", size>>20)
	}
	return nil
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

// Close frees what unpacking takes. It does not close the reader that was given.
func (p *Reader) Close() error {
	p.close()
	return nil
}
