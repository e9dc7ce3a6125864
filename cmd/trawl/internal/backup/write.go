package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Copier copies the catalogue: index.Copier.
type Copier interface {
	Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error
}

// Write writes a backup of a catalogue and of files beside it. The Parts of m are filled in; begin is called with m when they are
// known, before anything is written. The catalogue is the part called name.
func Write(ctx context.Context, to io.Writer, m *Manifest, name string, c Copier, files *Files, begin func(*Manifest)) error {
	packer, err := zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(window))
	if err != nil {
		return err
	}
	w := &writer{tar: tar.NewWriter(packer), made: m.Made}
	err = c.Copy(ctx, func(size int64) (io.Writer, error) {
		m.Format, m.Parts = format, append([]Part{{name, size}}, files.parts()...)
		begin(m)
		if err := w.manifest(m); err != nil {
			return nil, err
		}
		return w.next(m.Parts[0])
	})
	if err == nil {
		err = w.files(ctx, files)
	}
	if err == nil {
		err = w.end()
	}
	if err != nil {
		packer.Reset(io.Discard) // nothing more is written
		return err
	}
	return packer.Close()
}

// window is how far back zstd looks: what it holds in memory is a few times as much.
const window = 4 << 20

// writer writes the archive and takes sums.
type writer struct {
	tar  *tar.Writer
	made time.Time
	sums []byte // the lines of SHA256SUMS
	part string // that is under way, or ""
	sum  hash.Hash
}

// next begins a part, and ends the one before.
func (w *writer) next(p Part) (io.Writer, error) {
	w.conclude()
	w.part, w.sum = p.Name, sha256.New()
	head := &tar.Header{Typeflag: tar.TypeReg, Name: p.Name, Size: p.Size, Mode: 0o600, ModTime: w.made.Truncate(time.Second), Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(head); err != nil {
		return nil, fmt.Errorf("write the part %s: %w", p.Name, err)
	}
	return io.MultiWriter(w.tar, w.sum), nil
}

// conclude notes the sum of the part that is under way.
func (w *writer) conclude() {
	if w.part != "" {
		w.sums = fmt.Appendf(w.sums, "%x  %s\n", w.sum.Sum(nil), w.part)
	}
	w.part = ""
}

// whole writes a part that is in memory.
func (w *writer) whole(name string, data []byte) error {
	out, err := w.next(Part{name, int64(len(data))})
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

func (w *writer) manifest(m *Manifest) error {
	data, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	return w.whole(manifestName, append(data, '\n'))
}

// files writes the parts beside the catalogue.
func (w *writer) files(ctx context.Context, files *Files) error {
	for _, in := range files.open {
		if err := ctx.Err(); err != nil {
			return err
		}
		out, err := w.next(in.part)
		if err == nil {
			err = in.copy(out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// end writes the sums and ends the archive.
func (w *writer) end() error {
	w.conclude()
	if err := w.whole(sumsName, w.sums); err != nil {
		return err
	}
	return w.tar.Close()
}
