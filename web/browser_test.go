package web

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index/indextest/needs"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// newBrowser starts a real Chromium and returns a context that drives it.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	program := needs.Program(t, "chromium", "chromium")
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stop)
	return ctx
}

func TestBrowser(t *testing.T) {
	ctx := newBrowser(t)
	server := httptest.NewServer(newPortal(t))
	t.Cleanup(server.Close)
	box := chromedp.CSS("input[name=q]")
	do(t, ctx, chromedp.Navigate(server.URL), chromedp.SendKeys(box, "debian"))
	do(t, ctx, chromedp.Submit(box), chromedp.WaitVisible(chromedp.CSS(".results a.chip")))
	contains(t, "title", read(t, ctx, chromedp.Title()), "debian – Trawl")
	places := read(t, ctx, chromedp.Text(chromedp.CSS(".results .where")))
	contains(t, "places", places, "/debian-12.iso")
	contains(t, "places", places, "one.example")
	keepPicture(t, ctx, "search.png")
}

func TestBrowserWithoutScript(t *testing.T) {
	ctx := newBrowser(t)
	server := httptest.NewServer(newPortal(t))
	t.Cleanup(server.Close)
	results := chromedp.CSS(".results")
	do(t, ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}), chromedp.Navigate(server.URL+"/?q=page"))
	first := read(t, ctx, chromedp.Text(results))
	do(t, ctx, chromedp.Click(chromedp.CSS("a[rel=next]")), chromedp.WaitReady(results))
	second := read(t, ctx, chromedp.Text(results))
	contains(t, "first page", first, "page 00.txt")
	contains(t, "second page", second, "page 2")
	if first == second {
		t.Errorf("the second page is the first: %q", first)
	}
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func read[T any](t *testing.T, ctx context.Context, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func contains(t *testing.T, what, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s: %q lacks %q", what, got, want)
	}
}

// keepPicture keeps a picture of the page in $TRAWL_SCREENSHOTS, if that is set.
func keepPicture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("TRAWL_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), read(t, ctx, chromedp.CaptureScreenshot()), 0o600); err != nil {
		t.Fatal(err)
	}
}
