package segment

import (
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	bleve "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// TestMerge compares merged segments, some documents dropped, with the documents that they
// were made of.
func TestMerge(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 5))
	var plugin Plugin
	var segments []segment.Segment
	var drops []*roaring.Bitmap
	want := map[string][]string{} // by term, the IDs of its documents
	next := uint64(1)
	for range 4 {
		var docs []bleve.Document
		drop := roaring.New()
		for i := range 1 + r.IntN(40) {
			d := &Document{Name: string(binary.BigEndian.AppendUint64(nil, next))}
			next++
			for _, gram := range []string{"aaa", "abc", "xyz", "zzz"} {
				if r.IntN(3) == 0 {
					d.Terms.Names += gram
				}
			}
			d.Terms.Keys = []string{"h\x00\x00\x00\x01"}
			if r.IntN(4) == 0 {
				drop.Add(uint32(i))
			} else {
				for j := 0; j < len(d.Terms.Names); j += 3 {
					want[d.Terms.Names[j:j+3]] = append(want[d.Terms.Names[j:j+3]], d.Name)
				}
			}
			docs = append(docs, d)
		}
		s, _, err := plugin.New(docs)
		if err != nil {
			t.Fatal(err)
		}
		segments, drops = append(segments, s), append(drops, drop)
	}
	file := filepath.Join(t.TempDir(), "merged.zap")
	if _, _, err := plugin.Merge(segments, drops, file, make(chan struct{}), nil); err != nil {
		t.Fatal(err)
	}
	merged, err := plugin.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = merged.Close() }()
	dict, err := merged.Dictionary(FieldName)
	if err != nil {
		t.Fatal(err)
	}
	for term, ids := range want {
		list, err := dict.PostingsList([]byte(term), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		eachDoc(list, func(doc uint32) {
			id, _ := merged.DocID(uint64(doc))
			got = append(got, string(id))
		})
		if !slices.Equal(got, ids) {
			t.Errorf("%s: got %q, want %q", term, got, ids)
		}
	}
}
