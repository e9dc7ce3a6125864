package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"trawl/web/wire"
)

// everyAddr is the address at which a server answers for all others of this machine.
const everyAddr = "0.0.0.0"

// crawling is a portal that crawls: one new host after the other, so that it stores and posts all the time. The
// hosts are addresses of one server.
type crawling struct {
	b       *bench
	began   time.Time
	ended   time.Time // when it was last looked how far the crawls are
	n       int       // hosts that were added; the last one waits while the one before it is crawled
	entries int64     // that were crawled of hosts that are complete
	stored  int64     // of the host that is crawled now
}

func crawledHost(n int) string { return fmt.Sprintf("ftp://127.0.1.%d:%s/", n, port) }

// add adds one more host, to be crawled once. The schedule begins with it when another crawl ends.
func (c *crawling) add(ctx context.Context) error {
	c.n++
	return c.b.run(context.WithoutCancel(ctx), "add", crawledHost(c.n), "--every", "1d")
}

// goOn lets the portal crawl until ctx ends. The first host was added before the portal was started.
func (c *crawling) goOn(ctx context.Context, p *portal) error {
	c.began = time.Now()
	if err := c.add(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
		if err := c.follow(ctx, p); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// follow adds another host if the one before the last has been crawled.
func (c *crawling) follow(ctx context.Context, p *portal) error {
	body, err := p.read(ctx, "/api/v1/hosts")
	if err != nil {
		return err
	}
	var hosts []wire.Host
	if err := json.Unmarshal(body, &hosts); err != nil {
		return err
	}
	for _, h := range hosts {
		if h.URL != crawledHost(c.n-1) {
			continue
		}
		c.stored, c.ended = h.Directories+h.Files, time.Now()
		if h.LastCrawl == nil {
			continue
		}
		if !h.Complete {
			return fmt.Errorf("crawl %s: it is not complete", h.URL)
		}
		c.entries, c.stored = c.entries+c.stored, 0
		return c.add(ctx)
	}
	return nil
}

// rate returns how many entries were crawled in a second.
func (c *crawling) rate() string {
	if c.entries+c.stored == 0 {
		return "-"
	}
	return rate(int(c.entries+c.stored), c.ended.Sub(c.began))
}

// remove removes the hosts.
func (c *crawling) remove(ctx context.Context) (err error) {
	for n := 1; n <= c.n; n++ {
		err = errors.Join(err, c.b.run(ctx, "remove", crawledHost(n)))
	}
	return err
}
