package segment

import (
	"bufio"
	"bytes"
	"errors"
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

// Register adds the Plugin to Bleve's registry, where Bleve finds it when it opens an
// index. Only the first call does something.
var Register = sync.OnceFunc(func() { //nolint:gochecknoglobals // guards Bleve's global registry
	scorch.RegisterSegmentPlugin(&Plugin{}, false)
})

// Type implements scorch.SegmentPlugin.
func (*Plugin) Type() string { return Type }

// Version implements scorch.SegmentPlugin.
func (*Plugin) Version() uint32 { return Version }

// Open implements scorch.SegmentPlugin.
func (p *Plugin) Open(path string) (segment.Segment, error) { return p.OpenUsing(path, nil) }

// OpenUsing opens the file of a segment. It returns an error where zap panics because the
// file is cut off.
func (p *Plugin) OpenUsing(path string, config map[string]any) (s segment.Segment, err error) {
	defer RecoverOpening(&err)
	return p.ZapPlugin.OpenUsing(path, config)
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
	if err := w.Documents(docs); err != nil {
		return nil, 0, fmt.Errorf("make a segment: %w", err)
	}
	stats, _ := config[segment.StatsKey].(*segment.Stats)
	if stats == nil {
		stats = new(segment.Stats)
	}
	s, err := zap.InitSegmentBase(out.Bytes(), w.crc, zap.DefaultChunkMode, uint64(len(docs)), w.storedAt, w.fieldsAt, config, stats)
	return s, uint64(out.Len()), err
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
	closing chan struct{}, _ segment.StatsReporter, _ map[string]any,
) (numbers [][]uint64, size uint64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = os.Remove(path) // the error of merging counts
		}
	}()
	defer Recover(&err)
	out := bufio.NewWriterSize(f, 1<<20)
	w := NewWriter(out)
	m := merger{w: w, segments: segments, drops: drops, closing: closing}
	if err := m.merge(); err != nil {
		return nil, 0, err
	}
	if err := errors.Join(w.Footer(), out.Flush(), f.Sync()); err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	return m.numbers, w.n, f.Close()
}
