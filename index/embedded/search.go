package embedded

import (
	"context"
	"strings"
	"time"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/store"
)

// Search keeps index.Searcher. Equal questions get the answer that is kept, as long as the
// catalogue is in the same state; other answers are computed by package scan.
func (e *Engine) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	start := time.Now()
	answer, kept, err := e.answers.Get(ctx, questionOf(&q), func(ctx context.Context) (cache.Computed[store.State, index.Answer], error) {
		return e.search(ctx, q)
	})
	answer.Took, answer.Kept, answer.Age = time.Since(start), kept.Number, kept.Age
	return answer, err
}

// search computes the answer to a query.
func (e *Engine) search(ctx context.Context, q index.Query) (cache.Computed[store.State, index.Answer], error) {
	found, err := e.searcher.Search(ctx, q)
	return cache.Computed[store.State, index.Answer](found), err
}

// Complete keeps index.Searcher. Completions are kept as answers are: everybody types the same first
// letters, and few letters begin many words.
func (e *Engine) Complete(ctx context.Context, prefix string, n int) ([]string, error) {
	if fold.String(prefix) == "" || n <= 0 {
		return nil, nil
	}
	words, _, err := e.completions.Get(ctx, started{prefix, n}, func(ctx context.Context) (cache.Computed[store.State, []string], error) {
		found, err := e.searcher.Complete(ctx, prefix, n)
		return cache.Computed[store.State, []string](found), err
	})
	return words, err
}

// Similar keeps index.Searcher. Its results are kept as completions are.
func (e *Engine) Similar(ctx context.Context, words []string, n int, budget time.Duration) ([][]string, error) {
	if len(words) == 0 || n <= 0 {
		return make([][]string, len(words)), nil
	}
	near, _, err := e.similar.Get(ctx, misspelt{strings.Join(words, "\x00"), n, budget < 0}, func(ctx context.Context) (cache.Computed[store.State, [][]string], error) {
		found, err := e.searcher.Similar(ctx, words, n, budget)
		return cache.Computed[store.State, [][]string](found), err
	})
	return near, err
}
