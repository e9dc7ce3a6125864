package gateway

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/web/visitor"
)

// Opened is a file that is under way to a visitor. A Read may wait for a host; Close ends it, also meanwhile.
type Opened struct {
	body  fetch.Body
	entry *entry
	wait  func(n int) error // until n bytes may be sent
	most  int               // bytes that may be sent at once; 0 is any number
	leave func()
}

// Open opens the file at p of a host for a visitor who does not come by HTTP, from the offset on. It is the file that the
// address of HTTP gives, from the same places within the same limits. ctx counts as long as the file is read. The errors of
// Open and of Read are a *Refusal; those of Read may be io.EOF. The caller closes the file.
func (g *Gateway) Open(ctx context.Context, from netip.Addr, host index.Host, p index.Path, offset int64) (*Opened, error) {
	found, err := g.opt.Catalogue.Entry(ctx, host.ID, p)
	if err == nil && found.Entry.Kind == index.Dir {
		err = errDirectory
	}
	if err != nil {
		return nil, refused(err)
	}
	v, err := g.visitors.enterFrom(ctx, visitor.Household(from))
	if err != nil {
		return nil, err
	}
	e := &entry{host, p, found}
	body, err := g.opt.Fetcher.Open(ctx, g.file(ctx, e), offset)
	if err != nil {
		v.leave()
		return nil, e.hostFailed(err)
	}
	o := &Opened{body: body, entry: e, leave: sync.OnceFunc(v.leave)}
	for _, limiter := range v.rates {
		if o.most == 0 || limiter.Burst() < o.most {
			o.most = limiter.Burst()
		}
	}
	o.wait = func(n int) error {
		for _, limiter := range v.rates {
			if err := limiter.WaitN(ctx, n); err != nil {
				return err
			}
		}
		return nil
	}
	return o, nil
}

// Size returns the size of the whole file as its host says it, in bytes, or index.UnknownSize.
func (o *Opened) Size() int64 { return o.body.Info().Size }

// Read reads as fast as the limits allow. Another place goes on where one fails.
func (o *Opened) Read(b []byte) (int, error) {
	if o.most > 0 {
		b = b[:min(len(b), o.most)]
	}
	n, err := o.body.Read(b)
	if n > 0 {
		if late := o.wait(n); late != nil && err == nil {
			err = late
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = o.entry.hostFailed(err)
	}
	return n, err
}

// Close ends the transfer.
func (o *Opened) Close() error {
	defer o.leave()
	return o.body.Close()
}
