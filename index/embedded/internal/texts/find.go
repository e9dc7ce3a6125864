package texts

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"trawl/search/fold"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// mostFound is the largest number of texts that a query finds, the best by BM25. If there are
// more its answer says "at least".
const mostFound = 1000

// Resolve gives a plan the texts that hold the words for which it asks, if any. whole is false
// if there are more such texts.
func (t *Index) Resolve(plan *match.Plan, v *store.View) (whole bool, err error) {
	if plan.Text() == "" {
		return true, nil
	}
	hits, whole, err := t.Find(plan.Text(), v)
	if err == nil {
		plan.SetTexts(hits)
	}
	return whole, err
}

// Find returns the texts that hold all of words, the best first. whole is false if there are
// more such texts. Texts that the index does not know as they are it reads one by one, up to
// mostRead; whole is false if there are more of these.
func (t *Index) Find(words string, v *store.View) (hits []match.Hit, whole bool, err error) {
	hosts, err := v.HostTable()
	if err != nil {
		return nil, false, fmt.Errorf("read the hosts: %w", err)
	}
	want := wordsOf(words)
	found, known := t.search(want)
	unknown, whole := t.unknown(v, known)
	whole = whole && found.whole
	var texts []scoredText
	for _, doc := range found.hits {
		there, err := has(v, doc.key)
		if there && !unknown[doc.key] {
			texts = append(texts, doc)
		}
		whole = whole && err == nil
	}
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		holds, err := holds(v, key, want)
		if holds {
			texts = append(texts, scoredText{key: key, score: 1})
		}
		whole = whole && err == nil
	}
	slices.SortStableFunc(texts, func(a, b scoredText) int { return cmp.Compare(b.score, a.score) })
	for _, text := range texts {
		if len(text.key) < 4 {
			continue
		}
		if host, ok := hosts.Ordinals[block.HostNo(binary.BigEndian.Uint32([]byte(text.key)))]; ok {
			hits = append(hits, match.Hit{Host: host, Path: index.Path(text.key[4:]), Score: text.score})
		}
	}
	return hits, whole, nil
}

// scoredText is a text that was found: its key, and how well it fits, 1 for the best.
type scoredText struct {
	key   string
	score float64
}

// foundTexts are the texts that the index finds.
type foundTexts struct {
	hits  []scoredText
	whole bool // there are no more
}

// search asks the index for the texts that hold all of words. known is false if there is no
// index that knows all texts. One that is damaged is opened again, or made anew.
func (t *Index) search(words []string) (found foundTexts, known bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.index == nil || t.stale {
		return foundTexts{whole: true}, false
	}
	all := bleve.NewMatchQuery(strings.Join(words, " "))
	all.SetField("body")
	all.SetOperator(query.MatchQueryOperatorAnd)
	var result *bleve.SearchResult
	err := segment.Guard(func() (err error) {
		result, err = t.index.Search(bleve.NewSearchRequestOptions(all, t.Most, 0, false))
		return err
	})
	if err != nil {
		t.index.handle.Break(err)
		return foundTexts{whole: true}, false
	}
	for _, doc := range result.Hits {
		found.hits = append(found.hits, scoredText{doc.ID, doc.Score / result.MaxScore})
	}
	found.whole = result.Total <= uint64(t.Most)
	return found, true
}

// mostRead is how many texts a search reads one by one.
const mostRead = 256

// unknown returns the texts that the index does not know as they are: the news, or all texts if
// there is no index. whole is false if there are more than mostRead.
func (t *Index) unknown(v *store.View, indexed bool) (keys map[string]bool, whole bool) {
	keys = map[string]bool{}
	add := func(key []byte) error {
		if len(keys) == mostRead && !keys[string(key)] {
			return follow.ErrBatchFull
		}
		keys[string(key)] = true
		return nil
	}
	if indexed {
		err := v.EachNews(math.MaxInt, func(_, key []byte) error { return add(key) })
		return keys, err == nil
	}
	return keys, v.EachText(add) == nil
}

// has reports whether there is a text. It fails if the store cannot be read.
func has(v *store.View, key string) (there bool, err error) {
	defer store.Guarded(&err)()
	return v.HasText([]byte(key)), nil
}

// holds reports whether a text holds all of words. It fails if the text cannot be read.
func holds(v *store.View, key string, words []string) (bool, error) {
	record, err := textAt(v, []byte(key))
	if err != nil || record == nil {
		return false, err
	}
	have := map[string]bool{}
	for _, word := range wordsOf(record.Body) {
		have[word] = true
	}
	for _, word := range words {
		if !have[word] {
			return false, nil
		}
	}
	return len(words) > 0, nil
}

// wordsOf returns the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(fold.String(text), func(r rune) bool { return !fold.IsWord(r) })
}
