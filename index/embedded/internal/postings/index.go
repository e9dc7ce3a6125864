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

// floorBlocks is the size below which segments are merged as if they had it.
const floorBlocks = 2048

// inFlight is how many batches may wait for the disk.
const inFlight = 2

// The internal values of a postings index, which change together with it.
const (
	internalSeq  = "seq"  // 8 bytes, big-endian: it holds all blocks up to this one
	internalForm = "form" // postingsForm
)

// postingsForm is the version of the terms in postings_terms.go. Postings of
// another form are made anew.
//
//	1: name and directory trigrams; keys h k e s S t T
const postingsForm = "1"

var (
	errForm = errors.New("postings of another version")
)

// bleveIndex is a Bleve index of blocks and how far it was fed.
type bleveIndex struct {
	dir   string
	index bleve.Index
	queue *bleve.AnalysisQueue
	slots chan struct{} // one is taken for each batch that waits for the disk

	monitor *follow.Monitor
	closing sync.Once

	seq    uint64 // it holds all blocks up to this one
	fed    bool   // since it was opened
	termer *Extractor
	block  block.Block
}

// openBleve opens the index in dir, a new one if there is none.
func openBleve(dir string, log *slog.Logger) (*bleveIndex, error) {
	segment.Register()
	x := &bleveIndex{
		dir: dir, queue: bleve.NewAnalysisQueue(1), slots: make(chan struct{}, inFlight),
		termer: NewExtractor(),
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
		// Batches do not wait for the disk: what is lost is posted again.
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

// readSeq returns the sequence number that the index was left at.
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

// settle waits until all that was posted is on the disk, merged, and what was
// merged is deleted; but not for ever, not while there is trouble, and not once
// hurry is closed.
func (x *bleveIndex) settle(hurry <-chan struct{}) {
	if !x.fed {
		return
	}
	nudged := false
	for end := time.Now().Add(follow.Patience); time.Now().Before(end); {
		select {
		case <-hurry:
			return
		case <-time.After(5 * time.Millisecond):
		}
		if _, err := x.monitor.Err(); err != nil {
			return
		}
		is := x.index.StatsMap()
		n := func(name string) uint64 { n, _ := is[name].(uint64); return n }
		if root := n("CurRootEpoch"); root != n("LastPersistedEpoch") || root != n("LastMergedEpoch") {
			continue
		}
		if n("CurOnDiskFiles") <= n("TotFileSegmentsAtRoot")+1 { // root.bolt is the one
			return
		}
		if !nudged { // old files are looked for after a batch
			nudged = x.index.Batch(bleve.NewBatch()) == nil
		}
	}
}

// close closes the index. What has not reached the disk is posted again when it
// is opened. Open snapshots hold on. Only the first call does something.
func (x *bleveIndex) close() (err error) {
	x.closing.Do(func() {
		x.monitor.Stop()
		err = x.index.Close()
		x.queue.Close()
	})
	return err
}

// step posts a batch of what the store has and the index has not, and reports
// whether there may be more. When searches see the batch, posted is called with
// its number, and persisted when it has reached the disk.
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
	if err := x.slot(ctx); err != nil {
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
	x.seq, x.fed = last, true
	posted(last)
	return true, nil
}

// slot waits until few enough batches wait for the disk. It fails if the disk cannot be
// written.
func (x *bleveIndex) slot(ctx context.Context) error {
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

// collect makes a batch of the blocks that follow seq, and of those that were
// dropped since, and returns the number up to which it goes.
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
		batch.Update(&segment.Document{Name: DocID(id), Terms: x.termer.Terms(&x.block)})
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

// sweep deletes what the index holds of blocks that are gone.
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
		if v.Data(id) == nil {
			batch.Delete(DocID(id))
		}
	}
	if len(batch.IndexOps) == 0 {
		return nil
	}
	return x.index.Batch(batch)
}
