package web

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed testdata/look.js
var lookScript string

// A view is a way to see a page, and the question of look.js that is asked there.
type view struct {
	name   string
	width  int64
	media  []string
	before string // is run first
	ask    string
}

// views are what each page must bear. Nothing moves in any of them: colours that change slowly cannot
// be measured.
func views() []view {
	big := `document.documentElement.style.fontSize = "200%"`
	light, dark := []string{"prefers-color-scheme", "light"}, []string{"prefers-color-scheme", "dark"}
	return []view{
		{"whole", 1280, light, "", "whole()"},
		{"contrast, light", 1280, light, "", "contrast()"},
		{"contrast, dark", 1280, dark, "", "contrast()"},
		{"320 pixels", 320, light, "", "fits(320)"},
		{"forced colours", 390, []string{"forced-colors", "active"}, "", "forced()"},
		{"forced dark colours", 1280, []string{"forced-colors", "active", "prefers-color-scheme", "dark"}, "", "forced()"},
		{"reduced motion", 1280, nil, "", "still()"},
		{"text twice as large", 1280, light, big, "fits(1280)"},
		{"text twice as large on a phone", 390, light, big, "fits(390)"},
	}
}

// TestViews holds each page to what people with other eyes, other windows and paper need.
func TestViews(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	r := newRig(t, 5*time.Minute)
	tab := r.tab(t)
	do(t, tab, bypass())
	for _, p := range shownPages() {
		do(t, tab, chromedp.Navigate(r.address(p, "en")), chromedp.Evaluate[chromedp.Void](lookScript))
		for _, v := range views() {
			steps := []chromedp.Action[chromedp.Void]{screen(v.width, 900), media(append(v.media, "prefers-reduced-motion", "reduce")...)}
			if v.before != "" {
				steps = append(steps, chromedp.Evaluate[chromedp.Void](v.before))
			}
			do(t, tab, steps...)
			for _, wrong := range ask[[]string](t, tab, "look."+v.ask) {
				t.Errorf("%s: %s: %s", p.name, v.name, wrong)
			}
		}
		do(t, tab, call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
		for _, wrong := range ask[[]string](t, tab, "look.paper()") {
			t.Errorf("%s: %s", p.name, wrong)
		}
	}
	if paper := read(t, tab, chromedp.PrintToPDF()); len(paper) < 2000 || !bytes.HasPrefix(paper, []byte("%PDF")) {
		t.Errorf("the page on paper: %.20q, %d bytes", paper, len(paper))
	}
}

// TestResultsInView holds the page of results to show many of them at once, and the first of them two
// tab stops away.
func TestResultsInView(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	r := newRig(t, 2*time.Minute)
	tab := r.tab(t)
	do(t, tab, bypass())
	for _, p := range shownPages() {
		if p.name != "results" && p.name != "results-types" {
			continue
		}
		for _, tt := range []struct {
			width, height int64
			want          int
		}{{1280, 800, 7}, {1920, 1080, 11}, {390, 844, 4}} {
			do(t, tab, screen(tt.width, tt.height), chromedp.Navigate(r.address(p, "en")), chromedp.Evaluate[chromedp.Void](lookScript))
			got := ask[int](t, tab, "look.inView()")
			if got < tt.want {
				t.Errorf("%s: %d whole results at %dx%d, want %d", p.name, got, tt.width, tt.height, tt.want)
			}
			if stops := tabStops(t, tab); stops > 2 {
				t.Errorf("%s: %d tab stops to the first result at %dx%d, want at most 2", p.name, stops, tt.width, tt.height)
			}
		}
	}
}

// tabStops presses Tab, and at a skip link Enter, until a result has the focus, and returns how often.
func tabStops(t *testing.T, tab context.Context) int {
	t.Helper()
	for n := 1; n <= 20; n++ {
		do(t, tab, chromedp.KeyEvent(kb.Tab))
		switch at := ask[string](t, tab, `document.activeElement.closest("#results") ? "result" : document.activeElement.className`); at {
		case "result":
			return n
		case "skip":
			do(t, tab, chromedp.KeyEvent(kb.Enter))
		}
	}
	return 99
}

// TestWithoutScript holds each page to the same text where no script runs.
func TestWithoutScript(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	r := newRig(t, 2*time.Minute)
	tab := r.tab(t)
	text := map[bool]map[string]string{true: {}, false: {}}
	for _, on := range []bool{true, false} {
		do(t, tab, call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
		for _, p := range shownPages() {
			do(t, tab, chromedp.Navigate(r.address(p, "en")))
			text[on][p.name] = fmt.Sprint(read(t, tab, chromedp.Text(chromedp.CSS("main"))))
		}
	}
	for _, p := range shownPages() {
		if with, without := text[true][p.name], text[false][p.name]; len(without) < len(with)*9/10 || without == "" {
			t.Errorf("%s: with scripts %d characters, without %d", p.name, len(with), len(without))
		}
	}
}
