package embedded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index"
)

var (
	_ index.Recorder = (*Engine)(nil)
	_ index.Crawl    = (*crawl)(nil)
)

// crawlRecord is what the bucket crawls keeps of an unfinished crawl, as JSON.
type crawlRecord struct{ Started time.Time }

// crawl takes down one crawl.
type crawl struct {
	engine  *Engine
	id      index.HostID
	no      hostNo
	started time.Time

	mu    sync.Mutex // guards what follows
	seen  map[uint64]struct{}
	parts map[index.Path]*parts
	ended bool
}

// parts is a directory of which not all parts have come.
type parts struct {
	known bool     // there was a listing of it before
	names []uint64 // hashes of the wire names so far
}

// openCrawls are the hosts that are being crawled or removed.
type openCrawls struct {
	mu    sync.Mutex // guards hosts
	hosts map[index.HostID]struct{}
}

// take makes the host busy, unless it is.
func (o *openCrawls) take(id index.HostID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, busy := o.hosts[id]; busy {
		return false
	}
	if o.hosts == nil {
		o.hosts = map[index.HostID]struct{}{}
	}
	o.hosts[id] = struct{}{}
	return true
}

func (o *openCrawls) leave(id index.HostID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.hosts, id)
}

// Begin keeps index.Recorder.
func (e *Engine) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	if !e.open.take(id) {
		return nil, fmt.Errorf("crawl %s: %w", id, index.ErrBusy)
	}
	c := &crawl{engine: e, id: id, seen: map[uint64]struct{}{}, parts: map[index.Path]*parts{}}
	err := e.store.update(ctx, func(tx *bolt.Tx) error { return c.begin(tx, fresh) })
	if err != nil {
		e.open.leave(id)
		return nil, fmt.Errorf("crawl %w", err)
	}
	return c, nil
}

func (c *crawl) begin(tx *bolt.Tx, fresh bool) error {
	r, err := hostOf(tx, c.id)
	if err != nil {
		return err
	}
	c.no = r.No
	crawls, key := tx.Bucket([]byte("crawls")), hostKey(r.No, nil)
	if data := crawls.Get(key); data != nil && !fresh {
		var rec crawlRecord
		if err := json.Unmarshal(data, &rec); err != nil {
			return fmt.Errorf("resume %s: %w", c.id, err)
		}
		c.started = rec.Started
		return c.recall(tx)
	}
	c.started = time.Now().UTC()
	if err := deletePrefix(tx.Bucket([]byte("seen")), key); err != nil {
		return err
	}
	data, err := json.Marshal(crawlRecord{Started: c.started})
	if err != nil {
		return err
	}
	if err := crawls.Put(key, data); err != nil {
		return err
	}
	r.Host.Health.Crawling = true
	return putHost(tx, r)
}

// recall reads what the crawl has seen before it was cut off.
func (c *crawl) recall(tx *bolt.Tx) error {
	prefix := hostKey(c.no, nil)
	cur := tx.Bucket([]byte("seen")).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		for ; len(v) >= 8; v = v[8:] {
			c.seen[binary.BigEndian.Uint64(v)] = struct{}{}
		}
	}
	return nil
}

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

// putSize is about how many entries one transaction of Put records.
const putSize = 1 << 17

// Put keeps index.Crawl.
func (c *crawl) Put(ctx context.Context, listings ...index.Listing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return fmt.Errorf("record %s: %w", c.id, errEnded)
	}
	for len(listings) > 0 {
		n, entries := 0, 0
		for n < len(listings) && (n == 0 || entries+len(listings[n].Entries) <= putSize) {
			entries += len(listings[n].Entries)
			n++
		}
		if err := c.put(ctx, listings[:n]); err != nil {
			return fmt.Errorf("record %s: %w", c.id, err)
		}
		listings = listings[n:]
	}
	return nil
}

