package fetch_test

import (
	"math/rand/v2"
	"testing"

	"trawl/crawler/fetch"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestPeers reads a file of each real server from random offsets.
func TestPeers(t *testing.T) {
	root := ftptest.Ground(t)
	want := noise(300_000)
	write(t, root, "pub/image.iso", want)
	write(t, root, "pub/empty", nil)
	for _, peer := range ftptest.Peers() {
		t.Run(peer.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fetch.Limits{})
			id := w.host("ftp://"+peer.Start(t, root)+"/", nil, "/pub",
				index.Entry{Name: "image.iso", Size: int64(len(want))}, index.Entry{Name: "empty"})
			w.offsets(at("image.iso", int64(len(want)), string(id), "/pub/image.iso"), want)
			if got, err := w.read(at("empty", 0, string(id), "/pub/empty"), 0); got != "" || err != nil {
				t.Errorf("the empty file: %q, %v", got, err)
			}
		})
	}
}

// offsets reads a file from random offsets, and what the place says of it.
func (w *world) offsets(f fetch.File, want []byte) {
	w.Helper()
	info, place, err := w.Stat(w.Context(), f)
	if err != nil || place.Host != f.Places[0].Host || info.Size != int64(len(want)) || info.Precision == index.Second && !info.Time.Equal(then()) {
		w.Errorf("%+v of %s, %v", info, place.Host, err)
	}
	for _, offset := range []int64{0, 1, int64(len(want)) - 1, int64(len(want)), rand.Int64N(int64(len(want))), rand.Int64N(int64(len(want)))} {
		if got, err := w.read(f, offset); got != string(want[offset:]) || err != nil {
			w.Errorf("from %d: %d bytes of %d, %v", offset, len(got), len(want)-int(offset), err)
		}
	}
}
