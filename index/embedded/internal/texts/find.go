package texts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// mostFound is how many texts a query finds at most, the best by BM25. What asks for more
// is told that there are at least as many.
const mostFound = 1000

// Resolve looks up what a plan asks of texts. whole is false if more hold its words than the
// plan is told of.
func (t *Index) Resolve(plan *match.Plan, v *store.View) (whole bool, err error) {
	if plan.Text() == "" {
		return true, nil
	}
	hits, whole, err := t.Find(plan.Text(), v)
	if err == nil {
		plan.Found(hits)
	}
	return whole, err
}

// Find returns the texts that hold all of words, the best first. whole is false if
// there are more.
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
		if host, ok := hosts.Places[block.HostNo(binary.BigEndian.Uint32([]byte(doc.ID)))]; ok {
			hits = append(hits, match.Hit{Host: host, Path: index.Path(doc.ID[4:]), Score: doc.Score / found.MaxScore})
		}
	}
	return hits, found.Total <= uint64(t.Most), nil
}

// wordsOf returns the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(match.Fold(text), func(r rune) bool { return !match.IsWord(r) })
}

// snip returns the line of a text that holds the most of the words, the first of
// such, with marks where they are.
func snip(body string, words []string) (best string, marks []index.Range) {
	var folded []byte
	most := 0
	for line := range strings.Lines(body) {
		folded = match.AppendFold(folded[:0], line)
		if held := countHeld(folded, words, most); held > most {
			most, best = held, strings.TrimSpace(line)
		}
		if most == len(words) {
			break
		}
	}
	best = strings.Clone(best) // who keeps it does not keep the body
	return best, markWords(best, words)
}

// countHeld returns how many of the words a folded line holds, or 0 if it is plain that
// they are no more than most.
func countHeld(folded []byte, words []string, most int) (held int) {
	in := 0
	for _, word := range words {
		if bytes.Contains(folded, []byte(word)) {
			in++
		}
	}
	if in <= most {
		return 0
	}
	have := wordsOf(string(folded))
	for _, word := range words {
		if slices.Contains(have, word) {
			held++
		}
	}
	return held
}

// markWords returns where a line holds words.
func markWords(line string, words []string) (marks []index.Range) {
	for start := 0; start < len(line); {
		at := strings.IndexFunc(line[start:], inWord)
		if at < 0 {
			break
		}
		start += at
		end := len(line)
		if n := strings.IndexFunc(line[start:], func(r rune) bool { return !inWord(r) }); n >= 0 {
			end = start + n
		}
		if slices.Contains(words, match.Fold(line[start:end])) {
			marks = append(marks, index.Range{Start: start, End: end})
		}
		start = end
	}
	return marks
}

// inWord tells whether a rune is part of a word before it is folded: accents are, of
// which nothing is left then.
func inWord(r rune) bool {
	return match.IsWord(r) || r >= utf8.RuneSelf && match.Fold(string(r)) == ""
}

// Annotate completes results: with the lines that hold the words of text:, and with
// descriptions.
func (t *Index) Annotate(v *store.View, results []index.Result, words string) error {
	hosts, err := v.HostTable()
	if err != nil {
		return fmt.Errorf("read the hosts: %w", err)
	}
	want := wordsOf(words)
	for i := range results {
		of := results[i].Text
		if of == nil {
			continue
		}
		record, err := v.TextAt(store.TextKey(hosts.Number(of.Host), of.Path))
		if err != nil || record == nil {
			continue // step has told of a damaged one
		}
		of.Line, of.Marks = snip(record.Body, want)
	}
	return describe(v, hosts, results)
}

// describe gives results the descriptions that INDEX texts beside their places
// have of them, the first such place deciding. What the texts of a directory say is read
// once for all results that have their first, second, ... place there.
func describe(v *store.View, hosts *store.HostTable, results []index.Result) error {
	bare := make([]int, len(results))
	for i := range bare {
		bare[i] = i
	}
	for at := 0; len(bare) > 0; at++ {
		beside := map[string][]int{} // results, by the directory of the place
		for _, i := range bare {
			if at < len(results[i].Places) {
				place := &results[i].Places[at]
				key := string(store.TextKey(hosts.Number(place.Host), place.Path.Dir()))
				beside[key] = append(beside[key], i)
			}
		}
		bare = bare[:0]
		for key, of := range beside {
			known, err := v.AboutsAt([]byte(key))
			if err != nil {
				return err
			}
			for _, i := range of {
				if results[i].About = known.Of(results[i].Places[at].Path.Base()); results[i].About == "" {
					bare = append(bare, i)
				}
			}
		}
	}
	return nil
}
