package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/index/indextest"
)

// stamp is when all files of the tests were modified.
func stamp() time.Time { return time.Date(2024, 5, 1, 12, 30, 15, 0, time.UTC) }

// fakeFile is a file on a host that does what no real host does on demand.
type fakeFile struct {
	body      string
	size      int64 // if not that of body
	precision index.Precision
	noRanges  bool
	err       error // of Open and Stat
	breaks    int   // the transfer breaks off after so many bytes; 0 is never
	stalls    bool  // it breaks off by silence
}

// fakeFetcher serves files by the path of their first place.
type fakeFetcher struct {
	files map[index.Path]*fakeFile

	mu     sync.Mutex // guards asked
	asked  []fetch.File
	opens  atomic.Int32
	stats  atomic.Int32
	closed atomic.Int32
}

func (f *fakeFetcher) file(file fetch.File) (*fakeFile, fetch.Info, error) {
	f.mu.Lock()
	f.asked = append(f.asked, file)
	f.mu.Unlock()
	got := f.files[file.Places[0].Path]
	if got == nil {
		return nil, fetch.Info{}, errors.New("550 /srv/secret: no such file at 10.0.0.7")
	}
	info := fetch.Info{Size: int64(len(got.body)), Time: stamp(), Precision: index.Second, Ranges: !got.noRanges}
	if got.size != 0 {
		info.Size = got.size
	}
	switch got.precision {
	case index.Unknown:
	case index.Day:
		info.Time, info.Precision = stamp().Truncate(24*time.Hour), index.Day
	default:
		info.Precision = got.precision
	}
	return got, info, got.err
}

func (f *fakeFetcher) Open(_ context.Context, file fetch.File, offset int64) (fetch.Body, error) {
	f.opens.Add(1)
	got, info, err := f.file(file)
	if err != nil {
		return nil, err
	}
	if offset > 0 && got.noRanges {
		return nil, fakeError(index.NoRestart)
	}
	b := &fakeBody{info: info, place: file.Places[0], closed: &f.closed, done: make(chan struct{})}
	text := got.body[offset:]
	b.r = bytes.NewReader([]byte(text))
	if got.breaks > 0 {
		b.breaks, b.r = true, bytes.NewReader([]byte(text[:got.breaks]))
	}
	b.stalls = got.stalls
	return b, nil
}

func (f *fakeFetcher) Stat(_ context.Context, file fetch.File) (fetch.Info, index.Place, error) {
	f.stats.Add(1)
	_, info, err := f.file(file)
	return info, file.Places[0], err
}

type fakeBody struct {
	r      io.Reader
	info   fetch.Info
	place  index.Place
	breaks bool
	stalls bool
	closed *atomic.Int32
	once   sync.Once
	done   chan struct{}
}

func (b *fakeBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	switch {
	case n > 0 || err == nil:
		return n, err
	case b.stalls:
		<-b.done
		return 0, io.ErrClosedPipe
	case b.breaks:
		return 0, errors.New("426 broken: /srv/secret")
	}
	return n, err
}

func (b *fakeBody) Close() error {
	b.once.Do(func() { b.closed.Add(1); close(b.done) })
	return nil
}

func (b *fakeBody) Info() fetch.Info   { return b.info }
func (b *fakeBody) Place() index.Place { return b.place }

// newCatalogue returns a host with files of the fetcher, and a second one with some of them.
func newCatalogue(t *testing.T, files map[index.Path]*fakeFile, mirrored ...index.Path) *indextest.Brute {
	t.Helper()
	c := indextest.NewBrute()
	all := map[index.HostID][]index.Path{"ftp://h/": nil, "ftp://h:2121/": mirrored}
	for p := range files {
		all["ftp://h/"] = append(all["ftp://h/"], p)
	}
	for id, paths := range all {
		dirs := map[index.Path][]index.Entry{"/": {{Name: "pub", Kind: index.Dir, Size: index.UnknownSize}}}
		for _, p := range paths {
			size := int64(len(files[p].body))
			if files[p].size != 0 {
				size = files[p].size
			}
			e := index.Entry{Name: p.Base(), Size: size, Unix: stamp().Unix(), Precision: index.Second}
			dirs[p.Dir()] = append(dirs[p.Dir()], e)
		}
		record(t, c, id, dirs)
	}
	return c
}

func record(t *testing.T, c index.Catalogue, id index.HostID, dirs map[index.Path][]index.Entry) {
	t.Helper()
	if err := c.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := c.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	for dir, entries := range dirs {
		if err := crawl.Put(t.Context(), index.Listing{Dir: dir, Taken: stamp(), Entries: entries}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(crawl.Finish(t.Context(), true), crawl.Close()); err != nil {
		t.Fatal(err)
	}
}

// newGateway returns a gateway to files.
func newGateway(t *testing.T, files map[index.Path]*fakeFile, limits Limits) (*Gateway, *fakeFetcher) {
	t.Helper()
	f := &fakeFetcher{files: files}
	schemes := index.NewSchemes(index.Scheme{Name: "ftp", Port: 21})
	return New(Options{Catalogue: newCatalogue(t, files), Fetcher: f, Schemes: schemes, Limits: limits}), f
}

// ask asks the gateway; headers are names and values in turn.
func ask(t *testing.T, g http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// fakeError is an error with a cause.
type fakeError index.Cause

func (e fakeError) Error() string      { return "10.0.0.7: " + string(e) }
func (e fakeError) Cause() index.Cause { return index.Cause(e) }
