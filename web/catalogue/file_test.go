package catalogue_test

import (
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"trawl/web/catalogue"
)

// large returns a tree with a file of 3 MiB.
func large(t *testing.T) (*world, fs.File, string) {
	t.Helper()
	w := newWorld(t)
	name := "/" + strings.Repeat("x", 200)
	body := make([]byte, 3<<20)
	for i := range body {
		body[i] = byte(rand.Int32())
	}
	w.fetcher.bodies["ftp://h/"+name] = string(body)
	w.host(t, "ftp://h/", name)
	f, err := w.open(catalogue.Limits{}).For(visitor).Open("hosts/h" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return w, f, string(body)
}

// TestSeek reads a file in any order, as programs do that mount a tree, with few transfers.
func TestSeek(t *testing.T) {
	w, f, body := large(t)
	const piece = 64 << 10
	for _, at := range []int64{0, 2, 1, 4, 3, 5, 7, 6} { // as the reads ahead of a kernel come
		if _, err := f.(io.Seeker).Seek(at*piece, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, piece)
		if _, err := io.ReadFull(f, b); err != nil || string(b) != body[at*piece:(at+1)*piece] {
			t.Errorf("piece %d: %v", at, err)
		}
	}
	if n := len(w.fetcher.opens); n != 1 && n != 2 {
		t.Errorf("%d transfers", n)
	}
}

// TestSeekFar opens a file anew where that costs less than going on.
func TestSeekFar(t *testing.T) {
	w, f, body := large(t)
	for _, at := range []int64{2 << 20, 0, 3<<20 - 5, 3 << 20, 4 << 20} {
		if _, err := f.(io.Seeker).Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		want := body[min(at, int64(len(body))):]
		want = want[:min(len(want), 100)]
		b := make([]byte, 100)
		n, err := io.ReadFull(f, b)
		if string(b[:n]) != want || (err == nil) != (n == len(b)) {
			t.Errorf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if got := w.fetcher.opens; len(got) != 3 || got[0] != 2<<20 || got[1] != 0 || got[2] != 3<<20-5 {
		t.Errorf("transfers from %d", got)
	}
}

// TestInterrupt ends a Read that waits.
func TestInterrupt(t *testing.T) {
	w := newWorld(t)
	w.fetcher.bodies["ftp://h//a"] = "waits"
	w.host(t, "ftp://h/", "/a")
	f, err := w.open(catalogue.Limits{}).For(visitor).Open("hosts/h/a")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := f.Read(make([]byte, 1))
		ended <- err
	}()
	f.(interface{ Interrupt() }).Interrupt()
	if err := <-ended; err == nil {
		t.Error("it has read something")
	}
	f.Close()
	if w.fetcher.closed != len(w.fetcher.opens) {
		t.Errorf("%d of %d transfers are closed", w.fetcher.closed, len(w.fetcher.opens))
	}
}

// TestUnknownSize: a size is that of the host once it is asked, and before that not known.
func TestUnknownSize(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/a?")
	f, err := w.open(catalogue.Limits{}).For(visitor).Open("hosts/h/a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := func() int64 {
		i, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return i.Size()
	}
	if got := size(); got != -1 {
		t.Errorf("%d bytes before it is read", got)
	}
	if _, err := f.Read(make([]byte, 1)); err != nil || size() != 2 {
		t.Errorf("%d bytes, %v", size(), err)
	}
	if _, err := f.(io.Seeker).Seek(0, io.SeekEnd); err == nil {
		t.Error("it knows the end")
	}
	if _, err := f.(io.Seeker).Seek(1, io.SeekStart); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(f); string(got) != "a" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
