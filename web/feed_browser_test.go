package web

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestFeedsInBrowser has Chromium follow the links in the head of a page: to the description for browsers and its
// suggestions, and to both feeds.
func TestFeedsInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	portal, _ := newNewsPortal(t)
	server := httptest.NewServer(portal)
	t.Cleanup(server.Close)
	do(t, ctx, chromedp.Navigate(server.URL+"/?q=debian"))
	const script = `(async () => {
  const xml = async (link) => new DOMParser().parseFromString(await (await fetch(document.querySelector(link).href)).text(), "application/xml")
  const description = await xml("link[rel=search]")
  const url = description.querySelector("Url[type='application/x-suggestions+json']").getAttribute("template").replace("{searchTerms}", "deb")
  const answer = await fetch(url)
  const [typed, found] = await answer.json()
  const atom = await xml("link[type='application/atom+xml']")
  const feed = await (await fetch(document.querySelector("link[type='application/feed+json']").href)).json()
  return {
    kind: answer.headers.get("Content-Type"), typed, found: found.includes("debian"), broken: !!atom.querySelector("parsererror"),
    entries: atom.querySelectorAll("entry").length, items: feed.items.length, visible: document.querySelector("footer a[type='application/atom+xml']").checkVisibility(),
  }
})()`
	type seen struct {
		Kind, Typed    string
		Found, Broken  bool
		Entries, Items int
		Visible        bool
	}
	if got, want := ask[seen](t, ctx, script), (seen{"application/x-suggestions+json; charset=utf-8", "deb", true, false, 2, 2, true}); got != want {
		t.Errorf("Chromium sees %+v, want %+v", got, want)
	}
}
