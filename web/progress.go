package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/crawler"
	"trawl/index"
	"trawl/web/address"
)

// Crawls knows how the crawls of this process go on; *crawler.Crawler does.
type Crawls interface {
	Progress(id index.HostID) (crawler.Progress, bool)
}

var _ Crawls = (*crawler.Crawler)(nil)

// progress is how a crawl goes on, as an event of the stream has it.
type progress struct {
	Directories int64        `json:"directories"` // that are listed
	Known       int64        `json:"known"`       // listed, or waiting to be
	Files       int64        `json:"files"`
	Text        string       `json:"text"`
	Dir         string       `json:"dir"` // listed last, made visible
	Events      template.URL `json:"-"`
}

// progressOf returns how the crawl of a host goes on, nil if there is none. A crawl of another process is known by
// what it has recorded.
func (p *portal) progressOf(v visit, h *index.Host) *progress {
	out := &progress{Directories: h.Tally.Directories, Known: h.Tally.Directories, Files: h.Tally.Files, Events: v.keep(string(progressAddress(h.ID)))}
	now, ok := crawler.Progress{}, false
	if p.crawls != nil {
		now, ok = p.crawls.Progress(h.ID)
	}
	switch {
	case ok:
		out.Directories, out.Files, out.Known, out.Dir = now.Directories, now.Files, now.Directories+now.Waiting, now.Dir
		out.Text = v.Text("host.stage-" + string(now.Stage))
	case h.Health.Crawling:
		out.Text = v.Text("host.stage-elsewhere")
	default:
		return nil
	}
	out.Text = v.Text("host.progress", "Stage", out.Text, "Directories", v.Count("browse.directories", out.Directories), "Files", v.Count("browse.files", out.Files))
	return out
}

// progressAddress returns the address of the events of a crawl.
func progressAddress(id index.HostID) template.URL {
	return template.URL(address.Host.Of(id, id.Root().Join("progress"))) //nolint:gosec // what is foreign in it is percent-encoded
}

// The limits of streams of events.
const (
	mostStreams  = 64               // at once
	streamEvery  = time.Second      // an event
	streamWrites = 15 * time.Second // to write an event, and between heartbeats
	streamLasts  = 10 * time.Minute // browsers come again
)

// follow answers GET /host/SCHEME/HOST/progress with events (text/event-stream) while the host is crawled. The
// event "progress" holds a progress as JSON, "end" that there is no crawl any more.
// See https://html.spec.whatwg.org/multipage/server-sent-events.html.
func (p *portal) follow(c *gin.Context, v visit, id index.HostID) {
	leave, ok := p.enterStream(c.Request)
	if !ok {
		c.Header("Retry-After", "30")
		c.AbortWithStatus(http.StatusServiceUnavailable)
		return
	}
	defer leave()
	c.Header("Content-Type", "text/event-stream; charset=utf-8")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no") // a proxy in between passes events on at once
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		return
	}
	ctx, stop := context.WithTimeout(c.Request.Context(), streamLasts)
	defer stop()
	s := stream{c.Writer, http.NewResponseController(c.Writer)}
	ticker := time.NewTicker(streamEvery)
	defer ticker.Stop()
	last, sent := "", time.Now()
	for {
		event, more, err := p.event(ctx, v, id)
		if err != nil {
			return
		}
		switch {
		case event != last:
			last, sent = event, time.Now()
			err = s.send(event)
		case time.Since(sent) > streamWrites:
			sent = time.Now()
			err = s.send(":\n\n") // a comment, so that proxies keep the connection
		}
		if err != nil || !more {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-p.until:
			return
		case <-ticker.C:
		}
	}
}

// enterStream takes a place for a stream of events, if there is one for the visitor.
func (p *portal) enterStream(r *http.Request) (leave func(), ok bool) {
	left := func() {}
	if p.gateway != nil {
		if left, ok = p.gateway.Follow(r); !ok {
			return nil, false
		}
	}
	select {
	case p.streams <- struct{}{}:
		return func() { <-p.streams; left() }, true
	default:
		left()
		return nil, false
	}
}

// event returns the event of the present, and whether others follow.
func (p *portal) event(ctx context.Context, v visit, id index.HostID) (event string, more bool, err error) {
	host, err := p.catalogue.Host(ctx, id)
	if err != nil {
		return "", false, err
	}
	now := p.progressOf(v, &host)
	if now == nil {
		return "event: end\ndata: {}\n\n", false, nil
	}
	data, err := json.Marshal(now)
	if err != nil {
		return "", false, err
	}
	return fmt.Sprintf("event: progress\ndata: %s\n\n", data), true, nil
}

// stream is an answer that goes on longer than the server lets others take.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// send sends a part of the answer at once.
func (s stream) send(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(streamWrites)); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
