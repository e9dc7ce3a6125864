package web

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// mostPictures is how many bytes the pictures of the documents may take.
const mostPictures = 600_000

// TestPictures takes the pictures of the documents, as people see the pages:
//
//	TRAWL_SCREENSHOTS=../doc/pictures go test ./web -run TestPictures
//
// Without that directory they are taken and thrown away.
func TestPictures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	dir := os.Getenv("TRAWL_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	r := newRig(t, 2*time.Minute)
	tab := r.tab(t)
	sum := 0
	for _, tt := range []struct {
		file, page, scheme string
		width, height      int64
	}{
		{"front-light.png", "front", "light", 1280, 560},
		{"results-light.png", "results", "light", 1280, 800},
		{"results-dark.png", "results", "dark", 1280, 800},
		{"results-phone.png", "results", "light", 390, 844},
		{"browse-light.png", "browse", "light", 1280, 800},
		{"file-light.png", "file", "light", 1280, 800},
		{"hosts-dark.png", "hosts", "dark", 1280, 800},
	} {
		i := slices.IndexFunc(shownPages(), func(p shown) bool { return p.name == tt.page })
		do(t, tab, screen(tt.width, tt.height), media("prefers-color-scheme", tt.scheme), chromedp.Navigate(r.address(shownPages()[i], "en")))
		picture := fewColours(t, read(t, tab, chromedp.CaptureScreenshot()))
		sum += len(picture)
		if err := os.WriteFile(filepath.Join(dir, tt.file), picture, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if sum > mostPictures {
		t.Errorf("the pictures take %d bytes, want at most %d", sum, mostPictures)
	}
}

// fewColours writes a picture anew in its 256 most frequent colours, which makes it several times smaller.
func fewColours(t *testing.T, picture []byte) []byte {
	t.Helper()
	in, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.Color]int{}
	for y := range in.Bounds().Dy() {
		for x := range in.Bounds().Dx() {
			count[in.At(x, y)]++
		}
	}
	colours := make(color.Palette, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.Color) int { return count[b] - count[a] })
	colours = colours[:min(256, len(colours))]
	nearest := map[color.Color]uint8{}
	for c := range count {
		nearest[c] = uint8(colours.Index(c))
	}
	out := image.NewPaletted(in.Bounds(), colours)
	for y := range in.Bounds().Dy() {
		for x := range in.Bounds().Dx() {
			out.SetColorIndex(x, y, nearest[in.At(x, y)])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
