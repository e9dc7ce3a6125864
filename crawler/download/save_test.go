package download_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/crawler/download"
	"trawl/index"
)

const (
	one   = "ftp://one/pub/a.iso"
	two   = "ftp://two/mirror/a.iso"
	large = 12 << 20
)

var day = time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)

// saved asserts that a directory holds one file, a.iso, with data.
func saved(t *testing.T, dir string, data []byte) {
	t.Helper()
	names := list(t, dir)
	if !slices.Equal(names, []string{"a.iso"}) {
		t.Fatalf("there is %q", names)
	}
	got, err := os.ReadFile(filepath.Join(dir, "a.iso"))
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("a.iso: %d bytes, want %d, %v", len(got), len(data), err)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// put writes files into a new directory.
func put(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSave(t *testing.T) {
	data := noise(300_000, 1)
	half := string(data[:200_000])
	const noted = `{"version":1,"url":"ftp://one/pub/a.iso","size":300000,"time":"2026-11-29T10:00:00Z"}`
	for _, c := range []struct {
		name   string
		there  map[string]string
		host   hosted
		change func(*download.Options)
		opened string // the transfers, by commas
		had    int64
		err    string
		left   string // on the disk after an error, by commas
	}{
		{name: "fresh", opened: one + " 0"},
		{name: "empty", host: hosted{data: []byte{}}, opened: one + " 0"},
		{name: "size not known", host: hosted{sizes: true}, opened: one + " 0"},
		{name: "breaks off", host: hosted{breaks: []int64{100_000, 50_000}}, opened: one + " 0," + one + " 100000," + one + " 150000"},
		{name: "refused", host: hosted{breaks: []int64{0}}, err: "connection was lost"},
		{
			name: "breaks off for good", host: hosted{breaks: []int64{100_000, 0, 0, 0}},
			err: "connection was lost", left: "a.iso.part,a.iso.part.trawl",
		},
		{
			name: "resumed", there: map[string]string{"a.iso.part": half, "a.iso.part.trawl": noted},
			opened: one + " 134464", had: 200_000,
		},
		{
			name:   "resumed in gaps",
			there:  map[string]string{"a.iso.part": string(data), "a.iso.part.trawl": strings.Replace(noted, "}", `,"done":[[0,200000],[250000,290000]]}`, 1)},
			opened: one + " 134464," + one + " 250000", had: 240_000,
		},
		{
			name: "whole, and killed before it was renamed", there: map[string]string{"a.iso.part": string(data), "a.iso.part.trawl": noted},
			had: 300_000,
		},
		{
			name: "a part without a note", there: map[string]string{"a.iso.part": half},
			opened: one + " 134464," + one + " 134464", had: 200_000,
		},
		{
			name: "a torn note", there: map[string]string{"a.iso.part": half, "a.iso.part.trawl": noted[:30]},
			opened: one + " 134464," + one + " 134464", had: 200_000,
		},
		{
			name: "a part of something else", there: map[string]string{"a.iso.part": "other bytes"},
			err: "not a part of this file", left: "a.iso.part",
		},
		{
			name: "a part of something else, replaced", there: map[string]string{"a.iso.part": "other bytes"},
			change: func(o *download.Options) { o.Replace = true }, opened: one + " 0," + one + " 0",
		},
		{
			name:  "a part of another file",
			there: map[string]string{"a.iso.part": half, "a.iso.part.trawl": strings.NewReplacer("one", "else", "300000", "300001").Replace(noted)},
			err:   "not a part of this file", left: "a.iso.part,a.iso.part.trawl",
		},
		{
			name:   "changed in size",
			there:  map[string]string{"a.iso.part": half, "a.iso.part.trawl": strings.Replace(noted, "300000", "300001", 1)},
			opened: one + " 0",
		},
		{
			name:   "changed in time",
			there:  map[string]string{"a.iso.part": half, "a.iso.part.trawl": strings.Replace(noted, "10:00", "11:00", 1)},
			opened: one + " 0",
		},
		{
			name:   "changed in bytes",
			there:  map[string]string{"a.iso.part": strings.Repeat("x", 200_000), "a.iso.part.trawl": noted},
			opened: one + " 134464," + one + " 0",
		},
		{name: "exists", there: map[string]string{"a.iso": "mine"}, err: "it exists with 4 bytes, and the file has 300000 bytes", left: "a.iso"},
		{
			name: "replaced", there: map[string]string{"a.iso": "mine"}, opened: one + " 0",
			change: func(o *download.Options) { o.Replace = true },
		},
		{
			name: "continued", there: map[string]string{"a.iso": half}, opened: one + " 134464," + one + " 134464", had: 200_000,
			change: func(o *download.Options) { o.Continue = true },
		},
		{
			name: "another file cannot be continued", there: map[string]string{"a.iso": "mine"}, left: "a.iso",
			change: func(o *download.Options) { o.Continue = true }, err: "not a part of this file",
		},
		{
			name: "right sum", opened: one + " 0",
			change: func(o *download.Options) { o.Sum = sumOf(data) },
		},
		{
			name:   "wrong sum",
			change: func(o *download.Options) { o.Sum = sumOf([]byte("other")) }, err: "SHA-256 is ",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := put(t, c.there)
			if c.host.data == nil {
				c.host.data = data
			}
			c.host.time = day
			h := &hosts{files: map[string]*hosted{one: &c.host}}
			o := download.Options{Path: filepath.Join(dir, "a.iso"), Pause: time.Millisecond}
			if c.change != nil {
				c.change(&o)
			}
			got, err := download.Save(t.Context(), h, fileAt(one), o)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %s", err, c.err)
				}
				if left := strings.Join(list(t, dir), ","); left != c.left {
					t.Errorf("left %q, want %q", left, c.left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			saved(t, dir, c.host.data)
			if got.Size != int64(len(c.host.data)) || got.Had != c.had || got.Place.Host != "ftp://one/" {
				t.Errorf("%+v", got)
			}
			if opened := strings.Join(h.opened, ","); opened != c.opened {
				t.Errorf("opened %s, want %s", opened, c.opened)
			}
			if info, err := os.Stat(o.Path); err != nil || !info.ModTime().Equal(day) {
				t.Errorf("%v, %v", info.ModTime(), err)
			}
			if c.host.open != 0 {
				t.Errorf("%d transfers are open", c.host.open)
			}
		})
	}
}

func sumOf(data []byte) *download.Sum {
	sum := sha256.Sum256(data)
	return &download.Sum{Algorithm: "SHA-256", Value: sum[:], From: "SHA256SUMS"}
}

// TestHere saves a file twice.
func TestHere(t *testing.T) {
	data := noise(1000, 1)
	h := &hosts{files: map[string]*hosted{one: {data: data, time: day}}}
	o := download.Options{Path: filepath.Join(t.TempDir(), "a.iso"), Sum: sumOf(data)}
	for i := range 2 {
		got, err := download.Save(t.Context(), h, fileAt(one), o)
		if err != nil || got.Here != (i == 1) || got.Size != 1000 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	o.Sum = sumOf(nil)
	if _, err := download.Save(t.Context(), h, fileAt(one), o); err == nil {
		t.Error("a wrong sum of what is there is no error")
	}
	h.files[one].time = day.Add(time.Hour)
	if _, err := download.Save(t.Context(), h, fileAt(one), o); !errors.Is(err, download.ErrExists) {
		t.Error(err)
	}
}

// TestConnections fetches a file over several connections and from several places.
func TestConnections(t *testing.T) {
	data := noise(large, 2)
	for _, c := range []struct {
		name     string
		one, two hosted
		from     []string // the hosts that are read
	}{
		{"two places", hosted{time: day}, hosted{time: day}, []string{one, two}},
		{"one allows no second connection", hosted{time: day, atOnce: 1}, hosted{time: day.Add(time.Hour)}, []string{one}},
		{"other times", hosted{time: day}, hosted{time: day.Add(time.Hour)}, []string{one}},
		{"one goes away", hosted{time: day, breaks: []int64{1 << 20, 0, 0, 0, 0, 0, 0, 0}}, hosted{time: day}, []string{one, two}},
		{"the other goes away", hosted{time: day, wait: time.Millisecond}, hosted{time: day, breaks: []int64{1 << 20, 0, 0, 0, 0, 0, 0, 0}}, []string{one, two}},
		{"no ranges", hosted{time: day, whole: true}, hosted{time: day}, []string{one}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.one.data, c.two.data = data, data
			if !c.two.time.Equal(day) {
				c.two.data = noise(large, 3)
			}
			h := &hosts{files: map[string]*hosted{one: &c.one, two: &c.two}}
			f := fileAt(one, two)
			f.Size = large
			for i := range f.Places {
				f.Places[i].Time, f.Places[i].Precision = h.files[[]string{one, two}[i]].time, index.Second
			}
			dir := t.TempDir()
			o := download.Options{Path: filepath.Join(dir, "a.iso"), Connections: 4, Pause: time.Millisecond, Sum: sumOf(data)}
			if _, err := download.Save(t.Context(), h, f, o); err != nil {
				t.Fatal(err)
			}
			saved(t, dir, data)
			for _, url := range []string{one, two} {
				read := slices.ContainsFunc(h.opened, func(s string) bool { return strings.HasPrefix(s, url) })
				if read != slices.Contains(c.from, url) {
					t.Errorf("%s was read: %v: %s", url, read, h.opened)
				}
			}
		})
	}
}

// TestStopped stops downloads in the middle, over several connections, until one is whole.
func TestStopped(t *testing.T) {
	data := noise(large, 4)
	h := &hosts{files: map[string]*hosted{one: {data: data, time: day, wait: 100 * time.Microsecond}}}
	dir := t.TempDir()
	for i := 0; ; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+10*i)*time.Millisecond)
		_, err := download.Save(ctx, h, fileAt(one), download.Options{Path: filepath.Join(dir, "a.iso"), Connections: 1 + i%3})
		cancel()
		if err == nil {
			break
		}
		if i == 200 {
			t.Fatal(err)
		}
	}
	saved(t, dir, data)
}

