package fetch_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/pace"
	"trawl/index"
)

// TestSlowReader has one reader take a large file slowly from a host with one turn: it makes room for another one, and then
// gets the rest, byte for byte.
func TestSlowReader(t *testing.T) {
	root := ftptest.Ground(t)
	want := noise(8 << 20)
	write(t, root, "big.iso", want)
	write(t, root, "small", []byte("next"))
	w := newWorld(t, fetch.Limits{PerHost: 1, Hold: 200 * time.Millisecond, Floor: 1 << 30})
	id := w.host("ftp://"+ftptest.PureFTPd(t, root)+"/", nil, "/", index.Entry{Name: "big.iso", Size: int64(len(want))}, index.Entry{Name: "small", Size: 4})
	slow, err := w.Open(t.Context(), at("big.iso", int64(len(want)), string(id), "/big.iso"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(slow, got[:100_000]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if text, err := w.read(at("small", 4, string(id), "/small"), 0); text != "next" || err != nil {
			t.Errorf("while another one is slow: %q, %v", text, err)
		}
	}
	if _, err := io.ReadFull(slow, got[100_000:]); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the slow one: %v, equal: %t", err, bytes.Equal(got, want))
	}
}

// bare is a source of hosts that say no sizes, and a server of it; each file has 1000 bytes.
type bare struct{}

func (bare) Schemes() []index.Scheme { return []index.Scheme{{Name: "bare", Port: 1}} }
func (bare) Connect(context.Context, index.Host, *pace.Pacer) (crawler.Server, error) {
	return bare{}, nil
}
func (bare) Ways() ([]crawler.TreeWay, []crawler.DirWay) { return nil, nil }
func (bare) Known() index.Known                          { return index.Known{} }
func (bare) Close() error                                { return nil }
func (bare) Stat(context.Context, index.Path) (crawler.Fact, error) {
	return crawler.Fact{Size: index.UnknownSize}, nil
}

func (bare) Open(context.Context, index.Path, int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(make([]byte, 1000))), nil
}

// TestEarlyEnd holds a host that says no sizes to those of the catalogue.
func TestEarlyEnd(t *testing.T) {
	for size, want := range map[int64]index.Cause{
		index.UnknownSize: index.NoCause, 1000: index.NoCause, 999: index.NoCause, 1001: index.Lost, 1024: index.NoCause, 2048: index.Lost,
	} {
		w := newWorld(t, fetch.Limits{}, bare{})
		id := w.host("bare://h/", nil, "/", index.Entry{Name: "f", Size: size})
		got, err := w.read(at("f", size, string(id), "/f"), 0)
		if cause := crawler.CauseOf(err); cause != want || len(got) != 1000 {
			t.Errorf("a file of %d bytes in the catalogue: %d bytes, %q, want %q: %v", size, len(got), cause, want, err)
		}
	}
}