// put records listings in one transaction.
func (c *crawl) put(ctx context.Context, listings []index.Listing) error {
	var hashes []uint64
	partial := map[index.Path]*parts{}
	err := c.engine.store.update(ctx, func(tx *bolt.Tx) error {
		r := recording{crawl: c, tx: tx, partial: partial, tally: tallyOf(tx, c.no)}
		for i := range listings {
			if err := r.take(&listings[i]); err != nil {
				return fmt.Errorf("%s: %w", listings[i].Dir, err)
			}
		}
		if err := r.merge(); err != nil {
			return err
		}
		hashes = r.seen
		if err := c.putSeen(tx, r.seen); err != nil {
			return err
		}
		return putTally(tx, c.no, r.tally)
	})
	if err != nil {
		return err
	}
	for _, h := range hashes {
		c.seen[h] = struct{}{}
	}
	for dir, p := range partial {
		if c.parts[dir] = p; p == nil {
			delete(c.parts, dir)
		}
	}
	return nil
}

// putSeen keeps the hashes of directories that were not seen before.
func (c *crawl) putSeen(tx *bolt.Tx, hashes []uint64) error {
	var packed []byte
	for _, h := range hashes {
		if _, seen := c.seen[h]; !seen {
			packed = binary.BigEndian.AppendUint64(packed, h)
		}
	}
	if packed == nil {
		return nil
	}
	b := tx.Bucket([]byte("seen"))
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	return b.Put(hostKey(c.no, number(n)), packed)
}

// recording is one transaction of a crawl.
type recording struct {
	*crawl

	tx      *bolt.Tx
	tally   index.Tally
	edits   []*edit
	marks   []markEdit
	trees   map[string]struct{}   // of edits and marks
	partial map[index.Path]*parts // what parts is to become; nil is to be deleted
	seen    []uint64
}

// markEdit is the mark that a directory is to have.
type markEdit struct {
	tree []byte
	mark mark
}

// take makes a listing edits and marks. Listings of one directory are recorded
// one after the other.
func (r *recording) take(l *index.Listing) error {
	if err := validDir(l.Dir); err != nil {
		return err
	}
	tree := treeKey([]byte(l.Dir))
	if _, twice := r.trees[string(tree)]; twice {
		if err := r.merge(); err != nil {
			return err
		}
	}
	if r.trees == nil {
		r.trees = map[string]struct{}{}
	}
	r.trees[string(tree)] = struct{}{}
	switch l.State {
	case index.Complete, index.Truncated, index.Unparsed:
		e, err := r.edit(l, tree)
		if err != nil {
			return err
		}
		r.edits = append(r.edits, e)
		if l.More {
			return nil
		}
		m := mark{State: uint8(l.State), Lost: l.Lost}
		if l.State != index.Complete {
			m.Why = l.Why
		}
		for _, line := range l.Unparsed[:min(len(l.Unparsed), index.MaxUnparsed)] {
			m.Lines = append(m.Lines, []byte(line))
		}
		r.marks = append(r.marks, markEdit{tree, m})
	default:
		m, err := r.confirm(l, tree)
		if err != nil {
			return err
		}
		r.marks = append(r.marks, markEdit{tree, m})
	}
	r.seen = append(r.seen, hashOf(tree))
	return nil
}

// edit makes a listing with entries an edit.
func (r *recording) edit(l *index.Listing, tree []byte) (*edit, error) {
	e := &edit{
		tree: tree, some: l.State != index.Complete,
		head: blockDir{path: []byte(l.Dir), shown: []byte(l.Display()), way: []byte(l.Way), taken: l.Taken.Unix()},
	}
	var err error
	if e.entries, err = sorted(l); err != nil {
		return nil, err
	}
	p, under := r.partial[l.Dir]
	if !under {
		p = r.parts[l.Dir]
	}
	if p == nil && !l.More {
		return e, nil
	}
	if p == nil {
		v := view{store: r.engine.store, tx: r.tx}
		_, err := v.findDir(r.no, tree)
		if err != nil && !errors.Is(err, index.ErrNotFound) {
			return nil, err
		}
		p = &parts{known: err == nil}
	}
	next := &parts{known: p.known, names: p.names}
	for i := range e.entries {
		next.names = append(next.names, hashOf(e.entries[i].Wire()))
	}
	r.partial[l.Dir] = next
	if l.More {
		e.some = true
		return e, nil
	}
	r.partial[l.Dir] = nil
	if e.some = e.some || !p.known; !e.some {
		slices.Sort(next.names)
		e.keep = func(wire []byte) bool {
			_, listed := slices.BinarySearch(next.names, hashOf(wire))
			return listed
		}
	}
	return e, nil
}

