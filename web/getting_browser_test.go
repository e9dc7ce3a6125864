package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest"
)

// sound returns a WAV file of so many seconds: mono, a byte a sample, 8000 of them a second.
func sound(seconds int) []byte {
	const rate = 8000
	samples := make([]byte, seconds*rate)
	for i := range samples {
		samples[i] = byte(128 + 64*(i/8%2))
	}
	var b bytes.Buffer
	b.WriteString("RIFF")
	for _, v := range []any{
		uint32(36 + len(samples)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(rate), uint32(rate), uint16(1), uint16(8), []byte("data"), uint32(len(samples)),
	} {
		_ = binary.Write(&b, binary.LittleEndian, v) // to memory
	}
	b.Write(samples)
	return b.Bytes()
}

// ledger notes the requests for files that a portal answers.
type ledger struct {
	http.Handler

	mu      sync.Mutex // guards entries
	entries []string   // "206 bytes=0-"
}

type statusWriter struct {
	http.ResponseWriter

	note func(status int)
}

func (w *statusWriter) WriteHeader(status int)      { w.note(status); w.ResponseWriter.WriteHeader(status) }
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/get/") {
		w = &statusWriter{w, func(status int) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.entries = append(l.entries, strings.TrimSpace(fmt.Sprint(status, " ", r.Header.Get("Range"))))
		}}
	}
	l.Handler.ServeHTTP(w, r)
}

// said returns what was noted since the last call.
func (l *ledger) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := strings.Join(l.entries, "; ")
	l.entries = nil
	return out
}

// realHost serves files over FTP, and returns a portal in front of it and the path of its files there.
func realHost(t *testing.T, files map[string][]byte) (*ledger, string) {
	t.Helper()
	root := ftptest.Ground(t)
	var entries []index.Entry
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, index.Entry{Name: name, Size: int64(len(data))})
	}
	addr := ftptest.PureFTPd(t, root)
	catalogue := indextest.NewBrute()
	record(t, catalogue, index.HostID("ftp://"+addr+"/"), time.Now(), []index.Listing{{Dir: "/", Entries: entries}})
	fetcher := fetch.New(fetch.Config{Catalogue: catalogue, Sources: []crawler.Source{&ftp.Source{}}})
	t.Cleanup(func() { _ = fetcher.Close() })
	portal, err := New(Options{Schemes: schemes(), Catalogue: catalogue, Fetcher: fetcher})
	if err != nil {
		t.Fatal(err)
	}
	return &ledger{Handler: portal}, "/ftp/" + addr + "/"
}

// TestMediaInBrowser holds the files of a real host to what Chromium does with them: sounds play and are sought in by
// ranges, images are shown on the page of the file, and what is saved is whole.
func TestMediaInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 37, 23))); err != nil {
		t.Fatal(err)
	}
	saved := make([]byte, 3<<20+17)
	_, _ = rand.NewChaCha8([32]byte{}).Read(saved)
	portal, at := realHost(t, map[string][]byte{"long.wav": sound(3600), "picture.png": picture.Bytes(), "save me.bin": saved})
	server := httptest.NewServer(portal)
	t.Cleanup(server.Close)

	t.Run("image", func(t *testing.T) {
		do(t, ctx, chromedp.Navigate(server.URL+"/file"+at+"picture.png?preview=1"), chromedp.WaitVisible(chromedp.CSS(".preview img")))
		if got := ask[[]int](t, ctx, `document.querySelector(".preview img").decode().then(() => [document.querySelector(".preview img").naturalWidth, document.querySelector(".preview img").naturalHeight])`); got[0] != 37 || got[1] != 23 {
			t.Errorf("the image is %v", got)
		}
	})
	t.Run("video element", func(t *testing.T) {
		do(t, ctx, bypass(), chromedp.Navigate(server.URL+"/help"))
		portal.said()
		plays(t, ctx, portal, `const player = document.createElement("video"); player.id = "player"; player.muted = true; player.src = "/get`+at+`long.wav"; document.body.append(player)`)
	})
	t.Run("opened", func(t *testing.T) { // as by a click on Get, with the policy of files in force
		do(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/get"+at+"long.wav"))
		portal.said()
		plays(t, ctx, portal, `const player = document.querySelector("video"); player.id = "player"; player.muted = true`)
	})
	t.Run("saved", func(t *testing.T) {
		saves(t, ctx, server.URL+"/file"+at+"save%20me.bin", "save me.bin", saved)
	})
}

// plays plays the element with the id player, which a script makes, at its beginning and in its middle.
func plays(t *testing.T, ctx context.Context, portal *ledger, script string) {
	t.Helper()
	const after = `new Promise((done) => { const look = () => player.error ? done("error: " + player.error.message) : player.currentTime > %[1]d && player.currentTime < %[1]d + 60 ? done("plays") : setTimeout(look, 50); look(); })`
	do(t, ctx, chromedp.Evaluate[chromedp.Void](script))
	if got := ask[string](t, ctx, `player.play().then(() => `+fmt.Sprintf(after, 0)+`, (e) => "refused: " + e)`); got != "plays" {
		t.Fatalf("at the beginning: %s; %s", got, portal.said())
	}
	if length := ask[float64](t, ctx, "player.duration"); length < 3599 || length > 3601 {
		t.Errorf("it is %f seconds long", length)
	}
	first := portal.said()
	if got := ask[string](t, ctx, `(player.currentTime = 3000, `+fmt.Sprintf(after, 3000)+`)`); got != "plays" {
		t.Fatalf("in the middle: %s; %s", got, portal.said())
	}
	if got := portal.said(); !strings.Contains(got, "206 bytes=2") { // of 24,000,000 and more
		t.Errorf("no range was asked for: first %q, then %q", first, got)
	}
}

// saves clicks on Get of the page of a file and holds what Chromium saves to its bytes.
func saves(t *testing.T, ctx context.Context, page, name string, want []byte) {
	t.Helper()
	dir, yes := t.TempDir(), true
	do(t, ctx, call(browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, EventsEnabled: &yes,
	}))
	ended := make(chan *browser.EventDownloadProgress, 64)
	if err := chromedp.Listen(ctx, func(ev any) {
		if p, ok := ev.(*browser.EventDownloadProgress); ok && p.State != browser.DownloadProgressStateInProgress {
			ended <- p
		}
	}); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate(page), chromedp.Click(chromedp.CSS("a.button.get")))
	select {
	case p := <-ended:
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || p.State != browser.DownloadProgressStateCompleted || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", p.State, len(got), len(want), err)
		}
	case <-ctx.Done():
		t.Error("nothing was saved")
	}
}
