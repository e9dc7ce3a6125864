package embedded

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"trawl/index"
	"trawl/search"
)

// mostTexts is how many texts a query finds at most, the best by BM25.
const mostTexts = 1000

// find returns the texts that hold all of words, the best first.
func (t *texts) find(words string, m *moment) (hits []search.Hit, err error) {
	defer recoverPostings(&err)
	want := wordsOf(words)
	match := bleve.NewMatchQuery(strings.Join(want, " "))
	match.SetField("body")
	match.SetOperator(query.MatchQueryOperatorAnd)
	t.mu.RLock()
	defer t.mu.RUnlock()
	found, err := t.index.Search(bleve.NewSearchRequestOptions(match, mostTexts, 0, false))
	if err != nil {
		return nil, fmt.Errorf("find texts: %w", err)
	}
	hits = make([]search.Hit, 0, len(found.Hits))
	for _, doc := range found.Hits {
		if len(doc.ID) < 4 {
			continue
		}
		host, ok := m.places[hostNo(binary.BigEndian.Uint32([]byte(doc.ID)))]
		if !ok {
			continue
		}
		var record textRecord
		if ok, err := t.read(m.view.tx, textsBucket, []byte(doc.ID), &record); err != nil || !ok {
			continue // step has told of a damaged one
		}
		path := index.Path(doc.ID[4:])
		snippet := snip(record.Body, want)
		snippet.Path = path
		hits = append(hits, search.Hit{
			Host: host, Path: path, Score: doc.Score / found.MaxScore, Snippet: snippet,
		})
	}
	return hits, nil
}

// wordsOf returns the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(search.Fold(text), func(r rune) bool { return !isWord(r) })
}

// snip returns the line of a text that holds the most of the words, the first of
// such, with marks where they are.
func snip(body string, words []string) (best index.Snippet) {
	most := 0
	for line := range strings.Lines(body) {
		held := 0
		have := wordsOf(line)
		for _, word := range words {
			if slices.Contains(have, word) {
				held++
			}
		}
		if held > most {
			most, best.Line = held, strings.TrimSpace(line)
		}
		if held == len(words) {
			break
		}
	}
	best.Line = strings.Clone(best.Line) // who keeps it does not keep the body
	best.Marks = markWords(best.Line, words)
	return best
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
		if slices.Contains(words, search.Fold(line[start:end])) {
			marks = append(marks, index.Range{Start: start, End: end})
		}
		start = end
	}
	return marks
}

// inWord tells whether a rune is part of a word before it is folded: accents are, of
// which nothing is left then.
func inWord(r rune) bool {
	return isWord(r) || r >= utf8.RuneSelf && search.Fold(string(r)) == ""
}

// describe gives results the descriptions that INDEX texts beside their places
// have of them.
func (t *texts) describe(m *moment, results []index.Result) error {
	nos := make(map[index.HostID]hostNo, len(m.hosts))
	for i := range m.hosts {
		nos[m.hosts[i].ID] = m.nos[i]
	}
	for i := range results {
		r := &results[i]
		for _, place := range r.Places {
			known := abouts{}
			ok, err := t.read(m.view.tx, aboutsBucket, textKey(nos[place.Host], place.Path.Dir()), &known)
			if err != nil {
				return err
			}
			if ok {
				r.About = known.of(place.Path.Base())
			}
			if r.About != "" {
				break
			}
		}
	}
	return nil
}

// of returns what the texts say of a name, the text that is first by name if
// several do.
func (a abouts) of(name string) string {
	first, about := "", ""
	for text, said := range a {
		if s := said[name]; s != "" && (first == "" || text < first) {
			first, about = text, s
		}
	}
	return about
}
