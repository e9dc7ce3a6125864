package hosted

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/pace"
	"trawl/ftpd/tree"
	"trawl/index"
)

// way is the name of the only way to list what is hosted.
const way = "folder"

// source reaches the hosts that are served from here, through the view of guests instead of a connection.
type source struct {
	view   *tree.View
	scheme index.Scheme
}

var _ crawler.Source = (*source)(nil)

// Schemes returns that of the host.
func (s *source) Schemes() []index.Scheme { return []index.Scheme{s.scheme} }

// Connect implements crawler.Source.
func (s *source) Connect(_ context.Context, host index.Host, _ *pace.Pacer) (crawler.Server, error) {
	return newServer(s.view, host)
}

// server is a host that is served from here.
type server struct {
	view    *tree.View
	known   index.Known
	decoder *listing.Decoder
}

var (
	_ crawler.Server = (*server)(nil)
	_ crawler.DirWay = (*server)(nil)
)

func newServer(view *tree.View, host index.Host) (*server, error) {
	d, err := listing.NewDecoder(host.Settings.Charset, host.Known.Charset)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", host.ID, err)
	}
	return &server{view, host.Known, d}, nil
}

// Ways implements crawler.Server. Directories that the owner excludes from crawls by other programs are not excluded here.
func (s *server) Ways() ([]crawler.TreeWay, []crawler.DirWay) { return nil, []crawler.DirWay{s} }

// Name implements crawler.DirWay.
func (s *server) Name() string { return way }

// Connections implements crawler.DirWay.
func (s *server) Connections() int { return 1 }

// Shared implements crawler.DirWay.
func (s *server) Shared() bool { return true }

// List implements crawler.DirWay.
func (s *server) List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l, err := s.list(dir)
	if err != nil {
		return fmt.Errorf("list %s: %w: %w", dir, crawler.ErrDenied, err)
	}
	return hand(l)
}

// list lists a directory as guests see it. Folders that they may not list are left out.
func (s *server) list(dir index.Path) (index.Listing, error) {
	l := index.Listing{Dir: dir, Taken: time.Now(), Way: way}
	f, err := s.view.Open(string(dir))
	if err != nil {
		return l, err
	}
	defer f.Close()
	d, ok := f.(fs.ReadDirFile)
	if info, err := f.Stat(); err == nil && (!ok || !info.IsDir()) {
		return l, tree.ErrNoDir
	}
	files, err := d.ReadDir(-1)
	if err != nil {
		return l, fmt.Errorf("read the directory: %w", err)
	}
	for _, file := range files {
		s.decoder.Learn(file.Name())
	}
	if shown := s.decoder.Decode(string(dir)); shown != string(dir) {
		l.Shown = shown
	}
	for _, file := range files {
		if e, ok := s.entry(string(dir), file); ok {
			l.Entries = append(l.Entries, e)
		}
	}
	return l, nil
}

// entry returns the entry of a file, if it is still there and guests may list it.
func (s *server) entry(dir string, file fs.DirEntry) (e index.Entry, ok bool) {
	info, err := file.Info()
	if err != nil {
		return e, false
	}
	name := file.Name()
	e = index.Entry{Name: s.decoder.Decode(name), Size: index.UnknownSize, Unix: info.ModTime().Unix(), Precision: index.Second}
	if e.Name != name {
		e.Raw = name
	}
	if e.Name == "" || strings.ContainsAny(e.Name, "/\x00") {
		return e, false
	}
	p := path.Join(dir, name)
	switch mode := info.Mode(); {
	case mode.IsDir():
		e.Kind = index.Dir
		return e, s.view.Rights(p).Has(tree.List)
	case mode&fs.ModeSymlink != 0:
		e.Kind = index.Link
		if target, err := s.view.ReadLink(p); err == nil && len(target) <= listing.MaxLine {
			e.Target = s.decoder.Decode(target)
		}
		return e, true
	case mode.IsRegular():
		e.Size = info.Size()
		return e, true
	}
	return e, false
}

// Known implements crawler.Server.
func (s *server) Known() index.Known {
	known := s.known
	known.Way, known.Charset = way, s.decoder.Charset()
	return known
}

// Open implements crawler.Server. There is no robots.txt: it speaks to crawlers from elsewhere, and rights to this one.
func (s *server) Open(_ context.Context, p index.Path, offset int64) (io.ReadCloser, error) {
	if p == "/robots.txt" {
		return nil, crawler.ErrAbsent
	}
	f, err := s.view.Open(string(p))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p, refusal(err))
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return nil, errors.Join(fmt.Errorf("open %s: %w", p, crawler.ErrDenied), f.Close())
	}
	if _, err := io.CopyN(io.Discard, f, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("open %s: %w", p, err), f.Close())
	}
	return f, nil
}

// Stat implements crawler.Server.
func (s *server) Stat(_ context.Context, p index.Path) (crawler.Fact, error) {
	info, err := s.view.Stat(string(p))
	if err != nil {
		return crawler.Fact{}, fmt.Errorf("ask for %s: %w", p, refusal(err))
	}
	if !info.Mode().IsRegular() {
		return crawler.Fact{}, fmt.Errorf("ask for %s: %w", p, crawler.ErrDenied)
	}
	return crawler.Fact{Size: info.Size(), Time: info.ModTime().UTC().Truncate(time.Second), Precision: index.Second, Ranges: true}, nil
}

// refusal returns the error of the crawler for that of a view.
func refusal(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", crawler.ErrAbsent, err)
	}
	return fmt.Errorf("%w: %w", crawler.ErrDenied, err)
}

// Close implements crawler.Server.
func (s *server) Close() error { return nil }
