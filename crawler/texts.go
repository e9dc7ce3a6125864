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
	"trawl/index"
)

// shelf collects the texts that describe an archive while it is listed: as many
// as may be fetched, the ones nearest to the root first.
type shelf struct {
	most  int
	bytes int64

	mu    sync.Mutex // guards texts
	texts []leaflet
}

// leaflet is a text that may be fetched.
type leaflet struct {
	path index.Path
	size int64
	time time.Time
}

// offer takes the texts of a listing in.
func (s *shelf) offer(l *index.Listing) {
	if s.most <= 0 {
		return
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.File || e.Size <= 0 || e.Size > s.bytes || len(l.Dir)+len(e.Wire()) > maxPath || !describes(e.Name) {
			continue
		}
		s.mu.Lock()
		s.texts = append(s.texts, leaflet{l.Dir.Join(e.Wire()), e.Size, e.Time()})
		if len(s.texts) > 4*s.most {
			s.choose()
		}
		s.mu.Unlock()
	}
}

// choose keeps the best texts; mu is held.
func (s *shelf) choose() []leaflet {
	slices.SortFunc(s.texts, func(a, b leaflet) int {
		return cmp.Or(cmp.Compare(a.path.Depth(), b.path.Depth()), cmp.Compare(a.path, b.path))
	})
	s.texts = slices.Compact(s.texts)
	s.texts = s.texts[:min(len(s.texts), s.most)]
	return s.texts
}

// describes reports whether a file of this name describes what is around it.
//
//	"README", "readme.txt", "INDEX", "00-INDEX", ".message", "tool-1.2.lsm", "notes.txt"
func describes(name string) bool {
	name = strings.ToLower(name)
	switch path.Ext(name) {
	case ".txt", ".lsm":
		return name != robots
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

// readTexts fetches the texts that the catalogue does not have yet, over as many
// connections as directories are listed over.
func (p *pass) readTexts(ctx context.Context) error {
	p.texts.mu.Lock()
	chosen := p.texts.choose()
	p.texts.mu.Unlock()
	few, most := p.lanes(p.textLanes(), false)
	front := newFrontier(newLanes(few, most, p.quota.more))
	texts := make(map[index.Path]leaflet, len(chosen))
	for _, t := range slices.Backward(chosen) { // the last is taken first
		texts[t.path] = t
		front.push(only(task{dir: t.path}))
	}
	var all sync.WaitGroup
	var failures atomic.Int64 // in a row
	for failures.Load() < mostFailures {
		t, ok := front.next(ctx)
		if !ok {
			break
		}
		all.Go(func() {
			defer front.done()
			switch fetched, err := p.offerText(ctx, texts[t.dir]); {
			case err == nil:
				failures.Store(0)
				if fetched {
					front.went(false)
				}
			case ctx.Err() == nil:
				p.c.log.Debug("read text", "host", p.id, "path", index.Visible(string(t.dir)), "err", err)
				failures.Add(1)
				if errors.Is(err, ErrBusy) {
					front.went(true)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// textLanes is over how many connections files are read: as many as the server bears,
// and not more than the walk has found.
func (p *pass) textLanes() int {
	server, _ := p.link.now()
	lanes := p.c.limits.AtFirst
	_, dirs := server.Ways()
	for _, w := range dirs {
		if !w.Shared() {
			lanes = max(lanes, w.Connections())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known.Lanes > 0 {
		lanes = min(lanes, p.known.Lanes)
	}
	return lanes
}

// mostFailures is how many texts in a row may fail before no more are fetched.
const mostFailures = 5

// offerText fetches one text into the catalogue, unless that has it.
func (p *pass) offerText(ctx context.Context, t leaflet) (fetched bool, err error) {
	known, err := p.c.cat.Text(ctx, p.id, t.path)
	if err == nil && known.Size == t.size && known.Time.Equal(t.time) {
		return false, nil
	}
	if err := p.slot.take(ctx); err != nil {
		return false, err
	}
	if err := p.readText(ctx, t); err != nil {
		return false, err
	}
	p.meter.texts.Add(1)
	return true, nil
}

// readText fetches one text into the catalogue. One that turns out to be
// something else is no error.
func (p *pass) readText(ctx context.Context, t leaflet) error {
	server, generation := p.link.now()
	watched, _, release := p.watch(ctx)
	defer release()
	f, err := server.Open(watched, t.path, 0)
	if errors.Is(err, ErrGone) {
		if err := p.link.renew(ctx, generation); err != nil {
			return err
		}
		server, _ = p.link.now()
		f, err = server.Open(watched, t.path, 0)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, min(p.texts.bytes, index.MaxText)))
	if err != nil {
		return fmt.Errorf("read %s: %w", index.Visible(string(t.path)), err)
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil
	}
	body := decode(raw, cmp.Or(p.before.Settings.Charset, server.Known().Charset))
	if len(body) > index.MaxText {
		body = strings.ToValidUTF8(body[:index.MaxText], "")
	}
	return p.c.cat.PutText(ctx, index.Text{
		Host: p.id, Path: t.path, Size: t.size, Time: t.time, Body: body, Taken: time.Now(),
	})
}

// decode makes text of bytes: UTF-8 if they are that, else of the charset of the
// host's names; if that is not known the text tells its own.
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
