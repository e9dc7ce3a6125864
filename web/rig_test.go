package web

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"trawl/index/indextest/needs"
)

// A rig is a Chromium in front of the showroom.
type rig struct {
	full, empty *httptest.Server
	tab         func(t *testing.T) context.Context // opens a new tab
}

func newRig(t *testing.T, limit time.Duration) *rig {
	t.Helper()
	program := needs.Program(t, "chromium", "chromium")
	ctx, stop := context.WithTimeout(t.Context(), limit)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	r := &rig{full: httptest.NewServer(showroom(t, false)), empty: httptest.NewServer(showroom(t, true))}
	t.Cleanup(r.full.Close)
	t.Cleanup(r.empty.Close)
	do(t, ctx, chromedp.Navigate("about:blank"))
	r.tab = func(t *testing.T) context.Context {
		t.Helper()
		tab, stop := chromedp.NewContext(ctx)
		t.Cleanup(stop)
		return tab
	}
	return r
}

// address is where a page is, in a language.
func (r *rig) address(p shown, lang string) string {
	at := r.full.URL
	if p.empty {
		at = r.empty.URL
	}
	return at + inLanguage(p.target, lang)
}

// call sends one command of the browser's protocol.
func call[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, c, params)
		return err
	})
}

// screen sets the size of the window, that of a phone if it is narrow.
func screen(width, height int64) chromedp.Action[chromedp.Void] {
	return call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600,
	})
}

// media sets what style sheets ask of the reader: "prefers-color-scheme", "dark", ...
func media(features ...string) chromedp.Action[chromedp.Void] {
	var params emulation.SetEmulatedMediaParams
	for i := 0; i < len(features); i += 2 {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	return call(emulation.SetEmulatedMedia, params)
}

// bypass lets a tab run scripts that the portal's policy forbids: those of the tests.
func bypass() chromedp.Action[chromedp.Void] {
	return call(cdppage.SetBypassCSP, cdppage.SetBypassCSPParams{Enabled: true})
}

// ask evaluates an expression in a page, waits for a promise, and decodes the result.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	var out T
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatalf("%.80s: %v", expression, err)
	}
	return out
}
