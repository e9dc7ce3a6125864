package store

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

// finishSize is how many directories one transaction of Finish changes.
const finishSize = 1 << 14

// Finish keeps index.Crawl. It forgets directories or marks them stale in
// transactions of a bounded size; the last of them ends the crawl, so that a Finish
// that is cut off can be repeated. Then the file gives back the space that the crawl left free.
func (c *crawl) Finish(ctx context.Context, complete bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return fmt.Errorf("finish %s: %w", c.id, errEnded)
	}
	all, err := c.unseen()
	for len(all) > 0 && err == nil {
		n := min(len(all), finishSize)
		err = c.store.record(ctx, func(tx *bolt.Tx) error { return c.settle(tx, all[:n], complete) })
		all = all[n:]
	}
	if err == nil {
		err = c.store.record(ctx, func(tx *bolt.Tx) error { return c.close(tx, complete) })
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", c.id, err)
	}
	c.store.conclude(ctx)
	c.end()
	c.store.reclaim(ctx, c.store.written.Load()-c.from)
	return nil
}

// close forgets that there was a crawl. If it is the first complete one of the host, the host itself is new.
func (c *crawl) close(tx *bolt.Tx, complete bool) error {
	r, err := hostOf(writing{tx}, c.id)
	if err != nil {
		return err
	}
	key := hostKey(c.no, nil)
	if err := deletePrefix(tx.Bucket([]byte("seen")), key); err != nil {
		return err
	}
	if err := tx.Bucket([]byte("crawls")).Delete(key); err != nil {
		return err
	}
	v := &View{Store: c.store, from: writing{tx}}
	if err := c.store.Texts.forgetUnlisted(tx, v, c.no); err != nil {
		return err
	}
	if c.store.watch(c.id, c.started, true); complete && !c.whole && c.store.came.watched {
		tally := tallyOf(writing{tx}, c.no)
		c.store.came.Whole = &tally
	}
	r.Confirmed = max(r.Confirmed, c.started)
	r.Host.Health.Crawling = false
	return putHost(tx, r)
}

// unseen is a directory that the crawl has not seen.
type unseen struct {
	tree []byte
	seen int64 // when it last was
}

// unseen returns the directories that the crawl has not seen, in tree order. It reads a
// view of the store; nobody else changes the host.
func (c *crawl) unseen() (all []unseen, err error) {
	v, err := c.store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	err = v.eachRange(c.no, func(b *block.Block) error {
		for _, d := range b.EachDir() {
			tree := treeKey(d.Path)
			if d.Cont || c.seen.has(tree) {
				continue
			}
			st, err := v.StatusOf(c.no, d)
			if err != nil {
				return err
			}
			all = append(all, unseen{bytes.Clone(tree), st.Seen})
		}
		return nil
	})
	return all, err
}

// settle forgets directories that were not seen, or marks them stale.
func (c *crawl) settle(tx *bolt.Tx, batch []unseen, complete bool) error {
	tally := tallyOf(writing{tx}, c.no)
	var edits []*edit
	for _, u := range batch {
		m, err := markOf(writing{tx}, c.no, u.tree)
		if err != nil {
			return err
		}
		switch {
		case complete && !c.seen.belowUnread(u.tree):
			m = mark{}
			edits = append(edits, &edit{tree: u.tree, forget: true})
		case m.state() != index.Denied && m.state() != index.Stale:
			m.State, m.Seen = uint8(index.Stale), u.seen
		}
		if _, err := putMark(tx, c.no, u.tree, m, &tally); err != nil {
			return err
		}
	}
	if _, err := merge(c.store, tx, c.no, edits, &tally, c.pause()); err != nil {
		return err
	}
	return putTally(tx, c.no, tally)
}
