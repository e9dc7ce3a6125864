package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Read reads a backup to its end and proves it. It calls begin with the manifest, and then part with each part. Nothing that part
// was given is proved before Read returns without an error; it is never longer than the manifest says. An error of begin or part is
// returned.
func Read(ctx context.Context, from io.Reader, begin func(*Manifest) error, part func(p Part, in io.Reader) error) error {
	unpacker, err := zstd.NewReader(from, zstd.WithDecoderMaxWindow(64<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return err
	}
	defer unpacker.Close()
	in := &source{from: unpacker}
	err = read(ctx, in, begin, part)
	if in.failed != nil && !errors.Is(in.failed, io.EOF) {
		return explain(in) // the cause of all else
	}
	return err
}

func read(ctx context.Context, in *source, begin func(*Manifest) error, part func(p Part, in io.Reader) error) error {
	r := &reader{ctx: ctx, tar: tar.NewReader(in)}
	data, err := r.small(manifestName)
	if err != nil {
		if errors.Is(err, errOrder) {
			err = ErrNoBackup
		}
		return err
	}
	m, err := parseManifest(data)
	if err != nil {
		return err
	}
	if err := begin(m); err != nil {
		return err
	}
	for _, p := range m.Parts {
		if err := r.next(p, part); err != nil {
			return err
		}
	}
	want := r.sums
	got, err := r.small(sumsName)
	if err != nil {
		return err
	}
	if string(want) != string(got) {
		return fmt.Errorf("the checksums differ: %w", ErrDamaged)
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows its end: %w", ErrDamaged)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(in, maxRest)) // zstd proves its own checksum at the end
	return err
}

// maxRest is how many bytes may follow the end of the archive: tar fills its last record.
const maxRest = 1 << 20

// source remembers the error of unpacking.
type source struct {
	from   io.Reader
	n      int64 // bytes that came
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.from.Read(b)
	s.n += int64(n)
	if err != nil {
		s.failed = err
	}
	return n, err
}

// explain returns the error of unpacking in words.
func explain(s *source) error {
	err := s.failed
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCut
	case errors.Is(err, zstd.ErrMagicMismatch), s.n == 0 && errors.Is(err, io.EOF):
		return ErrNoBackup
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return ErrNoBackup
	case errors.Is(err, zstd.ErrCRCMismatch), errors.Is(err, zstd.ErrReservedBlockType), errors.Is(err, zstd.ErrCompressedSizeTooBig),
		errors.Is(err, zstd.ErrBlockTooSmall), errors.Is(err, zstd.ErrUnexpectedBlockSize), errors.Is(err, zstd.ErrFrameSizeMismatch), errors.Is(err, zstd.ErrFrameSizeExceeded):
		return ErrDamaged
	}
	return fmt.Errorf("%w (%w)", ErrDamaged, err)
}

// errOrder says that another part comes than must.
var errOrder = fmt.Errorf("its parts are not those of its manifest: %w", ErrDamaged)

// reader reads the archive and takes sums.
type reader struct {
	ctx  context.Context //nolint:containedctx // of one call of Read
	tar  *tar.Reader
	sums []byte // the lines of SHA256SUMS
}

// head reads the head of the part that must come next.
func (r *reader) head(name string) (*tar.Header, error) {
	head, err := r.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrCut
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	case head.Typeflag != tar.TypeReg || head.Name != name:
		return nil, errOrder
	}
	return head, nil
}

// small reads the next part into memory.
func (r *reader) small(name string) (data []byte, err error) {
	head, err := r.head(name)
	if err != nil {
		return nil, err
	}
	if head.Size > maxManifest {
		return nil, ErrDamaged
	}
	if data, err = io.ReadAll(r.tar); err != nil {
		return nil, err
	}
	r.sums = fmt.Appendf(r.sums, "%x  %s\n", sha256.Sum256(data), name)
	return data, nil
}

// next reads the next part.
func (r *reader) next(p Part, part func(p Part, in io.Reader) error) error {
	head, err := r.head(p.Name)
	if err != nil {
		return err
	}
	if head.Size != p.Size {
		return errOrder
	}
	sum := sha256.New()
	in := &counted{ctx: r.ctx, from: io.TeeReader(r.tar, sum)}
	if err := part(p, in); err != nil {
		return err
	}
	if in.n != p.Size {
		return errOrder
	}
	r.sums = fmt.Appendf(r.sums, "%x  %s\n", sum.Sum(nil), p.Name)
	return nil
}

// counted reads until ctx is done, and counts.
type counted struct {
	ctx  context.Context //nolint:containedctx // of one call of Read
	from io.Reader
	n    int64
}

func (c *counted) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.from.Read(b)
	c.n += int64(n)
	return n, err
}
