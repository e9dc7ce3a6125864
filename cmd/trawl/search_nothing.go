package main

import (
	"fmt"
	"io"
	"strings"

	"trawl/index"
	"trawl/search"
)

// explain writes why nothing was found, and which queries find something:
//
//	nothing found; the nearest names are debian-12.iso
//	No host holds a name with debain.
//	did you mean: debian (2 results)
//	without debain: trawl search ext:iso (62 results)
func explain(w io.Writer, a *search.Answer) {
	if len(a.Nearest) > 0 {
		near := make([]string, len(a.Nearest))
		for i, name := range a.Nearest {
			near[i] = index.Visible(name)
		}
		fmt.Fprintf(w, "nothing found; the nearest names are %s\n", strings.Join(near, ", "))
	} else {
		fmt.Fprintln(w, "nothing found")
	}
	if why := search.Explain(a); why.Why != search.NowhereAtAll {
		fmt.Fprintln(w, why.Why)
	}
	for _, offer := range a.Instead {
		fmt.Fprintf(w, "did you mean: %s (%s)\n", asArguments(offer.Text), search.Results(offer.Total, offer.Exact))
	}
	for _, offer := range a.Without {
		fmt.Fprintf(w, "without %s: trawl search %s (%s)\n", index.Visible(offer.Left), asArguments(offer.Text), search.Results(offer.Total, offer.Exact))
	}
}

// asArguments writes a query for a shell: as it is where no shell obeys any of its characters,
// else in single quotes. Characters that a terminal would obey are made visible, so such a query cannot be
// pasted.
func asArguments(text string) string {
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f || strings.ContainsRune(" ._-+:,/=@%", r)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) || strings.Contains(text, "  ") {
		text = "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return index.Visible(text)
}
