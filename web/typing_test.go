package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// until waits until an expression is true on the page, which another page may replace meanwhile.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var is bool
		if is, err = chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return
		}
	}
	got, _ := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
	t.Fatalf("never true: %s: %v\n%s", expression, err, got)
}

// press sends keys to what has the focus, and checks what has it then.
func press(t *testing.T, ctx context.Context, keys, focus string) {
	t.Helper()
	do(t, ctx, chromedp.KeyEvent(keys))
	until(t, ctx, fmt.Sprintf("document.activeElement === document.querySelector(%q)", focus))
}

// TestTyping types in a real browser: results and completions follow, and keys move through them.
func TestTyping(t *testing.T) {
	ctx := newBrowser(t)
	var slow, gone atomic.Int32
	portal := newPortal(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("q") == "pa" && isPart(r) { // an answer that never comes
			slow.Add(1)
			<-r.Context().Done()
			gone.Add(1)
			return
		}
		portal.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	box := chromedp.CSS("#q")
	do(t, ctx, chromedp.Navigate(server.URL+"/"), chromedp.WaitVisible(box))
	until(t, ctx, `document.activeElement.id === "q" && document.activeElement.getAttribute("role") === "combobox"`)

	do(t, ctx, chromedp.KeyEvent("pa"))
	for end := time.Now().Add(20 * time.Second); slow.Load() == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	do(t, ctx, chromedp.KeyEvent("ge"))
	until(t, ctx, `document.querySelectorAll("#results .name a").length === 20 && location.search === "?q=page"`)
	for end := time.Now().Add(20 * time.Second); gone.Load() == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if slow.Load() != 1 || gone.Load() != 1 {
		t.Errorf("%d older requests, %d aborted", slow.Load(), gone.Load())
	}
	until(t, ctx, `document.getElementById("said").textContent.startsWith("45 results")`)
	until(t, ctx, `document.title === "page – Trawl" && !document.body.classList.contains("front") && document.querySelectorAll("h1").length === 1`)

	do(t, ctx, chromedp.Evaluate[chromedp.Void](`const q = document.getElementById("q"); q.value = ""`), chromedp.KeyEvent("deb"))
	until(t, ctx, `document.querySelector("#completions li bdi")?.textContent === "debian" && document.getElementById("q").ariaExpanded === "true"`)
	keepPicture(t, ctx, "typing.png")
	press(t, ctx, kb.Escape, "#q")
	until(t, ctx, `document.getElementById("completions").hidden && document.getElementById("q").value === "deb"`)
	do(t, ctx, chromedp.KeyEvent("i"))
	until(t, ctx, `!document.getElementById("completions").hidden`)
	press(t, ctx, kb.ArrowDown, "#q")
	until(t, ctx, `document.getElementById("q").getAttribute("aria-activedescendant") === "completion-0" && document.querySelector("#completion-0").ariaSelected === "true"`)
	press(t, ctx, kb.Enter, "#q")
	until(t, ctx, `document.getElementById("q").value === "debian" && location.search === "?q=debian" && document.querySelector("#results mark").textContent === "debian"`)
	press(t, ctx, kb.ArrowDown, "#results .name a")
	press(t, ctx, kb.ArrowUp, "#q")
	press(t, ctx, kb.ArrowDown, "#results .name a")
	press(t, ctx, kb.Escape, "#q")
	press(t, ctx, kb.ArrowDown, "#results .name a")
	press(t, ctx, "/", "#q")
	press(t, ctx, "?", "#q") // it is a character in the box
	until(t, ctx, `document.getElementById("q").value === "?"`)
	press(t, ctx, kb.Tab, "form button")
	do(t, ctx, chromedp.KeyEvent("?"))
	until(t, ctx, `location.pathname === "/help" && document.querySelector("a.example") !== null`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`history.back()`))
	until(t, ctx, `location.pathname === "/" && location.search.startsWith("?q=")`)
}

// TestTabs counts the tab stops from a page of results to the first one, and by the skip link, without JavaScript.
func TestTabs(t *testing.T) {
	ctx := newBrowser(t)
	server := httptest.NewServer(newPortal(t))
	t.Cleanup(server.Close)
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(server.URL+"/?q=page"), chromedp.WaitReady(chromedp.CSS("#results")))
	focus := `document.activeElement.outerHTML`
	do(t, ctx, chromedp.KeyEvent(kb.Tab))
	if got := read(t, ctx, chromedp.Evaluate[string](focus)); !strings.Contains(got, "/file/") {
		t.Errorf("the first stop is %s", got)
	}
	if top := read(t, ctx, chromedp.Evaluate[float64](`scrollY`)); top != 0 {
		t.Errorf("the page begins at %v", top)
	}
}
