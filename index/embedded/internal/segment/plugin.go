package segment

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"

	"trawl/index/embedded/internal/cores"
)

// Plugin makes and merges the segments of the postings. They are zap segments, and Bleve's
// own plugin reads them. Only the writing differs: it takes terms that are ready and
// sorted, where Bleve counts tokens in maps, and it leaves out the byte for a frequency that
// zap writes with each posting. Bleve knows the Plugin under a name of its own, because zap
// cannot merge segments without these bytes.
type Plugin struct{ zap.ZapPlugin }

var _ scorch.SegmentPlugin = (*Plugin)(nil)

// The name and the version of the Plugin that Bleve records in an index.
const (
	Type    = "trawl"
	Version = 1
)

// Cores is the key in the configuration of segments under which there is the *cores.Pool on which searches compute.
// Making and merging segments gives way to them.
const Cores = "trawlCores"

// workOf returns the work of making a segment by its configuration.
func workOf(config map[string]any) cores.Work {
	pool, _ := config[Cores].(*cores.Pool)
	return pool.Work()
}

// Register adds the plugins to Bleve's registry, where Bleve finds them when it opens an
// index. Only the first call does something.
var Register = sync.OnceFunc(func() { //nolint:gochecknoglobals // guards Bleve's global registry
	scorch.RegisterSegmentPlugin(&Plugin{}, false)
	scorch.RegisterSegmentPlugin(&TextPlugin{}, false)
})

// Type implements scorch.SegmentPlugin.
func (*Plugin) Type() string { return Type }

// Version implements scorch.SegmentPlugin.
func (*Plugin) Version() uint32 { return Version }

// Open verifies the file of a segment and opens it.
func (p *Plugin) Open(path string) (segment.Segment, error) {
	if err := Verify(path); err != nil {
		return nil, err
	}
	return p.OpenUsing(path, nil)
}

// OpenUsing opens the file of a segment for Bleve, which has written it just now, or which
// follow.Prove let open an index of verified files.
func (p *Plugin) OpenUsing(path string, config map[string]any) (segment.Segment, error) {
	return open(&p.ZapPlugin, path, config)
}

// open opens the file of a segment. It returns an error where zap panics because the file is
// cut off.
func open(p *zap.ZapPlugin, path string, config map[string]any) (s segment.Segment, err error) {
	err = Guard(func() error {
		s, err = p.OpenUsing(path, config)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open a segment: %w", err)
	}
	return guarded(s), nil
}

// New makes a segment in memory of documents, each a *Document.
func (p *Plugin) New(results []bleve.Document) (segment.Segment, uint64, error) {
	return p.NewUsing(results, nil)
}

// NewUsing makes a segment in memory of documents, each a *Document. It returns the segment
// and its length in bytes.
func (*Plugin) NewUsing(results []bleve.Document, config map[string]any) (segment.Segment, uint64, error) {
	docs := make([]*Document, len(results))
	for i, r := range results {
		docs[i] = r.(*Document)
	}
	slices.SortFunc(docs, func(a, b *Document) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	w := NewWriter(&out)
	w.work = workOf(config)
	if err := w.Documents(docs); err != nil {
		return nil, 0, fmt.Errorf("make a segment: %w", err)
	}
	stats, _ := config[segment.StatsKey].(*segment.Stats)
	if stats == nil {
		stats = new(segment.Stats)
	}
	s, err := zap.InitSegmentBase(out.Bytes(), w.crc, zap.DefaultChunkMode, uint64(len(docs)), w.storedAt, w.fieldsAt, config, stats)
	if err != nil {
		return nil, 0, fmt.Errorf("make a segment: %w", err)
	}
	return guarded(s), uint64(out.Len()), nil
}

// Merge implements scorch.SegmentPlugin.
func (p *Plugin) Merge(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, s segment.StatsReporter,
) ([][]uint64, uint64, error) {
	return p.MergeUsing(segments, drops, path, closing, s, nil)
}

// MergeUsing merges segments into one file, without the documents in drops. It returns, by
// segment, the new number of each document, or dropped, and the length of the file.
func (*Plugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, _ segment.StatsReporter, config map[string]any,
) (numbers [][]uint64, size uint64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	err = Guard(func() error {
		out := bufio.NewWriterSize(f, 1<<20)
		w := NewWriter(out)
		w.work = workOf(config)
		m := merger{w: w, segments: segments, drops: drops, closing: closing}
		if err := m.merge(); err != nil {
			return err
		}
		numbers, size = m.numbers, w.n
		return cmp.Or(w.Footer(), out.Flush(), f.Sync(), syncName(path))
	})
	if err != nil {
		removeOwn(f, path)
	}
	if err = cmp.Or(err, f.Close()); err != nil {
		return nil, 0, err
	}
	return numbers, size, nil
}

// removeOwn removes a file that could not be written. An index that was made anew meanwhile
// may have another file of that name.
func removeOwn(f *os.File, path string) {
	own, err := f.Stat()
	if err != nil {
		return
	}
	if there, err := os.Stat(path); err == nil && os.SameFile(own, there) {
		_ = os.Remove(path) // the error of writing counts
	}
}
