package search

import (
	"context"
	"time"

	"trawl/index"
)

// Answer is the answer to a request.
type Answer struct {
	index.Answer
	Query index.Query // that was answered
	Note  string      // how the text was read, in one line; "" if it was read literally
}

// Ask answers a request: it reads the text, and in another way where the first one finds
// nothing. An error about the text is a *query.Error.
func Ask(ctx context.Context, s index.Searcher, r Request, now time.Time) (Answer, error) {
	q, err := r.Query(now)
	if err != nil {
		return Answer{}, err
	}
	answer, err := s.Search(ctx, q)
	return Answer{Answer: answer, Query: q}, err
}
