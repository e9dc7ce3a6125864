package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// request is a request for a file under way.
type request struct {
	g    *Gateway
	w    http.ResponseWriter
	r    *http.Request
	e    *entry
	file fetch.File
}

// get answers GET and HEAD /get/SCHEME/HOST/PATH. An error is returned before anything is sent.
func (g *Gateway) get(w http.ResponseWriter, r *http.Request, e *entry) error {
	if link, ok := g.elsewhere(e); ok {
		send(w, link)
		return nil
	}
	v, err := g.visitors.enter(r)
	if err != nil {
		return err
	}
	defer v.leave()
	q := &request{g, w, r, e, g.file(r.Context(), e)}
	size := q.file.Size
	wanted := r.Header.Get("Range")
	if r.Method == http.MethodHead || conditional(r.Header) || wanted != "" && size == index.UnknownSize {
		info, _, err := g.opt.Fetcher.Stat(r.Context(), q.file)
		if err != nil {
			return e.hostFailed(err)
		}
		g.await(w)
		if q.settled(info) {
			return nil
		}
		size = info.Size
		if !info.Ranges {
			wanted = ""
		}
	}
	part, err := q.open(r.Context(), wanted, size)
	if err != nil {
		return err
	}
	if part == nil {
		return nil
	}
	defer part.body.Close()
	return q.answer(r.Context(), v, part)
}

// settled answers a request that needs no byte of the file, if it does: HEAD, and one whose conditions do not hold.
func (q *request) settled(info fetch.Info) bool {
	valid := validatorsOf(info, time.Now())
	switch status := valid.check(q.r.Header); status {
	case http.StatusNotModified:
		valid.set(q.w.Header())
		q.w.Header().Set("Cache-Control", "no-cache")
		q.w.WriteHeader(status)
		return true
	case http.StatusPreconditionFailed:
		q.g.refuse(q.w, q.r, &Refusal{Status: status, Kind: Condition, Message: "The file is not the one that the request is about."})
		return true
	}
	if q.r.Method != http.MethodHead {
		return false
	}
	q.headers(info)
	if info.Size != index.UnknownSize {
		q.w.Header().Set("Content-Length", strconv.FormatInt(info.Size, 10))
	}
	q.w.WriteHeader(http.StatusOK)
	return true
}

// part is a part of a file on its way.
type part struct {
	span
	partial bool
	body    fetch.Body
	first   []byte // the bytes that were read already
	ended   bool   // nothing follows these
}

// open opens the part that a header Range wants of a file with a size, or the whole. It is nil if the range
// lies behind the end, which is answered.
func (q *request) open(ctx context.Context, wanted string, size int64) (*part, error) {
	var at span
	partial := false
	if wanted != "" && size != index.UnknownSize {
		var err error
		at, partial, err = readRange(wanted, size)
		if errors.Is(err, errBehind) {
			return nil, q.behind(ctx)
		}
	}
	if !partial {
		return q.openAt(ctx, whole(size), false)
	}
	p, err := q.openAt(ctx, at, true)
	if err != nil {
		if refusalOf(err).Cause == index.NoRestart {
			return q.openAt(ctx, whole(size), false)
		}
		return nil, err
	}
	info := p.body.Info()
	if info.Size == size && info.Ranges && validatorsOf(info, time.Now()).keepsRange(q.r.Header.Get("If-Range")) {
		return p, nil
	}
	p.body.Close()
	return q.openAt(ctx, whole(size), false)
}

// openAt opens the file and reads its first bytes, so that a failure has a status of its own.
func (q *request) openAt(ctx context.Context, at span, partial bool) (*part, error) {
	body, err := q.g.opt.Fetcher.Open(ctx, q.file, at.start)
	if err != nil {
		return nil, q.e.hostFailed(err)
	}
	p := &part{at, partial, body, make([]byte, 4*leastWrite), false}
	if !partial {
		p.span = whole(body.Info().Size)
	}
	n, err := body.Read(p.first)
	p.first = p.first[:n]
	switch p.ended = errors.Is(err, io.EOF); {
	case p.ended && n == 0 && p.length > 0:
		err = io.ErrUnexpectedEOF
	case p.ended || n > 0:
		return p, nil // an error after some bytes comes again
	case err == nil:
		return p, nil
	}
	body.Close()
	return nil, q.e.hostFailed(err)
}

// behind answers a range that begins behind the end of the file, once the host has said that this is its end.
func (q *request) behind(ctx context.Context) error {
	info, _, err := q.g.opt.Fetcher.Stat(ctx, q.file)
	if err != nil {
		return q.e.hostFailed(err)
	}
	q.g.await(q.w)
	h := q.w.Header()
	validatorsOf(info, time.Now()).set(h)
	h.Set("Content-Range", "bytes */"+strconv.FormatInt(info.Size, 10))
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	q.w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
	_, err = io.WriteString(q.w, "The file has "+bytesIn(info.Size)+": the range begins behind its end.\n")
	return err
}

// answer sends a part. After the first byte it panics with http.ErrAbortHandler where it cannot go on, so that the
// visitor sees that the file is short.
func (q *request) answer(ctx context.Context, v *visit, p *part) error {
	h := q.w.Header()
	// The visitor who goes away ends the transfer, also while a read waits.
	defer context.AfterFunc(ctx, func() { p.body.Close() })()
	info := p.body.Info()
	q.headers(info)
	status := http.StatusOK
	if p.partial {
		status = http.StatusPartialContent
		h.Set("Content-Range", p.contentRange(info.Size))
	}
	if p.length >= 0 {
		h.Set("Content-Length", strconv.FormatInt(p.length, 10))
	}
	q.w.WriteHeader(status)
	var rest io.ReadCloser = p.body
	if p.ended {
		rest = eof{}
	}
	if err := newStream(q.w, v, q.g.opt.Limits.Stall).send(ctx, p.first, rest, p.length, p.start+p.length == info.Size); err != nil {
		q.g.opt.Log.Info("a file broke off", "path", index.Visible(string(q.e.path)), "host", string(q.e.host.ID), "err", index.Visible(err.Error()))
		panic(http.ErrAbortHandler)
	}
	return nil
}

// eof has no bytes.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
func (eof) Close() error             { return nil }

// headers sets what is said of the whole file.
func (q *request) headers(info fetch.Info) {
	h := q.w.Header()
	mediaOf(q.e.found.Entry.Name).set(h, q.e.found.Entry.Name, &q.e.host)
	validatorsOf(info, time.Now()).set(h)
	h.Set("Cache-Control", "no-cache")
	switch {
	case info.Size == index.UnknownSize:
	case info.Ranges:
		h.Set("Accept-Ranges", "bytes")
	default:
		h.Set("Accept-Ranges", "none")
	}
}
