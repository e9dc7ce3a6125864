package catalogue_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/index/indextest"
	"trawl/web/catalogue"
	"trawl/web/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var visitor = netip.MustParseAddr("192.0.2.14")

// noon is when all files were modified, unless a test says otherwise.
var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

// world is a catalogue with hosts whose files have their paths as content.
type world struct {
	*indextest.Brute
	fetcher *fetcher
	schemes index.Schemes

	mu       sync.Mutex // guards searches and lists
	searches int
	lists    int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Brute: indextest.NewBrute(), fetcher: &fetcher{bodies: map[string]string{}, errs: map[string]error{}}}
	w.schemes = index.NewSchemes(index.Scheme{Name: "ftp", Port: 21}, index.Scheme{Name: "sftp", Port: 22})
	return w
}

// Search counts.
func (w *world) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	w.mu.Lock()
	w.searches++
	w.mu.Unlock()
	return w.Brute.Search(ctx, q)
}

// List counts.
func (w *world) List(ctx context.Context, id index.HostID, dir index.Path, after string, limit int) (index.Listing, error) {
	w.mu.Lock()
	w.lists++
	w.mu.Unlock()
	return w.Brute.List(ctx, id, dir, after, limit)
}

func (w *world) counts() (searches, lists int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.searches, w.lists
}

// open returns the tree.
func (w *world) open(limits catalogue.Limits) *catalogue.FS {
	g := gateway.New(gateway.Options{Catalogue: w, Fetcher: w.fetcher, Schemes: w.schemes})
	return catalogue.New(catalogue.Options{Catalogue: w, Schemes: w.schemes, Files: g, Limits: limits})
}

// host records a host. Lines are paths: one with a slash at its end is a folder, " -> " begins the target of a link, "!state" at
// the end of a folder says what its listing is.
func (w *world) host(t testing.TB, id index.HostID, lines ...string) {
	t.Helper()
	dirs := map[index.Path]*index.Listing{}
	var add func(p index.Path, e index.Entry)
	dir := func(p index.Path) *index.Listing {
		if dirs[p] == nil {
			dirs[p] = &index.Listing{Dir: p, Taken: noon}
			if p != id.Root() && p != "/" {
				add(p, index.Entry{Kind: index.Dir, Size: index.UnknownSize, Unix: noon.Unix(), Precision: index.Second})
			}
		}
		return dirs[p]
	}
	add = func(p index.Path, e index.Entry) {
		e.Name = strings.ToValidUTF8(p.Base(), "\ufffd")
		if e.Name != p.Base() {
			e.Raw = p.Base()
		}
		l := dir(p.Dir())
		l.Entries = append(l.Entries, e)
	}
	dir(id.Root())
	for _, line := range lines {
		line, state, _ := strings.Cut(line, "!")
		name, target, isLink := strings.Cut(line, " -> ")
		switch p := index.Path(name); {
		case strings.HasSuffix(name, "/"):
			l := dir(p[:len(p)-1])
			for _, s := range []index.State{index.Truncated, index.Unparsed, index.Denied, index.Stale} {
				if s.String() == state {
					l.State, l.Why = s, "550 because"
				}
			}
		case strings.HasSuffix(name, "?"): // its size is not known
			p = p[:len(p)-1]
			w.fetcher.bodies[string(id)+string(p)] = string(p)
			add(p, index.Entry{Size: index.UnknownSize})
		case isLink:
			add(p, index.Entry{Kind: index.Link, Size: index.UnknownSize, Target: strings.TrimSpace(target)})
		default:
			at := string(id) + string(p)
			if _, ok := w.fetcher.bodies[at]; !ok {
				w.fetcher.bodies[at] = string(p)
			}
			add(p, index.Entry{Size: int64(len(w.fetcher.bodies[at])), Unix: noon.Unix(), Precision: index.Second})
		}
	}
	w.record(t, id, dirs)
}