// sorted returns the entries by wire name, each once.
func sorted(l *index.Listing) ([]index.Entry, error) {
	byWire := func(a, b index.Entry) int { return cmp.Compare(a.Wire(), b.Wire()) }
	entries := l.Entries
	for i := range entries {
		if err := validName(l.Dir, entries[i].Wire()); err != nil {
			return nil, err
		}
		if name := entries[i].Name; name == "" || strings.IndexByte(name, 0) >= 0 {
			return nil, fmt.Errorf("%q is not a name", name)
		}
	}
	if !slices.IsSortedFunc(entries, byWire) {
		entries = slices.Clone(entries)
		slices.SortStableFunc(entries, byWire)
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].Wire() == entries[i-1].Wire() {
			return slices.CompactFunc(slices.Clone(entries), func(a, b index.Entry) bool { return byWire(a, b) == 0 }), nil
		}
	}
	return entries, nil
}

// confirm returns the mark of a directory whose listing brought no entries.
func (r *recording) confirm(l *index.Listing, tree []byte) (mark, error) {
	if err := r.merge(); err != nil { // what is known must be in place
		return mark{}, err
	}
	r.trees[string(tree)] = struct{}{}
	m, err := markOf(r.tx, r.no, tree)
	if err != nil {
		return mark{}, err
	}
	v := view{store: r.engine.store, tx: r.tx}
	at, err := v.findDir(r.no, tree)
	known := err == nil
	if err != nil && !errors.Is(err, index.ErrNotFound) {
		return mark{}, err
	}
	if l.State == index.Unchanged {
		if !known {
			return mark{}, fmt.Errorf("unchanged, but it was never listed: %w", index.ErrNotFound)
		}
		m.Stale, m.Seen = false, 0
		if index.State(m.State) == index.Denied {
			m.State, m.Why = uint8(index.Complete), ""
		}
		return m, nil
	}
	m.Unlisted, m.Why, m.Way = !known, l.Why, ""
	if !known {
		m.Way, m.Seen = l.Way, l.Taken.Unix()
	}
	if !m.Stale && known {
		st, err := v.statusOf(r.no, at.dir())
		if err != nil {
			return mark{}, err
		}
		m.Seen = st.seen
	}
	m.Stale = true
	if l.State == index.Denied {
		m.State = uint8(index.Denied)
	}
	return m, nil
}

// merge writes what take has gathered.
func (r *recording) merge() error {
	slices.SortFunc(r.edits, func(a, b *edit) int { return bytes.Compare(a.tree, b.tree) })
	if err := merge(r.tx, r.no, r.engine.store.blockSize, r.edits, &r.tally); err != nil {
		return err
	}
	for _, m := range r.marks {
		if err := putMark(r.tx, r.no, m.tree, m.mark, &r.tally); err != nil {
			return err
		}
	}
	r.edits, r.marks = nil, nil
	clear(r.trees)
	return nil
}

// Seen keeps index.Crawl.
func (c *crawl) Seen(ctx context.Context, dir index.Path) (index.Listing, error) {
	c.mu.Lock()
	_, seen := c.seen[hashOf(treeKey([]byte(dir)))]
	c.mu.Unlock()
	if !seen {
		return index.Listing{}, fmt.Errorf("%s%s: %w by this crawl", c.id, dir, index.ErrNotFound)
	}
	return c.engine.List(ctx, c.id, dir, "", 0)
}

// Close keeps index.Crawl.
func (c *crawl) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		c.engine.open.leave(c.id)
	}
	return nil
}
