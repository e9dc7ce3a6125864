package postings

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// floorBlocks is a number of blocks: Bleve merges smaller segments as if they had so many.
const floorBlocks = 2048

// inFlight is how many batches may wait for the disk.
const inFlight = 2

// The internal values of a postings index, which change together with it.
const (
	internalSeq    = "seq"    // 8 bytes, big-endian: the index covers all blocks up to this number
	internalForm   = "form"   // postingsForm
	internalUnread = "unread" // but for these blocks, which could not be read, if any: 8 bytes each, ascending
)

// postingsForm is the version of the terms of an Extractor. Postings of another version are
// made anew.
//
//	1: name and directory trigrams; keys h k e s S t T
//	2: trigrams of loose forms, with the edges of names; another fold; e of names that begin with their only dot
const postingsForm = "2"

var errForm = errors.New("postings of another version")

// bleveIndex is a Bleve index of blocks, and the number up to which it covers them. One
// goroutine feeds it; several may read it.
type bleveIndex struct {
	dir   string
	index bleve.Index
	queue *bleve.AnalysisQueue
	slots chan struct{} // holds a value for each batch that waits for the disk

	monitor *follow.Monitor
	cores   *cores.Pool // to whose searches making and merging segments gives way
	handle  *follow.Handle
	closing sync.Once

	seq       uint64     // it covers all blocks up to this number
	unread    []block.ID // but for these, which could not be read; ascending
	written   bool       // since it was opened
	untried   bool       // writing failed before it was opened, and was not tried since
	extractor *Extractor
	block     block.Block
}

// openBleve opens the index in dir, a new one if there is none. It fails if the index there is
// not as Bleve has written it.
func openBleve(dir string, m *follow.Monitor, pool *cores.Pool) (*bleveIndex, error) {
	segment.Register()
	internal, err := follow.Prove(dir, segment.Type, segment.Version)
	if err != nil {
		return nil, fmt.Errorf("open postings: %w", err)
	}
	seq, unread, err := parseInternal(internal)
	if err != nil {
		return nil, fmt.Errorf("open postings: %w", err)
	}
	if err := disk.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("open postings: %w", err)
	}
	x := &bleveIndex{
		dir: dir, queue: bleve.NewAnalysisQueue(1), slots: make(chan struct{}, inFlight),
		monitor: m, cores: pool, seq: seq, unread: unread, extractor: NewExtractor(),
	}
	_, before := m.Err()
	x.untried = before != nil
	if x.handle, err = m.Open(x.open); err != nil {
		x.queue.Close()
		return nil, fmt.Errorf("open postings: %w", err)
	}
	if err := disk.SyncDir(dir); err != nil { // root.bolt may be new
		return nil, errors.Join(fmt.Errorf("open postings: %w", err), x.close(follow.ClosePatience))
	}
	return x, nil
}

// open opens Bleve's index.
func (x *bleveIndex) open(config map[string]any) error {
	maps.Copy(config, map[string]any{
		"path": x.dir,
		// Batches do not wait for the disk: blocks that a crash loses are posted again.
		"unsafe_batch":        true,
		"forceSegmentType":    segment.Type,
		"forceSegmentVersion": segment.Version,
		"numSnapshotsToKeep":  1,
		"segmentConfig":       map[string]any{segment.Cores: x.cores},
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   10,
			"SegmentsPerMergeTask": 10,
			"FloorSegmentSize":     floorBlocks,
		},
	})
	return segment.Guard(func() (err error) {
		if x.index, err = scorch.NewScorch(scorch.Name, config, x.queue); err != nil {
			return err
		}
		return x.index.Open()
	})
}

// parseInternal returns the number up to which an index with these internal values covers
// blocks, and those that it does not cover. The number is 0 for a new index, which has no values.
func parseInternal(internal map[string][]byte) (seq uint64, unread []block.ID, err error) {
	if len(internal) == 0 {
		return 0, nil, nil
	}
	packed, some := internal[internalUnread]
	values := 2
	if some {
		values++
	}
	switch {
	case string(internal[internalForm]) != postingsForm:
		return 0, nil, errForm
	case len(internal) != values || len(internal[internalSeq]) != 8 || len(packed)%8 != 0:
		return 0, nil, fmt.Errorf("%w: it has other internal values", follow.ErrUnsound)
	}
	return binary.BigEndian.Uint64(internal[internalSeq]), parseUnread(packed), nil
}

// parseUnread unpacks blocks that could not be read.
func parseUnread(packed []byte) (ids []block.ID) {
	for ; len(packed) >= 8; packed = packed[8:] {
		ids = append(ids, block.ID(binary.BigEndian.Uint64(packed)))
	}
	return ids
}

// settle waits until all segments are on the disk and merged, and the files of merged ones
// are deleted. It returns early after follow.Patience, while the disk cannot be written, and
// once endSoon is closed.
func (x *bleveIndex) settle(endSoon <-chan struct{}) {
	if !x.written {
		return
	}
	nudged := false
	for end := time.Now().Add(follow.Patience); time.Now().Before(end); {
		select {
		case <-endSoon:
			return
		case <-x.handle.Broken():
			return
		case <-time.After(5 * time.Millisecond):
		}
		if _, err := x.monitor.Err(); err != nil {
			return
		}
		stats := x.index.StatsMap()
		stat := func(name string) uint64 { n, _ := stats[name].(uint64); return n }
		if root := stat("CurRootEpoch"); root != stat("LastPersistedEpoch") || root != stat("LastMergedEpoch") {
			continue
		}
		if stat("CurOnDiskFiles") <= stat("TotFileSegmentsAtRoot")+1 { // 1 for root.bolt
			return
		}
		if !nudged { // Bleve looks for old files after a batch
			nudged = x.batch(bleve.NewBatch()) == nil
		}
	}
}

