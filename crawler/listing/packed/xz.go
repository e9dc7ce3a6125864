package packed

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mikelolasagasti/xz"
)

// unxz reads .xz files: streams, one after the other, padded or not.
type unxz struct{ r *xz.Reader }

// commonDictionary is what every .xz file may ask for, in bytes: as much as xz -6 does,
// which is its default.
const commonDictionary = 8 << 20

// newUnxz takes the memory for the dictionary before anything is unpacked. No later
// block may ask for a larger one.
func newUnxz(b *bufio.Reader, d *dictionary) (*unxz, error) {
	begin, err := b.Peek(xzBegin) // it may well be shorter
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	size := max(xzDictionary(begin), commonDictionary)
	if err := d.grow(size); err != nil {
		return nil, err
	}
	r, err := xz.NewReader(b, uint32(size))
	return &unxz{r}, xzError(err)
}

func (x *unxz) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	return n, xzError(err)
}

func xzError(err error) error {
	switch {
	case errors.Is(err, xz.ErrMemlimit):
		return fmt.Errorf("its dictionary grows: %w", ErrTooLarge)
	case errors.Is(err, xz.ErrBuf):
		return fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err)
	}
	return err
}

// xzBegin is how many bytes hold the header of a stream and the header of a block at
// their longest.
const xzBegin = 12 + 1024

// xzDictionary returns how large a dictionary the first block of a file asks for, in
// bytes. A file that is damaged asks for none, and fails when it is unpacked. An
// empty stream does not say what follows it, and asks for all that is allowed.
//
// The first block begins so (the .xz file format 1.2.0, sections 3.1 and 5.3):
//
//	1   size of this header in units of 4 bytes, without the first; 0 if there is no block
//	1   flags: 0x40 and 0x80 announce the numbers below
//	0-9 size of the block, packed, as a number of 7 bits a byte
//	0-9 size of the block, unpacked, in the same way
//	    for each filter:
//	1   its identifier, 0x21 for LZMA2
//	1   size of its properties, 1 for LZMA2
//	1   size of the dictionary: 0 is 4 KiB, 1 is 6 KiB, 2 is 8 KiB, ... 40 is 4 GiB
func xzDictionary(begin []byte) uint64 {
	if len(begin) <= 12 || begin[12] == 0 {
		return window
	}
	header := begin[12:min(len(begin), 12+4*(int(begin[12])+1))]
	if len(header) < 2 {
		return 0
	}
	flags, rest := header[1], header[2:]
	for _, present := range []byte{0x40, 0x80} {
		if flags&present == 0 {
			continue
		}
		_, used := binary.Uvarint(rest)
		if used <= 0 {
			return 0
		}
		rest = rest[used:]
	}
	const lzma2 = 0x21
	for len(rest) >= 3 {
		if rest[0] == lzma2 {
			bits := min(rest[2], 40)
			return uint64(2|bits&1) << (bits/2 + 11)
		}
		rest = rest[min(len(rest), 2+int(rest[1])):]
	}
	return 0
}
