package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// verifyBuffer is how many bytes Verify reads at once.
const verifyBuffer = 256 << 10

// Verify reads the file of a segment and returns ErrDamaged if its bytes are not those of the
// checksum at its end: the CRC-32 (IEEE) of all before, 4 bytes, big-endian. It reads without
// mapping the file, so that a page that the disk does not give is an error.
func Verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verify a segment: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("verify a segment: %w", err)
	}
	if info.Size() < 4 {
		return fmt.Errorf("verify the segment %s: %w (it is cut off)", path, ErrDamaged)
	}
	sum, last := crc32.NewIEEE(), make([]byte, 4)
	_, err = io.CopyBuffer(onlyWriter{sum}, io.LimitReader(f, info.Size()-4), make([]byte, verifyBuffer))
	if err == nil {
		_, err = io.ReadFull(f, last)
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("verify the segment %s: %w (it is cut off)", path, ErrDamaged)
	case err != nil:
		return fmt.Errorf("verify a segment: %w", err)
	case binary.BigEndian.Uint32(last) != sum.Sum32():
		return fmt.Errorf("verify the segment %s: %w (its bytes are not those of its checksum)", path, ErrDamaged)
	}
	return nil
}

// VerifyOpen is Verify for a segment that is open. A segment in memory has no file.
func VerifyOpen(s segment.Segment) error {
	if s, ok := s.(segment.PersistedSegment); ok {
		return Verify(s.Path())
	}
	return nil
}

// onlyWriter hides all methods but Write, so that io.CopyBuffer uses its buffer.
type onlyWriter struct{ io.Writer }
