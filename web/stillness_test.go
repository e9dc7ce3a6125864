package web

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// mostRequests is how many requests a page makes when it is loaded for the first time: itself, the style sheet, the icon,
// the sprite of types and at most two scripts.
const mostRequests = 6

// still waits until a page has been loaded and drawn, and returns how far what is seen has moved (CLS, web.dev/cls), how many
// requests were made, and those of them that left the portal.
const still = `new Promise((done) => {
	let moved = 0;
	new PerformanceObserver((seen) => { for (const e of seen.getEntries()) moved += e.value; }).observe({ type: "layout-shift", buffered: true });
	const settle = () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
		const all = performance.getEntriesByType("resource").map((e) => e.name);
		done({ Moved: moved, Requests: 1 + new Set(all).size, Away: all.filter((to) => !to.startsWith(location.origin + "/")) });
	}, 50)));
	if (document.readyState === "complete") settle(); else addEventListener("load", settle);
})`

// load is what still says of a page.
type load struct {
	Moved    float64
	Requests int
	Away     []string
}

// loads is how often a page is loaded until nothing moves. What a page itself moves, it moves each time; a busy machine may draw
// half of a page before it has read the other half.
const loads = 5

// moves pushes a page down, and returns how far it has moved.
const moves = `new Promise((done) => {
	new PerformanceObserver((seen) => done(seen.getEntries()[0].value)).observe({ type: "layout-shift" });
	requestAnimationFrame(() => setTimeout(() => { document.body.style.paddingTop = "300px"; }, 50));
	setTimeout(() => done(0), 10000);
})`

// TestStillness holds each page, on a phone and on a screen, to not moving while it is loaded, and to few requests, all of
// them to the portal.
func TestStillness(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	r := newRig(t, 3*time.Minute)
	tab := r.tab(t)
	do(t, tab, bypass())
	do(t, tab, chromedp.Navigate(r.address(shownPages()[0], "en")))
	if moved := ask[float64](t, tab, moves); moved == 0 {
		t.Error("what moves is not seen to move")
	}
	for _, p := range shownPages() {
		for _, width := range []int64{390, 1280} {
			got := load{Moved: 1}
			for tries := 0; tries < loads && got.Moved != 0; tries++ {
				do(t, tab, screen(width, 800), chromedp.Navigate(r.address(p, "en")))
				got = ask[load](t, tab, still)
			}
			if got.Moved != 0 {
				t.Errorf("%s at %d: moved by %.4f while it was loaded", p.name, width, got.Moved)
			}
			if most := mostRequests; got.Requests > most || len(got.Away) > 0 {
				t.Errorf("%s at %d: %d requests, want at most %d; to others: %q", p.name, width, got.Requests, most, got.Away)
			}
		}
	}
}