func (w *world) record(t testing.TB, id index.HostID, dirs map[index.Path]*index.Listing) {
	t.Helper()
	if err := w.Update(t.Context(), id, func(h *index.Host) error { h.Health.LastCrawl = noon; return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := w.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range dirs {
		before := *l
		if l.State == index.Stale {
			before.State = index.Complete
		}
		if err := crawl.Put(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		if l.State == index.Stale {
			if err := crawl.Put(t.Context(), *l); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(crawl.Finish(t.Context(), true), crawl.Close()); err != nil {
		t.Fatal(err)
	}
}

// fetcher gives files by the URLs of their places, each of which may fail.
type fetcher struct {
	mu     sync.Mutex // guards what follows
	bodies map[string]string
	errs   map[string]error
	opens  []int64 // the offsets
	closed int
}

func (f *fetcher) Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opens = append(f.opens, offset)
	var err error
	for _, p := range file.Places {
		at := string(p.Host) + string(p.Path)
		if err = f.errs[at]; err != nil {
			continue
		}
		body := f.bodies[at]
		b := &transfer{Reader: strings.NewReader(body[min(int(offset), len(body)):]), of: f, place: p, size: int64(len(body)), waits: body == "waits", ended: make(chan struct{})}
		b.stop = context.AfterFunc(ctx, func() { _ = b.Close() })
		return b, nil
	}
	return nil, err
}

func (f *fetcher) Stat(context.Context, fetch.File) (fetch.Info, index.Place, error) {
	return fetch.Info{}, index.Place{}, errors.ErrUnsupported
}

type transfer struct {
	*strings.Reader
	of    *fetcher
	place index.Place
	size  int64
	waits bool
	once  sync.Once
	ended chan struct{}
	stop  func() bool
}

func (b *transfer) Read(p []byte) (int, error) {
	if b.waits {
		<-b.ended
		return 0, errors.New("closed")
	}
	return b.Reader.Read(p)
}

func (b *transfer) Info() fetch.Info   { return fetch.Info{Size: b.size, Ranges: true} }
func (b *transfer) Place() index.Place { return b.place }

func (b *transfer) Close() error {
	b.once.Do(func() {
		close(b.ended)
		b.of.mu.Lock()
		defer b.of.mu.Unlock()
		b.of.closed++
	})
	return nil
}

// causedError is an error with a cause.
type causedError index.Cause

func (e causedError) Error() string      { return "10.0.0.7: " + string(e) }
func (e causedError) Cause() index.Cause { return index.Cause(e) }

// walk returns all paths below a folder: with a slash for folders, with the target for links. A path that cannot be read has its error
// behind "!".
func walk(t testing.TB, f fs.FS, dir string) (all []string) {
	t.Helper()
	list, err := fs.ReadDir(f, dir)
	if err != nil {
		return []string{dir + "!" + sentence(err)}
	}
	for _, e := range list {
		p := dir + "/" + e.Name()
		switch {
		case e.IsDir():
			all = append(all, p+"/")
			all = append(all, walk(t, f, p)...)
		case e.Type()&fs.ModeSymlink != 0:
			to, err := fs.ReadLink(f, p)
			if err != nil {
				t.Error(err)
			}
			all = append(all, p+" -> "+to)
		default:
			all = append(all, p)
		}
	}
	return all
}

// sentence returns what a door says of an error.
func sentence(err error) string {
	var says interface{ Sentence() string }
	switch {
	case errors.As(err, &says):
		return says.Sentence()
	case errors.Is(err, fs.ErrNotExist):
		return "not there"
	case err == nil:
		return ""
	}
	return "no sentence: " + err.Error()
}

// content returns what is in a file, or what is said of it.
func content(f fs.FS, name string) string {
	file, err := f.Open(name)
	if err != nil {
		return "!" + sentence(err)
	}
	defer file.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, file); err != nil {
		return b.String() + "!" + sentence(err)
	}
	return b.String()
}
