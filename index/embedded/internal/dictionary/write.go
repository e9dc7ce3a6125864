package dictionary

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/s2"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// The bounds of what a volume keeps of one name, and of a block of them: what is more
// becomes another name of the same kind, another block.
const (
	maxMentions = 1 << 20
	maxRoster   = 1 << 20 // bytes
	maxNames    = 1 << 16 // bytes, before the last one
)

// volumeWriter writes a volume of names that come in order.
type volumeWriter struct {
	dir   string
	size  int // names a block
	names int // that were added

	out   *bufio.Writer
	n     uint64
	ends  []uint64            // of the blocks of names
	docs  []*segment.Document // of the segment that is not written yet
	terms *postings.Extractor

	block    block.Block
	postings []byte
	encoder  block.Encoder
}

// write makes a volume of some blocks; each calls do with the names in them, in order.
// It is on the disk then.
func (r *Dictionary) write(ctx context.Context, blocks []block.ID, facts []block.Facts, each func(ctx context.Context, do func(*repeated) error) error) (v *volume, err error) {
	r.last++
	dir := r.path(r.last)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("write the roll: %w", store.Explain(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the roll: %w", store.Explain(err))
			_ = os.RemoveAll(dir) // what is left goes with the next open
		}
	}()
	w := &volumeWriter{dir: dir, size: r.size, terms: postings.NewExtractor()}
	err = writeFile(filepath.Join(dir, namesFile), func(out *bufio.Writer) error {
		w.out = out
		if err := each(ctx, w.Add); err != nil {
			return err
		}
		return w.finish(blocks, facts)
	})
	if err != nil {
		return nil, err
	}
	if err := store.SyncDir(dir); err != nil {
		return nil, err
	}
	return r.openVolume(r.last)
}

// writeFile makes a file of what write writes, on the disk.
func writeFile(name string, write func(out *bufio.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	if err = write(out); err == nil {
		err = cmp.Or(out.Flush(), f.Sync())
	}
	return cmp.Or(err, f.Close())
}

// Add takes the next name.
func (w *volumeWriter) Add(t *repeated) error {
	for rest := t.postings; len(rest) > 0; {
		some := rest[:min(len(rest), maxMentions)]
		rest = rest[len(some):]
		b := &w.block
		if b.Len() == 0 {
			b.Reset(0)
		}
		b.AddName(t.name, t.kind, t.size, int64(net(some)))
		w.postings = appendPostings(w.postings, some)
		w.names++
		if b.Len() < w.size && len(w.postings) < maxRoster && b.TextLen() < maxNames {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

// flush writes the names that are gathered as a block.
func (w *volumeWriter) flush() error {
	b := &w.block
	if b.Len() == 0 {
		return nil
	}
	data := w.encoder.EncodeNames(b, w.postings)
	w.docs = append(w.docs, &segment.Document{Name: postings.DocID(block.ID(len(w.docs))), Terms: w.terms.Terms(b)})
	w.n += uint64(len(data))
	w.ends = append(w.ends, w.n)
	w.postings = w.postings[:0]
	b.Reset(0)
	if _, err := w.out.Write(data); err != nil || len(w.docs) < gramsBlocks {
		return err
	}
	return w.segment()
}

// segment writes the segment of the blocks of names that have none.
func (w *volumeWriter) segment() error {
	if len(w.docs) == 0 {
		return nil
	}
	docs := w.docs
	w.docs = nil
	return writeFile(gramsFile(w.dir, len(w.ends)-1), func(out *bufio.Writer) error {
		s := segment.NewWriter(out)
		if err := s.Documents(docs); err != nil {
			return err
		}
		return s.Footer()
	})
}

// finish writes the last block and the table.
func (w *volumeWriter) finish(blocks []block.ID, facts []block.Facts) error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.segment(); err != nil {
		return err
	}
	p := binary.AppendUvarint(nil, uint64(len(blocks)))
	last := block.ID(0)
	for i, id := range blocks {
		f := facts[i]
		for _, n := range []uint64{uint64(id - last), uint64(f.Host), uint64(f.Depth)} {
			p = binary.AppendUvarint(p, n)
		}
		p = binary.AppendVarint(p, f.Taken)
		last = id
	}
	for _, n := range []int{len(w.ends), w.size, w.names} {
		p = binary.AppendUvarint(p, uint64(n))
	}
	before := uint64(0)
	for _, end := range w.ends {
		p = binary.AppendUvarint(p, end-before)
		before = end
	}
	packed := s2.Encode(nil, p)
	foot := binary.LittleEndian.AppendUint64(nil, w.n)
	foot = binary.LittleEndian.AppendUint32(foot, codec.Checksum(packed))
	foot = binary.LittleEndian.AppendUint32(foot, volumeVersion)
	_, err := w.out.Write(append(packed, foot...))
	return err
}
