package dtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// MODE B sends blocks (RFC 959 section 3.4.2). Each begins with a header of three bytes:
//
//	descriptor  8 bits   what the block is, see below
//	count      16 bits   how many bytes follow, the high byte first
//
//	80 00 05 "a line"[:5]  the end of a record       40 00 00  the end of the file

// The descriptors of blocks.
const (
	endRecord = 0x80 // the end of the block is that of a record
	endFile   = 0x40 // the end of the block is that of the file
	suspect   = 0x20 // the sender does not trust the bytes
	restart   = 0x10 // the bytes are a restart marker
)

const (
	longestBlock  = 1<<16 - 1
	longestMarker = 128
	mostEmpty     = 1000 // blocks without content, one after the other
)

// blocks writes MODE B. A record is cut where it is longer than a block.
type blocks struct {
	w      io.Writer
	header [3]byte
}

func (b *blocks) Write(p []byte) (int, error) {
	if err := b.record(p, false); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (b *blocks) record(p []byte, end bool) error {
	for len(p) > 0 || end {
		n := min(len(p), longestBlock)
		descriptor := byte(0)
		if end && n == len(p) {
			descriptor, end = endRecord, false
		}
		if err := b.put(descriptor, p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

func (b *blocks) put(descriptor byte, p []byte) error {
	b.header[0] = descriptor
	binary.BigEndian.PutUint16(b.header[1:], uint16(len(p)))
	if _, err := b.w.Write(b.header[:]); err != nil || len(p) == 0 {
		return err
	}
	_, err := b.w.Write(p)
	return err
}

func (b *blocks) Close() error { return b.put(endFile, nil) }

// unblock reads what blocks writes. Each record gives a line.
type unblock struct {
	r       *bufio.Reader
	records bool
	mark    func(marker string) error
	header  [3]byte
	left    int  // bytes of the block
	then    byte // the descriptor of the block, until it has ended
	empty   int  // see mostEmpty
}

func (b *unblock) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch {
		case b.left > 0:
			return b.content(p)
		case b.then&endRecord != 0:
			b.then &^= endRecord
			p[0], b.empty = '\n', 0
			return 1, nil
		case b.then&endFile != 0:
			return 0, atEnd(b.r, false)
		}
		if err := b.next(); err != nil {
			return 0, err
		}
	}
}

// content reads a part of what is left of a block.
func (b *unblock) content(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	b.empty = 0
	if b.records && bytes.IndexByte(p[:n], '\n') >= 0 {
		return 0, errLine
	}
	return n, noEnd(err)
}

// next reads the header of a block, and all of one that holds a restart marker.
func (b *unblock) next() error {
	if _, err := io.ReadFull(b.r, b.header[:]); err != nil {
		return noEnd(err)
	}
	b.then, b.left = b.header[0], int(binary.BigEndian.Uint16(b.header[1:]))
	if b.empty++; b.empty > mostEmpty {
		return FormError("too many blocks have no content")
	}
	switch {
	case b.then == restart:
		return b.marker()
	case b.then&^(endRecord|endFile|suspect) != 0:
		return FormError("a block has a descriptor that is not known: MODE B wants blocks with a header")
	case b.then&suspect != 0:
		return FormError("the sender does not trust a block: this is not kept as a whole file")
	case b.then&endRecord != 0 && !b.records:
		return FormError("a block ends a record, and this is STRU F: use STRU R")
	}
	return nil
}

// marker reads a restart marker: printable characters without blanks (RFC 959 section 3.5).
func (b *unblock) marker() error {
	m := make([]byte, min(b.left, longestMarker+1))
	if _, err := io.ReadFull(b.r, m); err != nil {
		return noEnd(err)
	}
	printable := func(c byte) bool { return c > ' ' && c < 0x7f }
	for _, c := range m {
		if !printable(c) {
			m = nil
			break
		}
	}
	if len(m) == 0 || len(m) > longestMarker {
		return FormError("a restart marker has up to 128 printable characters")
	}
	b.then, b.left = 0, 0
	return b.mark(string(m))
}
