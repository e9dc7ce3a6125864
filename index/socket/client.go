package socket

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"trawl/index"
)

// Client is an engine that another process holds.
type Client struct {
	http *http.Client
}

var (
	_ index.Catalogue = (*Client)(nil)
	_ index.Keeper    = (*Client)(nil)
)

// Dial connects to the process that serves a data directory. ErrNoServer if
// there is none.
func Dial(ctx context.Context, dir string) (*Client, error) {
	conn, err := dial(ctx, dir)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, dir) },
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute,
		WriteBufferSize:     256 << 10,
		ReadBufferSize:      256 << 10,
	}}}, nil
}

// Close ends the connections. Crawls must be closed before.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// call makes a call and decodes its result into reply.
func (c *Client) call(ctx context.Context, name string, args, reply any) error {
	body, err := c.post(ctx, name, args)
	if err != nil {
		return err
	}
	defer body.Close()
	dec := gob.NewDecoder(body)
	var f failure
	if err := dec.Decode(&f); err != nil {
		return gone(ctx, name, err)
	}
	if err := f.err(); err != nil {
		return err
	}
	if err := dec.Decode(reply); err != nil {
		return gone(ctx, name, err)
	}
	return nil
}

// post makes a call and returns the body of the reply, which the caller closes.
func (c *Client) post(ctx context.Context, name string, args any) (io.ReadCloser, error) {
	var body bytes.Buffer
	if err := send(&body, args); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://trawl/"+name, &body)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", name, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, gone(ctx, name, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("ask for %s: the server answers %s; is it another version of trawl?", name, resp.Status)
	}
	return resp.Body, nil
}

// gone returns the error of a call that the server did not answer.
func gone(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("ask for %s: %w", name, ctx.Err())
	}
	if errors.Is(err, ErrNoServer) {
		err = ErrNoServer
	}
	return fmt.Errorf("ask for %s: the trawl that held the data directory went away (%w); run this again", name, err)
}

// Host implements index.Hosts.
func (c *Client) Host(ctx context.Context, id index.HostID) (h index.Host, err error) {
	return h, c.call(ctx, "host", hostArgs{id}, &h)
}

// Hosts implements index.Hosts.
func (c *Client) Hosts(ctx context.Context) (hosts []index.Host, err error) {
	return hosts, c.call(ctx, "hosts", nothing{}, &hosts)
}

// Update implements index.Hosts. It calls change again if another process changed the host
// meanwhile.
func (c *Client) Update(ctx context.Context, id index.HostID, change func(*index.Host) error) error {
	for {
		var was hostVersion
		if err := c.call(ctx, "version", hostArgs{id}, &was); err != nil {
			return err
		}
		if err := change(&was.Host); err != nil {
			return err
		}
		was.Host.ID = id
		err := c.call(ctx, "update", was, &nothing{})
		if !errors.Is(err, errStale) {
			return err
		}
	}
}

// Remove implements index.Hosts.
func (c *Client) Remove(ctx context.Context, id index.HostID) error {
	return c.call(ctx, "remove", hostArgs{id}, &nothing{})
}

// List implements index.Browser.
func (c *Client) List(ctx context.Context, id index.HostID, dir index.Path, after string, limit int) (l index.Listing, err error) {
	return l, c.call(ctx, "list", listArgs{id, dir, after, limit}, &l)
}

// Page implements index.Browser.
func (c *Client) Page(ctx context.Context, id index.HostID, dir index.Path, v index.View) (p index.Page, err error) {
	return p, c.call(ctx, "page", pageArgs{id, dir, v}, &p)
}

// Entry implements index.Browser.
func (c *Client) Entry(ctx context.Context, id index.HostID, p index.Path) (f index.Found, err error) {
	return f, c.call(ctx, "entry", entryArgs{id, p}, &f)
}

// Correct implements index.Recorder.
func (c *Client) Correct(ctx context.Context, id index.HostID, p index.Path, now *index.Entry) error {
	return c.call(ctx, "correct", correctArgs{id, p, now}, &nothing{})
}

// Amend implements index.Recorder.
func (c *Client) Amend(ctx context.Context, id index.HostID, listings ...index.Listing) error {
	return c.call(ctx, "amend", amendArgs{id, listings}, &nothing{})
}

// Search implements index.Searcher.
func (c *Client) Search(ctx context.Context, q index.Query) (a index.Answer, err error) {
	return a, c.call(ctx, "search", pack(q), &a)
}

// Complete implements index.Searcher.
func (c *Client) Complete(ctx context.Context, prefix string, n int) (names []string, err error) {
	return names, c.call(ctx, "complete", completeArgs{prefix, n}, &names)
}

// Similar implements index.Searcher.
func (c *Client) Similar(ctx context.Context, words []string, n int, budget time.Duration) (near [][]string, err error) {
	return near, c.call(ctx, "similar", similarArgs{words, n, budget}, &near)
}

// PutText implements index.Texts.
func (c *Client) PutText(ctx context.Context, text index.Text) error {
	return c.call(ctx, "puttext", text, &nothing{})
}

// Text implements index.Texts.
func (c *Client) Text(ctx context.Context, id index.HostID, p index.Path) (t index.Text, err error) {
	return t, c.call(ctx, "text", textArgs{id, p}, &t)
}

// Check implements index.Keeper.
func (c *Client) Check(ctx context.Context, report func(problem string)) error {
	body, err := c.post(ctx, "check", nothing{})
	if err != nil {
		return err
	}
	defer body.Close()
	dec := gob.NewDecoder(body)
	for {
		var p problem
		if err := dec.Decode(&p); err != nil {
			return gone(ctx, "check", err)
		}
		if p.Done {
			return p.Failure.err()
		}
		report(p.Line)
	}
}

// Rebuild implements index.Keeper.
func (c *Client) Rebuild(ctx context.Context) error {
	return c.call(ctx, "rebuild", nothing{}, &nothing{})
}

// Compact implements index.Keeper.
func (c *Client) Compact(ctx context.Context) error {
	return c.call(ctx, "compact", nothing{}, &nothing{})
}
