package dictionary

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/s2"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// The bounds of a block of names. A name with more postings stands in the volume several
// times. A block that reaches one of the others ends with that name.
const (
	maxPostings     = 1 << 20 // of one name
	maxPostingBytes = 1 << 20 // of a block
	maxNameBytes    = 1 << 16 // of a block
)

// volumeWriter writes a volume of names that come in order.
type volumeWriter struct {
	dir   string
	size  int // the most names in a block of names
	names int // how many were added

	out       *bufio.Writer       // to the file of names
	n         uint64              // bytes written
	ends      []uint64            // offsets at which the blocks of names end
	sums      []byte              // of the blocks of names, 4 bytes each
	docs      []*segment.Document // of the blocks that no segment has yet
	extractor *postings.Extractor

	block    block.Block // the block of names that is being filled
	postings []byte      // of its names
	encoder  block.Encoder
}

// nameSeq calls do with names in order until do fails or ctx is done. The name is valid
// during the call.
type nameSeq func(ctx context.Context, do func(*repeatedName) error) error

// write writes a volume of the names of some blocks to the disk, and opens it. A block of
// names has size names at most.
func (f *files) write(ctx context.Context, size int, blocks []block.ID, facts []block.Facts, each nameSeq) (v *volume, err error) {
	f.last++
	dir := f.path(f.last)
	if err := disk.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("write the dictionary of repeated names: %w", store.Explain(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the dictionary of repeated names: %w", store.Explain(err))
			_ = os.RemoveAll(dir) // the next Open removes the rest
		}
	}()
	w := &volumeWriter{dir: dir, size: size, extractor: postings.NewExtractor()}
	err = disk.WriteFile(filepath.Join(dir, namesFile), func(out *bufio.Writer) error {
		w.out = out
		if err := each(ctx, w.add); err != nil {
			return err
		}
		return w.finish(blocks, facts)
	})
	if err != nil {
		return nil, err
	}
	if err := disk.SyncDir(dir); err != nil {
		return nil, err
	}
	if v, err = f.open(f.last); err != nil {
		return nil, fmt.Errorf("read it back: %s", err.Error()) // hides ErrDamaged: nothing in use is damaged
	}
	return v, nil
}

// add adds the next name.
func (w *volumeWriter) add(name *repeatedName) error {
	for rest := name.postings; len(rest) > 0; {
		some := rest[:min(len(rest), maxPostings)]
		rest = rest[len(some):]
		b := &w.block
		if b.Len() == 0 {
			b.Reset(0)
		}
		b.AddName(name.name, name.kind, name.size, int64(countPlaces(some)))
		w.postings = appendPostings(w.postings, some)
		w.names++
		if b.Len() < w.size && len(w.postings) < maxPostingBytes && b.TextLen() < maxNameBytes {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

// flush writes the block of names that is being filled, and starts the next one.
func (w *volumeWriter) flush() error {
	b := &w.block
	if b.Len() == 0 {
		return nil
	}
	data := w.encoder.EncodeNames(b, w.postings)
	w.docs = append(w.docs, &segment.Document{Name: postings.DocID(block.ID(len(w.docs))), Terms: w.extractor.Terms(b)})
	w.n += uint64(len(data))
	w.ends = append(w.ends, w.n)
	w.sums = binary.LittleEndian.AppendUint32(w.sums, block.Sum(data))
	w.postings = w.postings[:0]
	b.Reset(0)
	if _, err := w.out.Write(data); err != nil || len(w.docs) < gramsBlocks {
		return err
	}
	return w.segment()
}

// segment writes the segment of the blocks of names that no segment has yet.
func (w *volumeWriter) segment() error {
	if len(w.docs) == 0 {
		return nil
	}
	docs := w.docs
	w.docs = nil
	return disk.WriteFile(gramsFile(w.dir, len(w.ends)-1), func(out *bufio.Writer) error {
		s := segment.NewWriter(out)
		if err := s.Documents(docs); err != nil {
			return err
		}
		return s.Footer()
	})
}

// finish writes the last block, the table and the footer.
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
	packed := s2.Encode(nil, append(p, w.sums...))
	foot := binary.LittleEndian.AppendUint64(nil, w.n)
	foot = binary.LittleEndian.AppendUint32(foot, codec.Checksum(packed))
	foot = binary.LittleEndian.AppendUint32(foot, volumeVersion)
	_, err := w.out.Write(append(packed, foot...))
	return err
}
