package texts

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	bleve "github.com/blevesearch/bleve_index_api"

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
	seed := maphash.MakeSeed()
	have, err := t.indexed(ctx, seed)
	if err != nil {
		return fmt.Errorf("check the index of texts: %w", err)
	}
	v, err := t.store.View()
	if err != nil {
		return fmt.Errorf("check the texts: %w", err)
	}
	defer v.Close()
	want, news := stored(v, seed, report), map[string]bool{}
	_ = v.EachNews(math.MaxInt, func(_, key []byte) error { // it returns only errors of this function
		news[string(key)] = true
		return nil
	})
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
func stored(v *store.View, seed maphash.Seed, report func(problem string)) map[string]uint64 {
	sums := map[string]uint64{}
	v.TextKeys(func(key []byte) {
		record, err := v.TextAt(key)
		if err != nil {
			report(fmt.Sprintf("the text %q cannot be read: crawl its host anew", key[4:]))
			return
		}
		words := wordsOf(record.Body)
		slices.Sort(words)
		sum := uint64(0)
		for _, word := range slices.Compact(words) {
			sum += maphash.String(seed, word)
		}
		sums[string(key)] = sum
	})
	return sums
}

// indexed returns, by the keys of texts, the sums of the hashes of their words in the index.
func (t *Index) indexed(ctx context.Context, seed maphash.Seed) (sums map[string]uint64, err error) {
	defer segment.Recover(&err)
	t.mu.RLock()
	defer t.mu.RUnlock()
	index, err := t.index.Advanced()
	if err != nil {
		return nil, err
	}
	reader, err := index.Reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	byID, err := sumWords(ctx, reader, seed)
	if err != nil {
		return nil, err
	}
	all, err := reader.DocIDReaderAll()
	if err != nil {
		return nil, err
	}
	defer func() { _ = all.Close() }()
	sums = map[string]uint64{}
	for {
		id, err := all.Next()
		if err != nil || id == nil {
			return sums, err
		}
		key, err := reader.ExternalID(id)
		if err != nil {
			return nil, err
		}
		sums[key] = byID[string(id)]
	}
}

// sumWords returns, by Bleve's internal number of a document, the sums of the hashes of its
// words.
func sumWords(ctx context.Context, reader bleve.IndexReader, seed maphash.Seed) (map[string]uint64, error) {
	words, err := reader.FieldDict("body")
	if err != nil {
		return nil, err
	}
	defer func() { _ = words.Close() }()
	sums := map[string]uint64{}
	for {
		word, err := words.Next()
		if err != nil || word == nil {
			return sums, err
		}
		docs, err := reader.TermFieldReader(ctx, []byte(word.Term), "body", false, false, false)
		if err != nil {
			return nil, err
		}
		for d, err := docs.Next(nil); d != nil || err != nil; d, err = docs.Next(nil) {
			if err != nil {
				return nil, err
			}
			sums[string(d.ID)] += maphash.String(seed, word.Term)
		}
		if err := docs.Close(); err != nil {
			return nil, err
		}
	}
}
