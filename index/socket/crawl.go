package socket

import (
	"context"
	"encoding/gob"
	"io"
	"time"

	"trawl/index"
)

// crawl is a Crawl that the server keeps open until release is called.
type crawl struct {
	client  *Client
	token   string
	release func()
}

var _ index.Crawl = (*crawl)(nil)

// Begin implements index.Recorder. The server closes the crawl when this process ends, in
// whatever way.
func (c *Client) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	// The reply outlives ctx, which is only for the beginning.
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	reply, err := c.post(lasting, "begin", beginArgs{id, fresh})
	if err != nil {
		cancel()
		return nil, err
	}
	release := func() {
		cancel()
		reply.Close()
	}
	token, err := beginning(lasting, reply)
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		release()
		return nil, err
	}
	return &crawl{c, token, release}, nil
}

// beginning reads the token of a crawl.
func beginning(ctx context.Context, reply io.Reader) (token string, err error) {
	dec := gob.NewDecoder(reply)
	var f failure
	if err := dec.Decode(&f); err != nil {
		return "", gone(ctx, "begin", err)
	}
	if err := f.err(); err != nil {
		return "", err
	}
	if err := dec.Decode(&token); err != nil {
		return "", gone(ctx, "begin", err)
	}
	return token, nil
}

// Put implements index.Crawl.
func (w *crawl) Put(ctx context.Context, listings ...index.Listing) error {
	return w.client.call(ctx, "put", putArgs{w.token, listings}, &nothing{})
}

// Seen implements index.Crawl.
func (w *crawl) Seen(ctx context.Context, dir index.Path) (l index.Listing, err error) {
	return l, w.client.call(ctx, "seen", seenArgs{w.token, dir}, &l)
}

// Finish implements index.Crawl.
func (w *crawl) Finish(ctx context.Context, complete bool) error {
	return w.client.call(ctx, "finish", finishArgs{w.token, complete}, &nothing{})
}

// Close implements index.Crawl.
func (w *crawl) Close() error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := w.client.call(ctx, "close", crawlArgs{w.token}, &nothing{})
	w.release()
	return err
}
