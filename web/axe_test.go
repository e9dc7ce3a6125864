package web

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"trawl/index/indextest/needs"
)

// widths are those of phones and of screens, in CSS pixels.
func widths() []int64 { return []int64{320, 390, 1280, 1920} }

// looked returns the widths at which a page is examined in a language: half of them in each, or all with
// TRAWL_LOOKS=all. At each of them it is examined light and dark.
func looked(lang string) []int64 {
	if os.Getenv("TRAWL_LOOKS") == "all" {
		return widths()
	}
	first := slices.Index(languages(), lang)
	return []int64{widths()[first], widths()[first+2]}
}

func languages() []string { return []string{"en", "es"} }

// TestAxe holds each page, at the width of phones and of screens, light and dark, in both languages, to
// what axe-core knows of WCAG 2.2 AA and of good practice.
func TestAxe(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	axe := needs.Package(t, "axe-core/axe.min.js")
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, 10*time.Minute)
	pages := make(chan shown, len(shownPages()))
	for _, p := range shownPages() {
		pages <- p
	}
	close(pages)
	for _, name := range []string{"one tab", "other tab"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := r.tab(t)
			do(t, tab, bypass())
			for p := range pages {
				examine(t, tab, r, p, string(script))
			}
		})
	}
}

// examine runs axe on one page in all looks. It loads the page once in each language, and changes the window and the
// scheme in place, which only style sheets see. A scheme changes colours alone, and at once where motion is reduced.
func examine(t *testing.T, tab context.Context, r *rig, p shown, script string) {
	t.Helper()
	for _, lang := range languages() {
		do(t, tab, chromedp.Navigate(r.address(p, lang)), chromedp.Evaluate[chromedp.Void](script))
		for _, width := range looked(lang) {
			for _, look := range []struct{ scheme, rules string }{{"light", allRules}, {"dark", rulesOfColour}} {
				do(t, tab, screen(width, 900), media("prefers-color-scheme", look.scheme, "prefers-reduced-motion", "reduce"))
				for _, found := range ask[[]violation](t, tab, fmt.Sprintf(runAxe, look.rules)) {
					t.Errorf("%s %s %s %d: %s", p.name, lang, look.scheme, width, found)
				}
			}
		}
	}
}

// The rules of axe that are asked about.
const (
	allRules      = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	rulesOfColour = `["color-contrast", "link-in-text-block"]`
)

// A violation is a rule of axe with the nodes that break it.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %d nodes", v.ID, v.Help, len(v.Nodes))
	for i, n := range v.Nodes {
		if i == 5 {
			break
		}
		fmt.Fprintf(&b, "\n\t%.200s\n\t\t%s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return b.String()
}

const runAxe = `axe.run(document, {
	runOnly: %s,
	resultTypes: ["violations"], elementRef: false, preload: false, selectors: false,
}).then((found) => found.violations.map(({id, help, nodes}) => ({id, help,
	nodes: nodes.map(({html, failureSummary}) => ({html, failureSummary}))})))`
