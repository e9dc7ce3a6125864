package indextest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/match"
)

// Search implements index.Searcher: it shows every entry to one counter, and then to
// one collector.
func (b *Brute) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	start := time.Now()
	hosts := b.allHosts()
	plan, err := match.Compile(q, hosts, nil)
	if err != nil {
		return index.Answer{}, err
	}
	if words := plan.Text(); words != "" {
		plan.SetTexts(b.textHits(words, hosts))
	}
	counter := plan.Counter()
	enter := func(d match.Directory) match.Probe {
		counter.Begin(d.Host, 0)
		return counter.Enter(d)
	}
	b.each(hosts, enter, func(e *index.Entry, folded []byte) { counter.Entry(e, folded) })
	if err := ctx.Err(); err != nil {
		return index.Answer{}, err
	}
	choice := plan.Choose(counter)
	collector := choice.Collector()
	b.each(hosts, collector.Enter, collector.Entry)
	answer := choice.Answer(true, collector)
	b.describe(answer.Results)
	for i := range answer.Results {
		if of := answer.Results[i].Text; of != nil {
			of.Line = bestLine(b.texts[of.Host][of.Path].Body, strings.FieldsFunc(fold.String(plan.Text()), notWord))
		}
	}
	answer.Took = time.Since(start)
	return answer, nil
}

// each calls enter, if it is not nil, with every directory, and visit with its entries.
func (b *Brute) each(hosts []index.Host, enter func(match.Directory) match.Probe, visit func(*index.Entry, []byte)) {
	for i := range hosts {
		for _, d := range b.hosts[hosts[i].ID].dirs {
			if enter != nil {
				enter(match.Directory{
					Host:   i,
					Path:   d.listing.Dir,
					Shown:  d.listing.Shown,
					Folded: fold.Append(nil, d.listing.Display()),
					State:  d.listing.State,
					Stale:  d.listing.State == index.Stale,
					Seen:   d.seen.Unix(),
				})
			}
			for j := range d.listing.Entries {
				e := &d.listing.Entries[j]
				visit(e, fold.Append(nil, e.Name))
			}
		}
	}
}

// textHits returns the texts that hold all of words, and first those that hold them
// most often.
func (b *Brute) textHits(words string, hosts []index.Host) []match.Hit {
	want := strings.FieldsFunc(fold.String(words), notWord)
	var hits []match.Hit
	for i := range hosts {
		for p, text := range b.texts[hosts[i].ID] {
			count := map[string]int{}
			have := strings.FieldsFunc(fold.String(text.Body), notWord)
			for _, w := range have {
				count[w]++
			}
			score := 0.0
			for _, w := range want {
				if count[w] == 0 {
					score = -1
					break
				}
				score += float64(count[w]) / float64(len(have))
			}
			if score > 0 {
				hits = append(hits, match.Hit{Host: i, Path: p, Score: score})
			}
		}
	}
	slices.SortFunc(hits, func(x, y match.Hit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), x.Host-y.Host, cmp.Compare(x.Path, y.Path))
	})
	for i := len(hits) - 1; i >= 0; i-- {
		hits[i].Score /= hits[0].Score
	}
	return hits
}

func notWord(r rune) bool { return !fold.IsWord(r) }

// bestLine returns the first of the lines of body that hold the most of the words.
func bestLine(body string, words []string) (best string) {
	most := 0
	for line := range strings.Lines(body) {
		held := map[string]bool{}
		for _, w := range strings.FieldsFunc(fold.String(line), notWord) {
			if slices.Contains(words, w) {
				held[w] = true
			}
		}
		if len(held) > most {
			best, most = strings.TrimSpace(line), len(held)
		}
	}
	return best
}

// describe adds the descriptions of INDEX texts to the files beside them. The first place
// that has one wins, of its texts the first by name, and there the last line.
func (b *Brute) describe(results []index.Result) {
	for i := range results {
		r := &results[i]
		for _, place := range r.Places {
			texts := b.texts[place.Host]
			for _, p := range slices.Sorted(maps.Keys(texts)) {
				if r.About != "" || p.Dir() != place.Path.Dir() || !match.IsIndex(p.Base()) {
					continue
				}
				match.Describe(texts[p].Body, func(name, about string) {
					if name == place.Path.Base() {
						r.About = about
					}
				})
			}
		}
	}
}

// Complete implements index.Searcher: the words of names, the most frequent
// first.
func (b *Brute) Complete(_ context.Context, prefix string, n int) ([]string, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	words := match.NewCompleter(prefix)
	b.each(b.allHosts(), nil, func(e *index.Entry, folded []byte) { words.Name(e.Name, folded) })
	return words.Words(n), nil
}

// Similar implements index.Searcher: it looks at all names.
func (b *Brute) Similar(_ context.Context, words []string, n int, _ time.Duration) ([][]string, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	near := match.NewNear(words)
	b.each(b.allHosts(), nil, func(_ *index.Entry, folded []byte) { near.Offer(folded) })
	return near.Best(max(0, n)), nil
}
