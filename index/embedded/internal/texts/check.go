package texts

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// Check verifies that the index has the words of each text and no others, and reports each text
// of which this is not so.
func (t *Index) Check(ctx context.Context, report func(problem string)) error {
	if err := t.CatchUp(ctx); err != nil {
		return fmt.Errorf("check the texts: %w", err)
	}
	t.feeding.Lock() // so that the index does not change
	defer t.feeding.Unlock()
	if t.index == nil {
		return fmt.Errorf("check the texts: %w", errAway)
	}
	seed := maphash.MakeSeed()
	var have map[string]uint64
	err := segment.Guard(func() (err error) {
		have, err = t.indexed(ctx, seed, report)
		return err
	})
	if errors.Is(err, segment.ErrDamaged) {
		t.index.handle.Break(err)
		report("the index of texts cannot be read and is made anew")
		return nil
	}
	if err != nil {
		return fmt.Errorf("check the index of texts: %w", err)
	}
	v, err := t.store.View()
	if err != nil {
		return fmt.Errorf("check the texts: %w", err)
	}
	defer v.Close()
	news := map[string]bool{}
	err = v.EachNews(math.MaxInt, func(_, key []byte) error {
		news[string(key)] = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("check the texts: %w", err)
	}
	want, err := stored(v, seed, report)
	if err != nil {
		return fmt.Errorf("check the texts: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if sum, ok := have[key]; !news[key] && (!ok || sum != want[key]) {
			report(fmt.Sprintf("the index does not know the text %q as it is: run `trawl rebuild`", key[4:]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[key]; !ok && !news[key] {
			report(fmt.Sprintf("the index knows a text that is gone, %q: run `trawl rebuild`", key))
		}
	}
	return nil
}

// stored returns, by the keys of texts, the sums of the hashes of their words in the store. It
// reports texts that cannot be read.
func stored(v *store.View, seed maphash.Seed, report func(problem string)) (map[string]uint64, error) {
	sums := map[string]uint64{}
	err := v.EachText(func(key []byte) error {
		if record, unreadable := textAt(v, key); unreadable != nil {
			report(fmt.Sprintf("the text %q cannot be read: crawl its host anew", key[4:]))
		} else if record != nil {
			sums[string(key)] = sumOf(record.Body, seed)
		}
		return nil
	})
	return sums, err
}

// sumOf returns the sum of the hashes of the words of a text.
func sumOf(body string, seed maphash.Seed) (sum uint64) {
	words := wordsOf(body)
	slices.Sort(words)
	for _, word := range slices.Compact(words) {
		sum += maphash.String(seed, word)
	}
	return sum
}

// indexed returns, by the keys of texts, the sums of the hashes of their words in the index. It
// reports segments whose bytes are not those of their checksums.
func (t *Index) indexed(ctx context.Context, seed maphash.Seed, report func(problem string)) (map[string]uint64, error) {
	state, err := t.index.reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = state.Close() }()
	sums := map[string]uint64{}
	for _, seg := range state.Segments() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := segment.VerifyOpen(seg.Segment()); err != nil {
			report(fmt.Sprintf("the index of texts: %v: run `trawl rebuild`", err))
		}
		byDoc, err := sumWords(seg, seed)
		if err != nil {
			return nil, err
		}
		for docs := seg.DocNumbersLive().Iterator(); docs.HasNext(); {
			doc := docs.Next()
			key, err := seg.DocID(uint64(doc))
			if err != nil {
				return nil, err
			}
			sums[string(key)] += byDoc[doc]
		}
	}
	return sums, nil
}

// sumWords returns, by document of a segment, the sums of the hashes of its words.
func sumWords(seg *scorch.SegmentSnapshot, seed maphash.Seed) ([]uint64, error) {
	dict, err := seg.Segment().Dictionary("body")
	if err != nil {
		return nil, err
	}
	sums := make([]uint64, seg.FullSize())
	for words := dict.AutomatonIterator(nil, nil, nil); ; {
		word, err := words.Next()
		if err != nil || word == nil {
			return sums, err
		}
		list, err := dict.PostingsList([]byte(word.Term), seg.Deleted(), nil)
		if err != nil {
			return nil, err
		}
		sum := maphash.String(seed, word.Term)
		for docs := list.Iterator(false, false, false, nil); ; {
			doc, err := docs.Next()
			if err != nil {
				return nil, err
			}
			if doc == nil {
				break
			}
			sums[doc.Number()] += sum
		}
	}
}
