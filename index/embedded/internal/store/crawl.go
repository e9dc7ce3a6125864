package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
)

var (
	_ index.Recorder = (*Store)(nil)
	_ index.Crawl    = (*crawl)(nil)
)

// crawlRecord is the value in the bucket crawls of an unfinished crawl, as JSON.
type crawlRecord struct {
	Started int64 // when its first listing was taken, in seconds since 1970; 0: none was
}

// crawl records one crawl.
type crawl struct {
	store *Store
	id    index.HostID
	no    block.HostNo
	from  int64 // what the store had written when it began
	amend bool  // it is no crawl but an Amend
	loose bool  // it is an Amend, and nothing is kept of what it has seen
	whole bool  // the host was crawled whole before

	mu      sync.Mutex // guards what follows
	started int64      // as crawlRecord
	seen    seenSet
	spools  map[index.Path]*spool
	ended   bool
}

// busyHosts is the set of hosts that are being crawled, amended or removed.
type busyHosts struct {
	mu    sync.Mutex            // guards hosts
	hosts map[index.HostID]bool // whether they are being crawled
}

// acquire makes a host busy, because it is to be crawled or for another reason. It reports false if it is.
func (o *busyHosts) acquire(id index.HostID, crawls bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, busy := o.hosts[id]; busy {
		return false
	}
	if o.hosts == nil {
		o.hosts = map[index.HostID]bool{}
	}
	o.hosts[id] = crawls
	return true
}

// has reports whether a host is busy.
func (o *busyHosts) has(id index.HostID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, busy := o.hosts[id]
	return busy
}

// crawls reports whether a host is being crawled.
func (o *busyHosts) crawls(id index.HostID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hosts[id]
}

// count returns how many hosts are busy.
func (o *busyHosts) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.hosts)
}

// release ends what acquire began.
func (o *busyHosts) release(id index.HostID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.hosts, id)
}

// Begin keeps index.Recorder.
func (s *Store) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	if !s.crawling.acquire(id, true) {
		return nil, index.ErrBusy
	}
	c := &crawl{store: s, id: id, from: s.written.Load(), spools: map[index.Path]*spool{}}
	err := s.note(ctx, func(tx *bolt.Tx) error { return c.begin(tx, fresh) })
	if err != nil {
		s.crawling.release(id)
		return nil, fmt.Errorf("crawl %w", err)
	}
	return c, nil
}

// begin resumes the crawl of the host, or begins a new one.
func (c *crawl) begin(tx *bolt.Tx, fresh bool) error {
	r, err := hostOf(writing{tx}, c.id)
	if err != nil {
		return err
	}
	c.no, c.whole = r.No, !r.Host.Health.Complete.IsZero()
	crawls, key := tx.Bucket([]byte("crawls")), hostKey(r.No, nil)
	if data := crawls.Get(key); data != nil && !fresh {
		var rec crawlRecord
		if err := json.Unmarshal(data, &rec); err != nil {
			return fmt.Errorf("resume %s: %w", c.id, err)
		}
		c.started = rec.Started
		c.recall(tx)
		return nil
	}
	if err := deletePrefix(tx.Bucket([]byte("seen")), key); err != nil {
		return err
	}
	if err := putCrawl(tx, r.No, 0); err != nil {
		return err
	}
	r.Host.Health.Crawling = true
	return putHost(tx, r)
}

// putCrawl writes the record of a crawl.
func putCrawl(tx *bolt.Tx, no block.HostNo, started int64) error {
	data, err := json.Marshal(crawlRecord{Started: started})
	b, key := tx.Bucket([]byte("crawls")), hostKey(no, nil)
	if err != nil || bytes.Equal(b.Get(key), data) {
		return err
	}
	return b.Put(key, data)
}

