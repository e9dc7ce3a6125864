package dtp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
)

// DefaultLevel is the level of compression that a client gets who asks for none.
const DefaultLevel = 3

// ErrCorrupt is the error of an upload in MODE Z that is not compressed as it should be.
var ErrCorrupt = errors.New("the compressed stream is corrupt")

// deflaters keeps compressors of the default level, each of which has some hundreds of KiB.
var deflaters sync.Pool //nolint:gochecknoglobals // a pool

// deflater writes MODE Z: zlib (draft-preston-ftpext-deflate).
type deflater struct {
	*zlib.Writer
	level int
}

// newDeflater returns a writer of MODE Z.
func newDeflater(w io.Writer, level int) io.WriteCloser {
	if level <= 0 || level > 9 {
		level = DefaultLevel
	}
	if level == DefaultLevel {
		if z, ok := deflaters.Get().(*zlib.Writer); ok {
			z.Reset(w)
			return &deflater{z, level}
		}
	}
	z, err := zlib.NewWriterLevel(w, level)
	if err != nil {
		panic(err) // the level is one
	}
	return &deflater{z, level}
}

func (d *deflater) Close() error {
	err := d.Writer.Close()
	if d.level == DefaultLevel {
		d.Reset(io.Discard)
		deflaters.Put(d.Writer)
	}
	return err
}

// inflater reads what a deflater wrote, to the end of the connection. It opens the stream at the first Read, since nothing
// has arrived before.
type inflater struct {
	r *bufio.Reader
	z io.ReadCloser
}

func newInflater(r io.Reader) io.Reader { return &inflater{r: bufio.NewReaderSize(r, 32<<10)} }

func (f *inflater) Read(p []byte) (int, error) {
	if f.z == nil {
		z, err := zlib.NewReader(f.r) // also of nothing there is a stream: a connection without a byte is cut
		if err != nil {
			return 0, corrupt(err)
		}
		f.z = z
	}
	n, err := f.z.Read(p)
	if errors.Is(err, io.EOF) {
		_, err := f.r.Peek(1)
		if err == nil {
			err = fmt.Errorf("%w: something is behind its end", ErrCorrupt)
		}
		return n, err
	}
	return n, corrupt(err)
}

// corrupt marks the errors of zlib; those of the connection stay.
func corrupt(err error) error {
	var bad flate.CorruptInputError
	switch {
	case errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrDictionary),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &bad):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
