package web

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestProgressInBrowser watches a crawl in Chromium until it ends, which loads the page again, and copies
// the address of a file.
func TestProgressInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	crawls := &crawling{id: "ftp://one.example/"}
	portal, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Fetcher: fakeFetcher{}, Crawls: crawls})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(portal)
	t.Cleanup(server.Close)
	do(t, ctx, chromedp.Navigate(server.URL+"/host/ftp/one.example"),
		chromedp.Poll[chromedp.Void](`document.querySelector("meter")?.value >= 2 && document.querySelector(".now").textContent.includes("files so far")`))
	for ended := false; !ended; time.Sleep(50 * time.Millisecond) {
		ended, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`!document.querySelector("meter") && document.readyState === "complete"`))
		if ctx.Err() != nil {
			t.Fatal(err) // while the page is loaded again there is another error
		}
	}
	if n := crawls.n.Load(); n < 4 {
		t.Errorf("the page was asked %d times", n)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS("td.name a[href='/browse/ftp/one.example/pub']")), chromedp.WaitVisible(chromedp.CSS("h1")),
		chromedp.Click(chromedp.CSS("td.name a[href='/file/ftp/one.example/pub/debian-12.iso']")), chromedp.WaitVisible(chromedp.CSS(".copies button")),
		chromedp.Click(chromedp.CSS(".copies button")), chromedp.Poll[chromedp.Void](`document.querySelector(".copies button").textContent === "Copied"`))
	contains(t, "what is selected", read(t, ctx, chromedp.Evaluate[string](`getSelection().toString()`)), "ftp://one.example/pub/debian-12.iso")
	contains(t, "the button", read(t, ctx, chromedp.Evaluate[string](`document.querySelector("a.button.get").getAttribute("href")`)), "/get/ftp/one.example/pub/debian-12.iso")
	do(t, ctx, chromedp.Submit(chromedp.CSS(".take button")), chromedp.WaitVisible(chromedp.CSS(".checked")))
	contains(t, "the answers", read(t, ctx, chromedp.Text(chromedp.CSS(".checked"))), "2 of them have the file")
}
