package embedded

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/bits"
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

// segmentPlugin makes and merges the segments of the postings. They are zap
// segments, which Bleve's own plugin reads; what differs is how they are written:
// straight from terms that are ready and sorted, where Bleve goes through maps of
// token frequencies, and without the byte for a frequency that zap spends on each
// posting. It is registered with Bleve under a name of its own, since zap cannot
// merge segments without these bytes.
type segmentPlugin struct{ zap.ZapPlugin }

var _ scorch.SegmentPlugin = (*segmentPlugin)(nil)

// The name and the version under which Bleve notes segmentPlugin in an index.
const (
	segmentType    = "trawl"
	segmentVersion = 1
)

// registerSegments makes segmentPlugin known to Bleve, which has a registry and
// takes it from there when it opens an index.
var registerSegments = sync.OnceFunc(func() { //nolint:gochecknoglobals // guards Bleve's global registry
	scorch.RegisterSegmentPlugin(&segmentPlugin{}, false)
})

// Type implements scorch.SegmentPlugin.
func (*segmentPlugin) Type() string { return segmentType }

// Version implements scorch.SegmentPlugin.
func (*segmentPlugin) Version() uint32 { return segmentVersion }

// Open implements scorch.SegmentPlugin.
func (p *segmentPlugin) Open(path string) (segment.Segment, error) { return p.OpenUsing(path, nil) }

// OpenUsing opens the file of a segment. Where zap would panic because the file
// is cut off, it returns an error.
func (p *segmentPlugin) OpenUsing(path string, config map[string]any) (s segment.Segment, err error) {
	defer recoverSegment(&err)
	return p.ZapPlugin.OpenUsing(path, config)
}

// recoverSegment turns a panic of who opens what is damaged into an error. It is
// to be deferred, by itself.
func recoverSegment(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged segment: %v", r)
	}
}

// New makes a segment in memory of documents that are *posted.
func (p *segmentPlugin) New(results []bleve.Document) (segment.Segment, uint64, error) {
	return p.NewUsing(results, nil)
}

// NewUsing makes a segment in memory of documents that are *posted.
func (*segmentPlugin) NewUsing(results []bleve.Document, config map[string]any) (segment.Segment, uint64, error) {
	docs := make([]*posted, len(results))
	for i, r := range results {
		docs[i] = r.(*posted)
	}
	slices.SortFunc(docs, func(a, b *posted) int { return strings.Compare(a.id, b.id) })
	var out bytes.Buffer
	w := newSegmentWriter(&out)
	if err := w.all(docs); err != nil {
		return nil, 0, fmt.Errorf("make a segment: %w", err)
	}
	stats, _ := config[segment.StatsKey].(*segment.Stats)
	if stats == nil {
		stats = new(segment.Stats)
	}
	s, err := zap.InitSegmentBase(out.Bytes(), w.crc, zap.DefaultChunkMode, uint64(len(docs)), w.storedAt, w.fieldsAt, config, stats)
	return s, uint64(out.Len()), err
}

// all writes documents, in the order of their IDs, as far as finish does.
func (w *segmentWriter) all(docs []*posted) error {
	for _, d := range docs {
		w.doc([]byte(d.id))
	}
	for _, field := range segmentFields() {
		w.field(field)
		switch field {
		case fieldID:
			for i, d := range docs {
				w.term([]byte(d.id), []uint32{uint32(i)})
			}
		case fieldDir:
			w.grams(docs, func(d *posted) string { return d.terms.dirs })
		case fieldName:
			w.grams(docs, func(d *posted) string { return d.terms.names })
		case fieldKey:
			w.keys(docs)
		}
	}
	return w.finish()
}

// grams writes the postings of trigrams.
func (w *segmentWriter) grams(docs []*posted, of func(*posted) string) {
	g := gramPostings{there: make([]uint64, 1<<24/64), before: make([]uint32, 1<<24/64)}
	for _, d := range docs {
		g.note(of(d))
	}
	g.rank()
	for _, d := range docs {
		g.count(of(d))
	}
	g.lay()
	for i, d := range docs {
		g.fill(of(d), uint32(i))
	}
	g.each(w.term)
}

