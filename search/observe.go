package search

import (
	"context"
	"errors"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Surface is where searches come from.
type Surface string

// The surfaces.
const (
	ByPage    Surface = "page"    // of the portal
	ByTyping  Surface = "typing"  // on that page: results while a reader types
	ByAPI     Surface = "api"     // of the portal
	ByCommand Surface = "command" // of trawl in a terminal, through the process that holds the catalogue
	ByFTP     Surface = "ftp"     // SITE FIND
	ByGopher  Surface = "gopher"
	ByFolder  Surface = "folder" // the name of a folder in the catalogue that is shown as files
)

// Surfaces returns all surfaces.
func Surfaces() []Surface {
	return []Surface{ByPage, ByTyping, ByAPI, ByCommand, ByFTP, ByGopher, ByFolder}
}

// Outcome is how a search ended. The list is closed.
type Outcome string

// The outcomes.
const (
	Answered Outcome = "ok"
	Cut      Outcome = "cut"     // the budget ended it: there may be more results
	Empty    Outcome = "nothing" // there is no result
	BadQuery Outcome = "bad_query"
	Crowded  Outcome = "crowded" // too many searches were under way
	Left     Outcome = "left"    // whoever asked did not wait for the end
	Failed   Outcome = "error"
)

// Outcomes returns all outcomes.
func Outcomes() []Outcome {
	return []Outcome{Answered, Cut, Empty, BadQuery, Crowded, Left, Failed}
}

// OutcomeOf returns how a search ended that returned an answer and an error.
func OutcomeOf(a *index.Answer, err error) Outcome {
	switch {
	case err == nil && a == nil:
		return Failed
	case err == nil && !a.Exact:
		return Cut
	case err == nil && a.Total == 0:
		return Empty
	case err == nil:
		return Answered
	case errors.As(err, new(*query.Error)), errors.Is(err, index.ErrCursor):
		return BadQuery
	case errors.Is(err, index.ErrCrowded):
		return Crowded
	case errors.Is(err, context.Canceled):
		return Left
	}
	return Failed
}

// Observer is called for each search when it has ended. Many searches call it at once, and it returns at once. Nil observes none.
type Observer func(by Surface, outcome Outcome, took time.Duration)

// Ask is [Ask] of a surface, observed.
func (o Observer) Ask(ctx context.Context, by Surface, s index.Searcher, r Request, now time.Time) (Answer, error) {
	if o == nil {
		return Ask(ctx, s, r, now)
	}
	began := time.Now()
	answer, err := Ask(ctx, s, r, now)
	o(by, OutcomeOf(&answer.Answer, err), time.Since(began))
	return answer, err
}
