package texts

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"trawl/index"
	"trawl/index/embedded/internal/block"
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
// more such texts.
func (t *Index) Find(words string, v *store.View) (hits []match.Hit, whole bool, err error) {
	defer segment.Recover(&err)
	hosts, err := v.HostTable()
	if err != nil {
		return nil, false, fmt.Errorf("read the hosts: %w", err)
	}
	all := bleve.NewMatchQuery(strings.Join(wordsOf(words), " "))
	all.SetField("body")
	all.SetOperator(query.MatchQueryOperatorAnd)
	t.mu.RLock()
	defer t.mu.RUnlock()
	found, err := t.index.Search(bleve.NewSearchRequestOptions(all, t.Most, 0, false))
	if err != nil {
		return nil, false, fmt.Errorf("find texts: %w", err)
	}
	hits = make([]match.Hit, 0, len(found.Hits))
	for _, doc := range found.Hits {
		if len(doc.ID) < 4 || !v.HasText([]byte(doc.ID)) {
			continue
		}
		if host, ok := hosts.Ordinals[block.HostNo(binary.BigEndian.Uint32([]byte(doc.ID)))]; ok {
			hits = append(hits, match.Hit{Host: host, Path: index.Path(doc.ID[4:]), Score: doc.Score / found.MaxScore})
		}
	}
	return hits, found.Total <= uint64(t.Most), nil
}

// wordsOf returns the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(match.Fold(text), func(r rune) bool { return !match.IsWord(r) })
}
