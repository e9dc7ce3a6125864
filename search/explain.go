package search

import "trawl/index"

// Explanation says why a page has no results.
type Explanation struct {
	Why     string   // in whole sentences
	Mend    string   // what finds more, in whole sentences; "" if nothing is known
	Nearest []string // the nearest names that do exist, not made visible
}

// Explain returns why a has no results. It is meant for an answer without any.
func Explain(a *index.Answer) Explanation {
	switch {
	case a.Total > 0:
		return Explanation{Why: "There are no more.", Nearest: a.Nearest}
	case !a.Exact:
		return Explanation{Why: "Nothing was found in time. Longer words and more filters make a search faster.", Nearest: a.Nearest}
	}
	return Explanation{
		Why:     "No host holds that.",
		Mend:    "Every word must match. Fewer or shorter words find more.",
		Nearest: a.Nearest,
	}
}
