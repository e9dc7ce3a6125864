package packed

import (
	"bufio"
	"errors"
	"io"
)

// The format of compress(1), .Z files:
//
//	1f 9d flags codes...
//
// flags holds the greatest width of a code in its low 5 bits (9 to 16), and in bit 7
// whether code 256 clears the table. Codes are packed from the lowest bit up, in groups of
// eight codes of one width; where the width changes, the rest of a group is void.

const (
	lzwClear    = 256
	lzwMinWidth = 9
	lzwMaxWidth = 16
)

var errLZW = errors.New("compress(.Z) data are corrupt")

// lzw unpacks what compress(1) packed.
type lzw struct {
	r        *bufio.Reader
	maxWidth int
	clears   bool

	width int // of codes now
	next  int // the next code to be defined
	last  int // the code before, or -1 after a start
	first byte

	group [lzwMaxWidth]byte // up to eight codes
	bits  int               // in group
	at    int               // bits of group that were read

	prefix [1 << lzwMaxWidth]uint16
	suffix [1 << lzwMaxWidth]byte
	out    []byte // not yet given away; the end of buf
	buf    [1 << lzwMaxWidth]byte
	err    error
}

// newLZW begins behind the magic bytes.
func newLZW(r *bufio.Reader) (*lzw, error) {
	flags, err := r.ReadByte()
	if err != nil {
		return nil, errLZW
	}
	z := &lzw{r: r, maxWidth: int(flags & 0x1f), clears: flags&0x80 != 0, width: lzwMinWidth, next: 256, last: -1}
	if z.maxWidth < lzwMinWidth || z.maxWidth > lzwMaxWidth {
		return nil, errLZW
	}
	if z.clears {
		z.next++
	}
	for i := range 256 {
		z.suffix[i] = byte(i)
	}
	return z, nil
}

// Read implements io.Reader.
func (z *lzw) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(z.out) == 0 {
			if z.err == nil {
				z.err = z.step()
			}
			if z.err != nil {
				break
			}
			continue
		}
		m := copy(p[n:], z.out)
		z.out = z.out[m:]
		n += m
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, z.err
}

// step reads one code and puts the bytes that it stands for into out.
func (z *lzw) step() error {
	code, err := z.code()
	if err != nil {
		return err
	}
	if code == lzwClear && z.clears {
		z.next, z.last = lzwClear+1, -1
		z.width, z.bits = lzwMinWidth, 0
		return nil
	}
	switch {
	case code > z.next, code >= z.next && z.last < 0, z.last < 0 && code > 255:
		return errLZW
	}
	at, this := len(z.buf), code
	if code == z.next { // the code that is being defined: the last string and its first byte
		at--
		z.buf[at] = z.first
		code = z.last
	}
	for code > 255 {
		at--
		if at < 1 {
			return errLZW
		}
		z.buf[at] = z.suffix[code]
		code = int(z.prefix[code])
	}
	at--
	z.buf[at] = byte(code)
	z.first, z.out = byte(code), z.buf[at:]
	if z.last >= 0 && z.next < 1<<z.maxWidth {
		z.prefix[z.next], z.suffix[z.next] = uint16(z.last), z.first
		z.next++
	}
	z.last = this
	return nil
}

// code reads one code; io.EOF when there is none left.
func (z *lzw) code() (int, error) {
	if z.width < z.maxWidth && z.next >= 1<<z.width {
		z.width++
		z.bits, z.at = 0, 0
	}
	if z.at+z.width > z.bits {
		n, err := io.ReadFull(z.r, z.group[:z.width])
		if n*8 < z.width {
			if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			return 0, err
		}
		z.bits, z.at = n*8, 0
	}
	i := z.at / 8
	word := uint32(z.group[i]) | uint32(z.group[i+1])<<8
	if i+2 < len(z.group) {
		word |= uint32(z.group[i+2]) << 16
	}
	code := int(word>>(z.at%8)) & (1<<z.width - 1)
	z.at += z.width
	return code, nil
}