// TestTwice saves one file in two calls at once.
func TestTwice(t *testing.T) {
	data := noise(1<<20, 5)
	f := &hosted{data: data, time: day, hold: make(chan struct{})}
	h := &hosts{files: map[string]*hosted{one: f}}
	dir := t.TempDir()
	o := download.Options{Path: filepath.Join(dir, "a.iso")}
	first := make(chan error)
	go func() {
		_, err := download.Save(t.Context(), h, fileAt(one), o)
		first <- err
	}()
	for {
		if _, there := download.PartOf(o.Path); there {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_, err := download.Save(t.Context(), h, fileAt(one), o)
	if err == nil || !strings.Contains(err.Error(), "another trawl get is writing it") {
		t.Error(err)
	}
	close(f.hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	saved(t, dir, data)
}

func TestStream(t *testing.T) {
	data := noise(300_000, 6)
	h := &hosts{files: map[string]*hosted{one: {data: data, breaks: []int64{100_000}}}}
	var out bytes.Buffer
	got, err := download.Stream(t.Context(), h, fileAt(one), &out, download.Options{Sum: sumOf(data), Pause: time.Millisecond})
	if err != nil || got.Size != 300_000 || !bytes.Equal(out.Bytes(), data) {
		t.Errorf("%+v, %v, %d bytes", got, err, out.Len())
	}
	_, err = download.Stream(t.Context(), h, fileAt(one), &out, download.Options{Sum: sumOf(nil)})
	if _, wrong := errors.AsType[*download.SumError](err); !wrong {
		t.Error(err)
	}
}

// TestLonger holds a file that goes on behind the size that its host says to an error each time, and to leaving nothing
// that a later call takes for the whole.
func TestLonger(t *testing.T) {
	const url = "ftp://one/pub/a.iso"
	h := &hosts{files: map[string]*hosted{url: {data: noise(1000, 1), longer: true}}}
	dir := t.TempDir()
	for range 2 {
		_, err := download.Save(t.Context(), h, fileAt(url), download.Options{Path: filepath.Join(dir, "a.iso"), Pause: time.Millisecond})
		if left := list(t, dir); err == nil || len(left) > 0 {
			t.Errorf("%v; there is %q", err, left)
		}
	}
}