// keys writes the postings of keys.
func (w *segmentWriter) keys(docs []*posted) {
	of := map[string][]uint32{}
	for i, d := range docs {
		for _, key := range d.terms.keys {
			of[key] = append(of[key], uint32(i))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		w.term([]byte(key), of[key])
	}
}

// gramPostings turns the trigrams of documents into the documents of trigrams, by
// counting: note all, rank, count all, lay, fill all, each.
type gramPostings struct {
	there  []uint64 // a bit for each trigram that occurs
	before []uint32 // for each word of there, how many bits are set in those before
	ends   []uint32 // for each trigram that occurs, in order: where its documents end
	docs   []uint32
}

func gramAt(grams string, i int) uint32 {
	return uint32(grams[i])<<16 | uint32(grams[i+1])<<8 | uint32(grams[i+2])
}

func (g *gramPostings) note(grams string) {
	for i := 0; i < len(grams); i += 3 {
		gram := gramAt(grams, i)
		g.there[gram>>6] |= 1 << (gram & 63)
	}
}

func (g *gramPostings) rank() {
	n := uint32(0)
	for i, word := range g.there {
		g.before[i] = n
		n += uint32(bits.OnesCount64(word))
	}
	g.ends = make([]uint32, n+1)
}

// place returns the rank of a trigram among those that occur.
func (g *gramPostings) place(gram uint32) uint32 {
	below := g.there[gram>>6] & (1<<(gram&63) - 1)
	return g.before[gram>>6] + uint32(bits.OnesCount64(below))
}

func (g *gramPostings) count(grams string) {
	for i := 0; i < len(grams); i += 3 {
		g.ends[g.place(gramAt(grams, i))+1]++
	}
}

// lay makes room: from here until all is filled, ends are where documents go.
func (g *gramPostings) lay() {
	for i := 1; i < len(g.ends); i++ {
		g.ends[i] += g.ends[i-1]
	}
	g.docs = make([]uint32, g.ends[len(g.ends)-1])
}

func (g *gramPostings) fill(grams string, doc uint32) {
	for i := 0; i < len(grams); i += 3 {
		at := &g.ends[g.place(gramAt(grams, i))]
		g.docs[*at] = doc
		*at++
	}
}

func (g *gramPostings) each(do func(term []byte, docs []uint32)) {
	start, n := uint32(0), 0
	for i, word := range g.there {
		for ; word != 0; word &= word - 1 {
			gram := uint32(i)<<6 | uint32(bits.TrailingZeros64(word))
			do([]byte{byte(gram >> 16), byte(gram >> 8), byte(gram)}, g.docs[start:g.ends[n]])
			start = g.ends[n]
			n++
		}
	}
}

// Merge implements scorch.SegmentPlugin.
func (p *segmentPlugin) Merge(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, s segment.StatsReporter,
) ([][]uint64, uint64, error) {
	return p.MergeUsing(segments, drops, path, closing, s, nil)
}

// MergeUsing writes one segment of several into a file, without the documents in
// drops. It returns the new number of each document, or dropped, and the length
// of the file.
func (*segmentPlugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string,
	closing chan struct{}, _ segment.StatsReporter, _ map[string]any,
) (numbers [][]uint64, size uint64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = os.Remove(path) // the error of merging is the one to tell
		}
	}()
	defer recoverPostings(&err)
	out := bufio.NewWriterSize(f, 1<<20)
	w := newSegmentWriter(out)
	m := segmentMerger{w: w, segments: segments, drops: drops, closing: closing}
	if err := m.merge(); err != nil {
		return nil, 0, err
	}
	w.footer()
	if err := errors.Join(w.err, out.Flush(), f.Sync()); err != nil {
		return nil, 0, fmt.Errorf("merge segments: %w", err)
	}
	return m.numbers, w.n, f.Close()
}
