package postings

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"

	"trawl/index/embedded/internal/block"
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
	internalSeq  = "seq"  // 8 bytes, big-endian: the index covers all blocks up to this number
	internalForm = "form" // postingsForm
)

// postingsForm is the version of the terms of an Extractor. Postings of another version are
// made anew.
//
//	1: name and directory trigrams; keys h k e s S t T
const postingsForm = "1"

var errForm = errors.New("postings of another version")

// bleveIndex is a Bleve index of blocks, and the number up to which it covers them. One
// goroutine feeds it; several may read it.
type bleveIndex struct {
	dir   string
	index bleve.Index
	queue *bleve.AnalysisQueue
	slots chan struct{} // holds a value for each batch that waits for the disk

	monitor *follow.Monitor
	closing sync.Once

	seq       uint64 // it covers all blocks up to this number
	written   bool   // since it was opened
	extractor *Extractor
	block     block.Block
}

// openBleve opens the index in dir, a new one if there is none.
func openBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	segment.Register()
	x := &bleveIndex{
		dir: dir, queue: bleve.NewAnalysisQueue(1), slots: make(chan struct{}, inFlight),
		extractor: NewExtractor(),
	}
	var err error
	x.monitor, err = follow.Watch("the postings", dir, log, x.open)
	if err != nil {
		x.queue.Close()
		return nil, fmt.Errorf("open postings: %w", err)
	}
	if x.seq, err = x.readSeq(); err != nil {
		return nil, errors.Join(fmt.Errorf("open postings: %w", err), x.close())
	}
	return x, nil
}

// open opens Bleve's index.
func (x *bleveIndex) open(config map[string]any) (err error) {
	defer segment.RecoverOpening(&err)
	maps.Copy(config, map[string]any{
		"path": x.dir,
		// Batches do not wait for the disk: blocks that a crash loses are posted again.
		"unsafe_batch":        true,
		"forceSegmentType":    segment.Type,
		"forceSegmentVersion": segment.Version,
		"numSnapshotsToKeep":  1,
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   10,
			"SegmentsPerMergeTask": 10,
			"FloorSegmentSize":     floorBlocks,
		},
	})
	if x.index, err = scorch.NewScorch(scorch.Name, config, x.queue); err != nil {
		return err
	}
	return x.index.Open()
}

// readSeq returns the number up to which the index covers blocks, as read from it.
func (x *bleveIndex) readSeq() (uint64, error) {
	s, err := x.snapshot()
	if err != nil {
		return 0, err
	}
	defer s.Close()
	form, ok := s.index.Internal()[internalForm]
	if docs, err := s.index.DocCount(); !ok && err == nil && docs == 0 {
		return 0, nil // new
	}
	if string(form) != postingsForm {
		return 0, errForm
	}
	return s.Seq, nil
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
			nudged = x.index.Batch(bleve.NewBatch()) == nil
		}
	}
}

// close closes the index. The next open posts again what has not reached the disk. Open
// snapshots stay valid. Only the first call does something.
func (x *bleveIndex) close() (err error) {
	x.closing.Do(func() {
		x.monitor.Stop()
		err = x.index.Close()
		x.queue.Close()
	})
	return err
}

// step posts a batch of the blocks that the index lacks, and reports whether there may be
// more. It calls posted with the batch's number when searches see the batch, and persisted
// when it is on the disk.
func (x *bleveIndex) step(ctx context.Context, s *store.Store, posted, persisted func(seq uint64)) (more bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	batch, last, err := x.collect(s)
	if err != nil {
		return false, err
	}
	if last == x.seq {
		return false, nil
	}
	if err := x.awaitSlot(ctx); err != nil {
		return false, err
	}
	batch.SetInternal([]byte(internalSeq), binary.BigEndian.AppendUint64(nil, last))
	batch.SetInternal([]byte(internalForm), []byte(postingsForm))
	batch.SetPersistedCallback(func(error) {
		<-x.slots
		persisted(last)
	})
	if err := x.index.Batch(batch); err != nil {
		<-x.slots
		return false, fmt.Errorf("post blocks: %w", err)
	}
	x.seq, x.written = last, true
	posted(last)
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
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// collect makes a batch: it adds blocks that come after seq, and deletes those that were
// dropped since. It returns the number up to which the batch covers the store.
func (x *bleveIndex) collect(s *store.Store) (batch *bleve.Batch, last uint64, err error) {
	v, err := s.View()
	if err != nil {
		return nil, 0, err
	}
	defer v.Close()
	batch, last = bleve.NewBatch(), x.seq
	err = v.After(x.seq, func(id block.ID, data []byte) error {
		if len(batch.IndexOps) == store.BatchBlocks {
			return follow.ErrBatchFull
		}
		last = uint64(id)
		if err := x.block.Decode(data); err != nil {
			s.Log.Error("a block cannot be read and is not searched; run `trawl check`", "block", id, "err", err)
			return nil
		}
		batch.Update(&segment.Document{Name: DocID(id), Terms: x.extractor.Terms(&x.block)})
		return nil
	})
	switch {
	case err == nil:
		last = v.Sequence()
	case !errors.Is(err, follow.ErrBatchFull):
		return nil, 0, err
	}
	err = v.DroppedAfter(x.seq, func(seq uint64, ids []block.ID) error {
		if seq > last {
			return nil
		}
		for _, id := range ids {
			batch.Delete(DocID(id))
		}
		return nil
	})
	return batch, last, err
}

// sweep deletes the documents of blocks that are gone.
func (x *bleveIndex) sweep(s *store.Store) error {
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
	for _, id := range snap.All() {
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
	return x.index.Batch(batch)
}
