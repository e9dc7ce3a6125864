package crawler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"trawl/crawler/listing"
	"trawl/crawler/loops"
	"trawl/crawler/robots"
	"trawl/index"
)

// candidates are the texts that describe an archive, collected while it is listed: as
// many as may be fetched, those nearest to the root first. Its methods may be called from
// several goroutines.
type candidates struct {
	most  int
	bytes int64

	mu    sync.Mutex // guards texts
	texts []candidate
}

// candidate is a text that may be fetched.
type candidate struct {
	path index.Path
	size int64
	time time.Time
}

// offer adds the texts of a listing.
func (s *candidates) offer(l *index.Listing) {
	if s.most <= 0 {
		return
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.File || e.Size <= 0 || e.Size > s.bytes || len(l.Dir)+len(e.Wire()) > maxPath || !describes(e.Name) {
			continue
		}
		s.mu.Lock()
		s.texts = append(s.texts, candidate{l.Dir.Join(e.Wire()), e.Size, e.Time()})
		if len(s.texts) > 4*s.most {
			s.cull()
		}
		s.mu.Unlock()
	}
}

// chosen returns the best texts.
func (s *candidates) chosen() []candidate {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cull()
	return s.texts
}

// cull keeps the best texts; mu is held.
func (s *candidates) cull() {
	slices.SortFunc(s.texts, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.path.Depth(), b.path.Depth()), cmp.Compare(a.path, b.path))
	})
	s.texts = slices.Compact(s.texts)
	s.texts = s.texts[:min(len(s.texts), s.most)]
}

// describes reports whether a file of this name describes the files around it.
//
//	"README", "readme.txt", "INDEX", "00-INDEX", ".message", "tool-1.2.lsm", "notes.txt"
func describes(name string) bool {
	name = strings.ToLower(name)
	switch path.Ext(name) {
	case ".txt", ".lsm":
		return name != robots.Name
	case "", ".message", ".md", ".html", ".index":
	default:
		if len(path.Ext(name)) <= 4 { // README.gz is no text, README.debian is
			return false
		}
	}
	for _, start := range []string{"readme", "index", "00", ".message"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// textReader fetches the chosen texts into the catalogue.
type textReader struct {
	run    *run
	stop   context.CancelCauseFunc
	chosen map[index.Path]candidate
	front  *frontier
	failed atomic.Int64 // texts in a row
}

// readTexts fetches the texts that the catalogue does not have yet, over as many
// connections as directories are listed over. The error is errCatalogue if one could not be
// stored; a text that the host does not give is no error.
func (r *run) readTexts(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	all := r.out.texts.chosen()
	t := &textReader{run: r, stop: stop, chosen: make(map[index.Path]candidate, len(all))}
	t.front = newFrontier(r.conns.forFiles(t.connections()))
	for _, c := range slices.Backward(all) { // the last is taken first
		t.chosen[c.path] = c
		t.front.push(only(loops.Directory{Dir: c.path}))
	}
	t.read(ctx)
	return context.Cause(ctx)
}

// connections returns over how many connections files are read: as many as the server
// allows, and no more than the walk has found.
func (t *textReader) connections() int {
	server, _ := t.run.link.now()
	_, dirs := server.Ways()
	useful := t.run.limits.Host.AtFirst
	for _, w := range dirs {
		if !w.Shared() {
			useful = max(useful, w.Connections())
		}
	}
	if known := t.run.host.connections(); known > 0 {
		useful = min(useful, known)
	}
	return useful
}

// mostFailures is how many texts in a row may fail before no more are fetched.
const mostFailures = 5

// read fetches all texts.
func (t *textReader) read(ctx context.Context) {
	var all sync.WaitGroup
	for t.failed.Load() < mostFailures {
		next, ok := t.front.next(ctx)
		if !ok {
			break
		}
		all.Go(func() {
			defer t.front.done()
			switch fetched, err := t.update(ctx, t.chosen[next.Dir]); {
			case err == nil:
				t.failed.Store(0)
				if fetched {
					t.front.listed()
				}
			case errors.Is(err, errCatalogue):
				t.stop(err)
			case ctx.Err() == nil:
				t.run.host.log.Debug("read text", "path", index.Visible(string(next.Dir)), "err", err)
				t.failed.Add(1)
				if errors.Is(err, ErrBusy) {
					t.front.tooBusy()
				}
			}
		})
	}
	all.Wait()
}

// update fetches one text into the catalogue, unless that has it.
func (t *textReader) update(ctx context.Context, c candidate) (fetched bool, err error) {
	known, err := t.run.host.cat.Text(ctx, t.run.host.before.ID, c.path)
	if err == nil && known.Size == c.size && known.Time.Equal(c.time) {
		return false, nil
	}
	if err := t.run.slot.Acquire(ctx); err != nil {
		return false, err
	}
	if err := t.fetch(ctx, c); err != nil {
		return false, err
	}
	t.run.meter.texts.Add(1)
	return true, nil
}

// fetch fetches one text into the catalogue. One that turns out to be something else is no
// error.
func (t *textReader) fetch(ctx context.Context, c candidate) error {
	host := t.run.host
	server, generation := t.run.link.now()
	watched, watch := t.run.live.Watch(ctx)
	defer watch.Close()
	f, err := server.Open(watched, c.path, 0)
	if errors.Is(err, ErrGone) {
		if err := t.run.link.renew(ctx, generation); err != nil {
			return err
		}
		server, _ = t.run.link.now()
		f, err = server.Open(watched, c.path, 0)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, min(t.run.limits.TextBytes, index.MaxText)))
	if err != nil {
		return fmt.Errorf("read %s: %w", index.Visible(string(c.path)), err)
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil
	}
	body := decode(raw, cmp.Or(host.before.Settings.Charset, server.Known().Charset))
	if len(body) > index.MaxText {
		body = strings.ToValidUTF8(body[:index.MaxText], "")
	}
	err = host.cat.PutText(ctx, index.Text{
		Host: host.before.ID, Path: c.path, Size: c.size, Time: c.time, Body: body, Taken: time.Now(),
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errCatalogue, err)
	}
	return nil
}

// decode makes text of bytes: UTF-8 if they are that, else of the charset of the
// host's names; if that is not known, of the charset that the text itself suggests.
func decode(raw []byte, charset string) string {
	text := string(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if utf8.ValidString(text) {
		return text
	}
	d, err := listing.NewDecoder("", charset)
	if err != nil || d.Charset() == "" || d.Charset() == "utf-8" {
		d, _ = listing.NewDecoder("", "") // no charset is no wrong one
		for line := range strings.Lines(text) {
			d.Learn(line)
		}
	}
	return d.Decode(text)
}