// deletePrefix deletes all keys with a prefix.
func deletePrefix(b *bolt.Bucket, prefix []byte) error {
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Seek(prefix) {
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

var errEnded = errors.New("the crawl has ended")

// putSize is about how many entries are merged at once, of at most putDirs directories. A
// transaction records so many, and more as long as no more than putChanged of the
// directories have changed: each costs some ten database pages.
const (
	putSize    = 1 << 17
	putDirs    = 1 << 13
	putChanged = putDirs / 2
)

// Put keeps index.Crawl.
func (c *crawl) Put(ctx context.Context, listings ...index.Listing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return fmt.Errorf("record %s: %w", c.id, errEnded)
	}
	for len(listings) > 0 {
		n, err := c.putSome(ctx, listings)
		if err != nil {
			return fmt.Errorf("record %s: %w", c.id, err)
		}
		listings = listings[n:]
	}
	return nil
}

// putSome records the first n of listings, at least one. The first may be a part of a
// directory.
func (c *crawl) putSome(ctx context.Context, listings []index.Listing) (n int, err error) {
	if listings[0].More {
		return 1, c.spoolPart(&listings[0])
	}
	p := c.spools[listings[0].Dir]
	if p != nil && p.spans(&listings[0]) {
		return 1, c.join(ctx, p, &listings[0])
	}
	for n = 1; n < len(listings) && !listings[n].More && c.spools[listings[n].Dir] == nil; n++ {
	}
	listings = listings[:n]
	if p == nil {
		return c.put(ctx, listings, span{})
	}
	listings = slices.Clone(listings)
	listings[0] = p.whole(&listings[0])
	if n, err = c.put(ctx, listings, span{}); err == nil {
		c.drop(listings[0].Dir)
	}
	return n, err
}

// errOrder ends a transaction in which one listing forgets the directory of another.
var errOrder = errors.New("to be recorded one after the other")

// put records the first n of listings, or the span of one, in one transaction; fewer
// if one forgets the directory of another.
func (c *crawl) put(ctx context.Context, listings []index.Listing, part span) (n int, err error) {
	n, err = c.record(ctx, listings, part)
	for some := len(listings) / 2; some > 0 && errors.Is(err, errOrder); some /= 2 {
		n, err = c.record(ctx, listings[:some], part)
	}
	return n, err
}

// record records the first n of listings in one transaction.
func (c *crawl) record(ctx context.Context, listings []index.Listing, part span) (n int, err error) {
	r := recording{crawl: c, span: part, started: cmp.Or(c.started, listings[0].Taken.Unix()), changed: map[uint64]struct{}{}}
	write := c.store.record
	if c.amend {
		write = c.store.update
	}
	err = write(ctx, func(tx *bolt.Tx) error {
		r.tx, r.tally = tx, tallyOf(writing{tx}, c.no)
		c.store.watch(c.id, r.started, c.whole)
		for n == 0 || n < len(listings) && len(r.changed) <= putChanged && ctx.Err() == nil {
			some := portion(listings[n:])
			if err := r.addAll(some); err != nil {
				return err
			}
			n += len(some)
		}
		if err := putTally(tx, c.no, r.tally); err != nil {
			return err
		}
		if c.loose {
			return nil
		}
		return r.writeSeen()
	})
	if err != nil {
		return 0, err
	}
	r.note()
	for _, dir := range r.obsolete {
		c.drop(dir)
	}
	return n, nil
}

// pause returns a function that gives way to searches, to be called between pieces of a transaction. It does not while
// another writer waits for the end of the transaction, nor in an Amend, whose caller waits to be found.
func (c *crawl) pause() func() {
	if c.amend {
		return nil
	}
	work := c.store.Cores.Work()
	return func() {
		if c.store.awaited.Load() == 0 {
			work.GiveWay()
		}
	}
}

// portion returns the first listings, those that are merged at once.
func portion(listings []index.Listing) []index.Listing {
	n, entries := 0, 0
	for n < min(len(listings), putDirs) && (n == 0 || entries+len(listings[n].Entries) <= putSize) {
		entries += len(listings[n].Entries)
		n++
	}
	return listings[:n]
}

// Seen keeps index.Crawl.
func (c *crawl) Seen(ctx context.Context, dir index.Path) (index.Listing, error) {
	c.mu.Lock()
	seen := c.seen.has(treeKey([]byte(dir)))
	c.mu.Unlock()
	if !seen {
		return index.Listing{}, fmt.Errorf("%s%s: %w by this crawl", c.id, dir, index.ErrNotFound)
	}
	return c.store.List(ctx, c.id, dir, "", 0)
}

// Close keeps index.Crawl.
func (c *crawl) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	defer c.end()
	defer func() { c.store.settle(c.store.changed()) }() // it is under way no more
	if err := c.flushSeen(context.Background()); err != nil {
		return fmt.Errorf("close the crawl of %s: %w", c.id, err)
	}
	return nil
}

// end releases the host.
func (c *crawl) end() {
	c.ended = true
	for dir := range c.spools {
		c.drop(dir)
	}
	c.store.crawling.release(c.id)
}
