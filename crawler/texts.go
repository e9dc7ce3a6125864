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

// readTexts fetches the texts that the catalogue does not have yet, some at once.
func (p *pass) readTexts(ctx context.Context) error {
	p.texts.mu.Lock()
	chosen := p.texts.choose()
	p.texts.mu.Unlock()
	few, _ := p.lanes(Way{Lanes: p.c.limits.AtFirst})
	var all sync.WaitGroup
	free := make(chan struct{}, few)
	var failures atomic.Int64 // in a row
	for _, t := range chosen {
		free <- struct{}{}
		if failures.Load() >= mostFailures || ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-free }()
			switch err := p.offerText(ctx, t); {
			case err == nil:
				failures.Store(0)
			case ctx.Err() == nil:
				p.c.log.Debug("read text", "host", p.id, "path", index.Visible(string(t.path)), "err", err)
				failures.Add(1)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// mostFailures is how many texts in a row may fail before no more are fetched.
const mostFailures = 5

// offerText fetches one text into the catalogue, unless that has it.
func (p *pass) offerText(ctx context.Context, t leaflet) error {
	known, err := p.c.cat.Text(ctx, p.id, t.path)
	if err == nil && known.Size == t.size && known.Time.Equal(t.time) {
		return nil
	}
	if err := p.slot.take(ctx); err != nil {
		return err
	}
	if err := p.readText(ctx, t); err != nil {
		return err
	}
	p.meter.texts.Add(1)
	return nil
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
