// Package suggest says how a query may go on: the search box of the portal and the API ask it.
package suggest

import (
	"context"
	"strings"
	"time"

	"trawl/index"
	"trawl/search"
	"trawl/web/cached"
	"trawl/web/request"
)

// Most is how many suggestions there are at most.
const Most = 8

// wordsFirst is how many of them are words of names where others are to be had too.
const wordsFirst = 5

// Catalogue is what suggestions are made of.
type Catalogue interface {
	index.Hosts
	index.Searcher
}

// Suggester makes suggestions. Several goroutines may use it.
type Suggester struct {
	catalogue Catalogue
	names     *cached.Value[[]string] // of the hosts
}

// New returns what makes suggestions from a catalogue.
func New(catalogue Catalogue) *Suggester {
	return &Suggester{catalogue, cached.For[[]string](time.Minute)}
}

// Suggest returns the whole texts that a text may become: with words of names ("word"), and what search.Suggest
// returns.
func (s *Suggester) Suggest(ctx context.Context, text string) ([]search.Suggestion, error) {
	out, err := s.words(ctx, text)
	if err != nil {
		return nil, err
	}
	hosts, err := s.hostNames(ctx)
	if err != nil {
		return nil, err
	}
	others := search.Suggest(text, hosts, request.Present(), Most)
	if len(others) > 0 {
		out = out[:min(len(out), max(wordsFirst, Most-len(others)))]
	}
	return append(out, others[:min(len(others), Most-len(out))]...), nil
}

// words returns the texts in which the last word is a whole one.
func (s *Suggester) words(ctx context.Context, text string) ([]search.Suggestion, error) {
	word, replace := search.LastWord(text)
	if len(word) < 2 {
		return nil, nil
	}
	words, err := s.catalogue.Complete(ctx, word, Most)
	var out []search.Suggestion
	for _, w := range words {
		if whole := replace(w); whole != text {
			out = append(out, search.Suggestion{Text: whole, Kind: "word"})
		}
	}
	return out, err
}

// hostNames returns the names of all hosts, each once.
func (s *Suggester) hostNames(ctx context.Context) ([]string, error) {
	return s.names.Get(func() ([]string, error) {
		hosts, err := s.catalogue.Hosts(ctx)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		var names []string
		for i := range hosts {
			if name := strings.ToLower(hosts[i].ID.Name()); !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		return names, nil
	})
}
