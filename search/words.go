package search

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/index"
)

// Amount is a number of things in words.
type Amount struct {
	Number string // "1", "1,140" or "at least 1,140"
	Noun   string // "result" or "results"
}

// String returns the number and the noun: "at least 1,140 results".
func (a Amount) String() string { return a.Number + " " + a.Noun }

// Results returns how many results there are; if not exact, at least so many.
func Results(n int, exact bool) Amount { return amount(n, exact, "result", "results") }

// Places returns how many places a result has; if not exact, at least so many.
func Places(n int, exact bool) Amount { return amount(n, exact, "place", "places") }

// MorePlaces returns how many places a result has beside those that are shown; if not exact, at
// least so many.
func MorePlaces(n int, exact bool) Amount { return amount(n, exact, "more place", "more places") }

func amount(n int, exact bool, one, many string) Amount {
	a := Amount{humanize.Comma(int64(n)), many}
	if n == 1 {
		a.Noun = one
	}
	if !exact {
		a.Number = "at least " + a.Number
	}
	return a
}

// Took returns how long a search took. One whose answer was kept takes next to
// nothing.
func Took(d time.Duration) string {
	if d < 100*time.Microsecond {
		return "less than 0.1 ms"
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}

// Doubt returns what is unsure about a place, or "".
//
//	host is down, not seen since 2024-02-10
func Doubt(p *index.Place) string {
	switch {
	case p.Down:
		return "host is down"
	case p.Stale:
		return "not seen since " + p.Seen.UTC().Format(time.DateOnly)
	}
	return ""
}
