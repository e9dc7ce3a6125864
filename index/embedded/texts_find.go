package embedded

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
	"trawl/index/match"
)

// mostTexts is how many texts a query finds at most, the best by BM25. What asks for more
// is told that there are at least as many.
const mostTexts = 1000

// ask looks up what a plan asks of texts. whole is false if more hold its words than the
// plan is told of.
func (t *texts) ask(plan *match.Plan, m *moment) (whole bool, err error) {
	if plan.Text() == "" {
		return true, nil
	}
	hits, whole, err := t.find(plan.Text(), m)
	if err == nil {
		plan.SetTexts(hits)
	}
	return whole, err
}

// find returns the texts that hold all of words, the best first. whole is false if
// there are more.
func (t *texts) find(words string, m *moment) (hits []match.Hit, whole bool, err error) {
	defer recoverPostings(&err)
	all := bleve.NewMatchQuery(strings.Join(wordsOf(words), " "))
	all.SetField("body")
	all.SetOperator(query.MatchQueryOperatorAnd)
	t.mu.RLock()
	defer t.mu.RUnlock()
	found, err := t.index.Search(bleve.NewSearchRequestOptions(all, t.most, 0, false))
	if err != nil {
		return nil, false, fmt.Errorf("find texts: %w", err)
	}
	hits = make([]match.Hit, 0, len(found.Hits))
	for _, doc := range found.Hits {
		if len(doc.ID) < 4 || m.view.tx.Bucket([]byte(textsBucket)).Get([]byte(doc.ID)) == nil {
			continue
		}
		if host, ok := m.places[hostNo(binary.BigEndian.Uint32([]byte(doc.ID)))]; ok {
			hits = append(hits, match.Hit{Host: host, Path: index.Path(doc.ID[4:]), Score: doc.Score / found.MaxScore})
		}
	}
	return hits, found.Total <= uint64(t.most), nil
}

// wordsOf returns the words of a text, folded.
func wordsOf(text string) []string {
	return strings.FieldsFunc(match.Fold(text), func(r rune) bool { return !isWord(r) })
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
	return isWord(r) || r >= utf8.RuneSelf && match.Fold(string(r)) == ""
}

// tell completes results: with the lines that hold the words of text:, and with
// descriptions.
func (t *texts) tell(m *moment, results []index.Result, words string) error {
	nos := make(map[index.HostID]hostNo, len(m.hosts))
	for i := range m.hosts {
		nos[m.hosts[i].ID] = m.nos[i]
	}
	want := wordsOf(words)
	for i := range results {
		of := results[i].Text
		if of == nil {
			continue
		}
		var record textRecord
		if ok, err := t.read(m.view.tx, textsBucket, textKey(nos[of.Host], of.Path), &record); err != nil || !ok {
			continue // step has told of a damaged one
		}
		of.Line, of.Marks = snip(record.Body, want)
	}
	return t.describe(m, nos, results)
}

// describe gives results the descriptions that INDEX texts beside their places
// have of them, the first such place deciding. What the texts of a directory say is read
// once for all results that have their first, second, ... place there.
func (t *texts) describe(m *moment, nos map[index.HostID]hostNo, results []index.Result) error {
	bare := make([]int, len(results))
	for i := range bare {
		bare[i] = i
	}
	for at := 0; len(bare) > 0; at++ {
		beside := map[string][]int{} // results, by the directory of the place
		for _, i := range bare {
			if at < len(results[i].Places) {
				place := &results[i].Places[at]
				key := string(textKey(nos[place.Host], place.Path.Dir()))
				beside[key] = append(beside[key], i)
			}
		}
		bare = bare[:0]
		for key, of := range beside {
			known := abouts{}
			if _, err := t.read(m.view.tx, aboutsBucket, []byte(key), &known); err != nil {
				return err
			}
			for _, i := range of {
				if results[i].About = known.of(results[i].Places[at].Path.Base()); results[i].About == "" {
					bare = append(bare, i)
				}
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
