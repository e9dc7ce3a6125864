package httpd_test

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"trawl/index/indextest/needs"
)

// look is how somebody looks at a page.
type look struct {
	name          string
	width, height int64
	scheme        string
}

// see shows the browser as a look says.
func see(t *testing.T, ctx context.Context, l look) {
	t.Helper()
	must(t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: l.width, Height: l.height, DeviceScaleFactor: 1, Mobile: l.width < 600,
		})
		if err == nil {
			_, err = cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
			})
		}
		return err
	})))
}

// evaluate returns what an expression gives on the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	must(t, err)
	return v
}

// TestBrowser looks at a folder in a real browser: on a screen and a phone, in light and dark. Its style is applied, names lead where
// they should, and a page among the files runs nothing. TRAWL_SCREENSHOTS names a folder for pictures.
func TestBrowser(t *testing.T) {
	t.Parallel()
	program := needs.Program(t, "chromium", "chromium")
	h := serve(t)
	h.plant(t)
	h.write(t, map[string]string{
		"pub/README.md": "# The archive\n\nWhat lies here, and <b>why</b>.\n", "pub/disk.iso": strings.Repeat("x", 5<<20), "pub/song.mp3": "x", "pub/latin-\xe9.txt": "latin",
		"pub/a-name-that-is-so-long-that-no-phone-has-room-for-it-in-one-line-and-it-goes-on-and-on-and-on.tar.gz": "x",
		"pub/evil.html":       `<body><script>document.title = "run"</script><p id="p">text</p></body>`,
		"pub/<img src=x>.txt": "x",
	})
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	page := "http://" + h.addr + "/pub/"
	for _, l := range []look{
		{"screen-light.png", 1280, 800, "light"},
		{"screen-dark.png", 1280, 800, "dark"},
		{"phone-light.png", 390, 844, "light"},
		{"phone-dark.png", 390, 844, "dark"},
	} {
		see(t, ctx, l)
		must(t, chromedp.Do(ctx, chromedp.Navigate(page)))
		colour := map[string]string{"light": "rgb(250, 252, 252)", "dark": "rgb(16, 24, 27)"}[l.scheme]
		if got := evaluate[string](t, ctx, "getComputedStyle(document.body).backgroundColor"); got != colour {
			t.Errorf("%s: the page is %s: its style is not applied", l.name, got)
		}
		if over := evaluate[int](t, ctx, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			t.Errorf("%s: the page is %d pixels too wide", l.name, over)
		}
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		must(t, err)
		if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
			t.Error(err)
		}
		if dir := os.Getenv("TRAWL_SCREENSHOTS"); dir != "" {
			must(t, os.WriteFile(filepath.Join(dir, l.name), picture, 0o600))
		}
	}
	if n := evaluate[int](t, ctx, `document.querySelectorAll("img, script, b").length`); n != 0 {
		t.Errorf("%d elements of foreign names or texts", n)
	}
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("th.n a")), chromedp.WaitReady(chromedp.CSS("th.n[aria-sort]"))))
	if names := evaluate[string](t, ctx, `[...document.querySelectorAll("td.name a")].map(a => a.textContent).join("|")`); !strings.HasSuffix(names, "disk.iso") {
		t.Errorf("by size: %s", names)
	}
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`a[href^="caf"]`)), chromedp.WaitReady(chromedp.CSS(`a[href="%E6%97%A5%E6%9C%AC.txt"]`))))
	must(t, chromedp.Do(ctx, chromedp.Navigate(page+"evil.html"), chromedp.WaitReady(chromedp.CSS("#p"))))
	if title := evaluate[string](t, ctx, "document.title"); title == "run" {
		t.Error("a page among the files has run")
	}
}
