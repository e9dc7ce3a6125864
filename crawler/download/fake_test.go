package download_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// hosts is an Opener of files in memory, by URL. It asks the places of a file in their order.
type hosts struct {
	mu     sync.Mutex // guards the following
	files  map[string]*hosted
	opened []string // "URL OFFSET"
}

// hosted is a file on a host.
type hosted struct {
	data   []byte
	time   time.Time
	breaks []int64 // each transfer in turn breaks off behind so many bytes; 0 refuses it
	atOnce int     // transfers; 0 is any number
	open   int
	sizes  bool          // the host does not say the size
	longer bool          // it goes on behind its size, which a Fetcher says by an error
	whole  bool          // it cannot be read from an offset, so it says
	wait   time.Duration // before each read
	hold   chan struct{} // nil, or closed when a transfer may read behind its first bytes
}

var errGone = errors.New("connection was lost")

// garbled is the error of a host that sends more than it said.
type garbled struct{}

func (garbled) Error() string      { return "it sends more than it said" }
func (garbled) Cause() index.Cause { return index.Garbled }

func (h *hosts) Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error) {
	err := errors.New("no place")
	for _, p := range file.Places {
		var b fetch.Body
		if b, err = h.open(ctx, p, offset); err == nil {
			return b, nil
		}
	}
	return nil, err
}

func (h *hosts) open(ctx context.Context, p index.Place, offset int64) (fetch.Body, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	url := p.Host.Join(p.Path)
	f := h.files[url]
	switch {
	case f == nil:
		return nil, fmt.Errorf("read %s: no such file", url)
	case f.atOnce > 0 && f.open == f.atOnce:
		return nil, fmt.Errorf("read %s: too many connections", url)
	case offset > int64(len(f.data)):
		return nil, fmt.Errorf("read %s: offset %d of %d", url, offset, len(f.data))
	}
	h.opened = append(h.opened, fmt.Sprint(url, " ", offset))
	b := &body{ended: ctx.Err, hosts: h, file: f, place: p, at: offset, end: int64(len(f.data))}
	if len(f.breaks) > 0 {
		b.end = min(b.end, offset+f.breaks[0])
		if f.breaks = f.breaks[1:]; b.end == offset && b.end < int64(len(f.data)) {
			return nil, errGone
		}
	}
	f.open++
	return b, nil
}

func (h *hosts) Stat(_ context.Context, file fetch.File) (fetch.Info, index.Place, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range file.Places {
		if f := h.files[p.Host.Join(p.Path)]; f != nil {
			return f.info(), p, nil
		}
	}
	return fetch.Info{}, index.Place{}, errors.New("no such file")
}

func (f *hosted) info() fetch.Info {
	i := fetch.Info{Size: int64(len(f.data)), Time: f.time, Ranges: !f.whole}
	if f.sizes {
		i.Size = index.UnknownSize
	}
	if !f.time.IsZero() {
		i.Precision = index.Second
	}
	return i
}

type body struct {
	ended   func() error
	hosts   *hosts
	file    *hosted
	place   index.Place
	at, end int64
	closed  bool
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.ended(); err != nil {
		return 0, err
	}
	time.Sleep(b.file.wait)
	if b.at > 0 && b.file.hold != nil {
		<-b.file.hold
	}
	if b.at == b.end {
		if b.end < int64(len(b.file.data)) {
			return 0, errGone
		}
		if b.file.longer {
			return 0, garbled{}
		}
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 32<<10)], b.file.data[b.at:b.end])
	b.at += int64(n)
	return n, nil
}

func (b *body) Close() error {
	b.hosts.mu.Lock()
	defer b.hosts.mu.Unlock()
	if !b.closed {
		b.file.open--
	}
	b.closed = true
	return nil
}

func (b *body) Info() fetch.Info   { return b.file.info() }
func (b *body) Place() index.Place { return b.place }

// noise returns n bytes that look random, the same for a seed.
func noise(n int, seed byte) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte{seed})).Read(data)
	return data
}

func at(url string) index.Place {
	const scheme = "ftp://"
	host, path := url[len(scheme):], ""
	for i := range host {
		if host[i] == '/' {
			host, path = host[:i], host[i:]
			break
		}
	}
	return index.Place{Host: index.HostID(scheme + host + "/"), Path: index.Path(path), Shown: path}
}

func fileAt(urls ...string) fetch.File {
	f := fetch.File{Size: index.UnknownSize}
	for _, u := range urls {
		f.Places = append(f.Places, at(u))
	}
	f.Name = f.Places[0].Path.Base()
	return f
}