// close closes the index. The next open posts again what has not reached the disk. Open
// snapshots stay valid. It returns follow.ErrStuck if Bleve does not end. Only the first call
// does something.
func (x *bleveIndex) close(most time.Duration) (err error) {
	x.closing.Do(func() {
		if err = x.handle.Close(most, x.index.Close); err == nil {
			x.queue.Close()
		}
	})
	return err
}

// batch writes a batch.
func (x *bleveIndex) batch(b *bleve.Batch) error {
	return x.handle.Run(func() error {
		return segment.Guard(func() error { return x.index.Batch(b) })
	})
}

// step posts a batch of the blocks that the index lacks, and reports whether there may be
// more. It calls posted with the batch's number when searches see the batch, and persisted
// when it is on the disk.
func (x *bleveIndex) step(ctx context.Context, s *store.Store, posted, persisted func(seq uint64)) (more bool, err error) {
	if err := cmp.Or(ctx.Err(), x.handle.Why()); err != nil {
		return false, err
	}
	c, err := x.collect(s)
	if err != nil {
		return false, err
	}
	if c.last == x.seq && !x.untried {
		return false, nil
	}
	if err := x.awaitSlot(ctx); err != nil {
		return false, err
	}
	c.setInternal()
	c.batch.SetPersistedCallback(func(error) {
		x.freeSlot()
		x.monitor.Written()
		persisted(c.last)
	})
	if err := x.batch(c.batch); err != nil {
		x.freeSlot()
		x.handle.Break(err)
		return false, fmt.Errorf("post blocks: %w", err)
	}
	x.seq, x.unread, x.written, x.untried = c.last, c.unread, true, false
	posted(c.last)
	return true, nil
}

// awaitSlot waits until fewer than inFlight batches wait for the disk, and counts one more.
// It fails if all slots are used while the disk cannot be written.
func (x *bleveIndex) awaitSlot(ctx context.Context) error {
	for {
		changed, err := x.monitor.Err()
		select {
		case x.slots <- struct{}{}:
			return nil
		default:
		}
		if err != nil {
			return err
		}
		select {
		case x.slots <- struct{}{}:
			return nil
		case <-changed:
		case <-x.handle.Broken():
			return x.handle.Why()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// freeSlot counts one batch less that waits for the disk.
func (x *bleveIndex) freeSlot() {
	select {
	case <-x.slots:
	default: // the batch failed, and reached the disk all the same
	}
}

// collection is what a batch changes.
type collection struct {
	batch  *bleve.Batch
	last   uint64     // the number up to which the index covers the store then
	unread []block.ID // the blocks up to there that cannot be read, ascending
}

// collect makes a batch: it adds blocks that come after seq, and deletes those that were
// dropped since.
func (x *bleveIndex) collect(s *store.Store) (c *collection, err error) {
	defer store.Guarded(&err)()
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	work := s.Cores.Work()
	c = &collection{batch: bleve.NewBatch(), last: x.seq, unread: slices.Clone(x.unread)}
	err = v.AllAfter(x.seq, func(id block.ID, data []byte, unreadable error) error {
		if len(c.batch.IndexOps) == store.BatchBlocks {
			return follow.ErrBatchFull
		}
		c.last = uint64(id)
		if unreadable == nil {
			unreadable = x.block.Decode(data)
		}
		if unreadable != nil {
			s.Log.Error("a block cannot be read, and answers say \"at least\"; run `trawl check`", "block", id, "err", unreadable)
			c.unread = append(c.unread, id)
			return nil
		}
		c.batch.Update(&segment.Document{Name: DocID(id), Terms: x.extractor.Terms(&x.block)})
		work.GiveWay()
		return nil
	})
	switch {
	case err == nil:
		c.last = v.Sequence()
	case !errors.Is(err, follow.ErrBatchFull):
		return nil, fmt.Errorf("read blocks: %w", err)
	}
	err = v.DroppedAfter(x.seq, func(seq uint64, ids []block.ID) error {
		if seq > c.last {
			return nil
		}
		for _, id := range ids {
			c.batch.Delete(DocID(id))
			if i, ok := slices.BinarySearch(c.unread, id); ok {
				c.unread = slices.Delete(c.unread, i, i+1)
			}
		}
		return nil
	})
	return c, err
}

// setInternal sets the internal values of an index that covers the collection.
func (c *collection) setInternal() {
	c.batch.SetInternal([]byte(internalSeq), binary.BigEndian.AppendUint64(nil, c.last))
	c.batch.SetInternal([]byte(internalForm), []byte(postingsForm))
	var unread []byte
	for _, id := range c.unread {
		unread = binary.BigEndian.AppendUint64(unread, uint64(id))
	}
	c.batch.SetInternal([]byte(internalUnread), unread) // nil deletes it
}

// sweep deletes the documents of blocks that are gone.
func (x *bleveIndex) sweep(s *store.Store) (err error) {
	defer store.Guarded(&err)()
	snap, err := x.snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	batch := bleve.NewBatch()
	all, err := snap.All()
	if err != nil {
		return err
	}
	for _, id := range all {
		data, err := v.Data(id)
		if err != nil {
			return fmt.Errorf("read blocks: %w", err)
		}
		if data == nil {
			batch.Delete(DocID(id))
		}
	}
	if len(batch.IndexOps) == 0 {
		return nil
	}
	return x.batch(batch)
}
