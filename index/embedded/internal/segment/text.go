package segment

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// TextPlugin makes and merges the segments of the index of texts. They are those of zap's own
// plugin. It adds what zap lacks: a panic is an error, and the names of new files are on the
// disk before Bleve refers to them.
type TextPlugin struct{ zap.ZapPlugin }

var _ scorch.SegmentPlugin = (*TextPlugin)(nil)

// The name and the version of the TextPlugin that Bleve records in an index.
const (
	TextType    = "trawl-texts"
	TextVersion = 1
)

// Type implements scorch.SegmentPlugin.
func (*TextPlugin) Type() string { return TextType }

// Version implements scorch.SegmentPlugin.
func (*TextPlugin) Version() uint32 { return TextVersion }

// Open verifies the file of a segment and opens it.
func (p *TextPlugin) Open(path string) (segment.Segment, error) {
	if err := Verify(path); err != nil {
		return nil, err
	}
	return p.OpenUsing(path, nil)
}

// OpenUsing implements scorch.SegmentPlugin, as that of the Plugin does.
func (p *TextPlugin) OpenUsing(path string, config map[string]any) (segment.Segment, error) {
	return open(&p.ZapPlugin, path, config)
}

// New implements scorch.SegmentPlugin.
func (p *TextPlugin) New(results []bleve.Document) (segment.Segment, uint64, error) {
	return p.NewUsing(results, nil)
}

// NewUsing makes a segment in memory of documents.
func (p *TextPlugin) NewUsing(results []bleve.Document, config map[string]any) (s segment.Segment, size uint64, err error) {
	err = Guard(func() error {
		s, size, err = p.ZapPlugin.NewUsing(results, config)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("make a segment: %w", err)
	}
	return guarded(s), size, nil
}

// Merge implements scorch.SegmentPlugin.
func (p *TextPlugin) Merge(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, s segment.StatsReporter,
) ([][]uint64, uint64, error) {
	return p.MergeUsing(segments, drops, path, closing, s, nil)
}

// MergeUsing merges segments into one file.
func (p *TextPlugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, s segment.StatsReporter, config map[string]any,
) (numbers [][]uint64, size uint64, err error) {
	zaps := make([]segment.Segment, len(segments))
	for i, s := range segments {
		zaps[i] = bare(s)
	}
	err = Guard(func() error {
		if numbers, size, err = p.ZapPlugin.MergeUsing(zaps, drops, path, closing, s, config); err != nil {
			return err
		}
		return syncName(path)
	})
	if err != nil {
		return nil, 0, err
	}
	return numbers, size, nil
}
