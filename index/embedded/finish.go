package embedded

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

// finishSize is how many directories one transaction of Finish changes.
const finishSize = 1 << 14

// Finish keeps index.Crawl. What it forgets or marks stale it does in
// transactions of a bounded size; the last of them ends the crawl, so that one
// which is cut off is finished again.
func (c *crawl) Finish(ctx context.Context, complete bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return fmt.Errorf("finish %s: %w", c.id, errEnded)
	}
	err := c.eachUnseen(ctx, func(batch []unseen) error {
		return c.engine.store.update(ctx, func(tx *bolt.Tx) error {
			tally := tallyOf(tx, c.no)
			treat := markStale
			if complete {
				treat = forgetDirs
			}
			if err := treat(c, tx, batch, &tally); err != nil {
				return err
			}
			return putTally(tx, c.no, tally)
		})
	})
	if err == nil {
		err = c.engine.store.update(ctx, c.end)
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", c.id, err)
	}
	c.ended = true
	c.engine.open.leave(c.id)
	return nil
}

// end forgets that there was a crawl.
func (c *crawl) end(tx *bolt.Tx) error {
	r, err := hostOf(tx, c.id)
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
	r.Confirmed = c.started.Unix()
	r.Host.Health.Crawling = false
	return putHost(tx, r)
}

// unseen is a directory that the crawl has not seen.
type unseen struct {
	tree   []byte
	seen   int64 // when it last was
	listed bool  // it is in a block
}

// eachUnseen calls do with the directories that the crawl has not seen, in tree
// order, so many at a time. It reads a moment of the store; nobody else changes
// the host.
func (c *crawl) eachUnseen(_ context.Context, do func(batch []unseen) error) error {
	var all []unseen
	v, err := c.engine.store.view()
	if err != nil {
		return err
	}
	all, err = c.unseen(v)
	v.close()
	for len(all) > 0 && err == nil {
		n := min(len(all), finishSize)
		err = do(all[:n])
		all = all[n:]
	}
	return err
}

func (c *crawl) unseen(v *view) (all []unseen, err error) {
	var b block
	err = v.eachBlock(c.no, func(_ blockID, data []byte) error {
		if err := b.decode(data); err != nil {
			return err
		}
		for i := range b.dirs {
			d := &b.dirs[i]
			tree := treeKey(d.path)
			if _, seen := c.seen[hashOf(tree)]; seen || d.cont {
				continue
			}
			st, err := v.statusOf(c.no, d)
			if err != nil {
				return err
			}
			all = append(all, unseen{bytes.Clone(tree), st.seen, true})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	prefix := hostKey(c.no, nil)
	cur := v.bucket("marks").Cursor()
	for k, data := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, data = cur.Next() {
		m, err := parseMark(data)
		if err != nil {
			return nil, err
		}
		if _, seen := c.seen[hashOf(k[len(prefix):])]; !seen && m.Unlisted {
			all = append(all, unseen{tree: bytes.Clone(k[len(prefix):])})
		}
	}
	return all, nil
}

// forgetDirs forgets directories, and what is below them only if it is named
// itself.
func forgetDirs(c *crawl, tx *bolt.Tx, batch []unseen, tally *index.Tally) error {
	var edits []*edit
	for _, u := range batch {
		if err := putMark(tx, c.no, u.tree, mark{}, tally); err != nil {
			return err
		}
		if u.listed {
			edits = append(edits, &edit{tree: u.tree, forget: true})
		}
	}
	return merge(tx, c.no, c.engine.store.blockSize, edits, tally)
}

// markStale marks directories as not seen.
func markStale(c *crawl, tx *bolt.Tx, batch []unseen, tally *index.Tally) error {
	for _, u := range batch {
		m, err := markOf(tx, c.no, u.tree)
		if err != nil {
			return err
		}
		if m.Stale {
			continue
		}
		m.Stale, m.Seen = true, u.seen
		if err := putMark(tx, c.no, u.tree, m, tally); err != nil {
			return err
		}
	}
	return nil
}
