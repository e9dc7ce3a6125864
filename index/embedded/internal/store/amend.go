package store

import (
	"context"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

// Amend keeps index.Recorder. It puts the listings as a crawl that nobody begins or finishes. If a crawl was cut off, they
// count as seen by that one, so that its Finish does not forget them.
func (s *Store) Amend(ctx context.Context, id index.HostID, listings ...index.Listing) error {
	if !s.crawling.acquire(id, false) {
		return fmt.Errorf("amend %s: %w", id, index.ErrBusy)
	}
	defer s.crawling.release(id)
	c := &crawl{store: s, id: id, amend: true, from: s.written.Load(), spools: map[index.Path]*spool{}}
	err := s.note(ctx, c.takeUp)
	if err == nil {
		err = c.Put(ctx, listings...)
	}
	if err == nil && !c.loose {
		err = c.flushSeen(ctx)
	}
	if err != nil {
		return fmt.Errorf("amend %w", err)
	}
	s.reclaim(ctx, s.written.Load()-c.from)
	return nil
}

// takeUp takes up the crawl that was cut off, if there is one.
func (c *crawl) takeUp(tx *bolt.Tx) error {
	r, err := hostOf(writing{tx}, c.id)
	if err != nil {
		return err
	}
	c.no, c.whole = r.No, !r.Host.Health.Complete.IsZero()
	data := tx.Bucket([]byte("crawls")).Get(hostKey(r.No, nil))
	if c.loose = data == nil; c.loose {
		return nil
	}
	var rec crawlRecord
	if err := json.Unmarshal(data, &rec); err != nil {
		return fmt.Errorf("take up %s: %w", c.id, err)
	}
	c.started = rec.Started
	c.recall(tx)
	return nil
}
