package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
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
	errForm  = errors.New("postings of another version")
	errOther = errors.New("it is of another catalogue, or an old one")
	errFull  = errors.New("batch is full")
)

// postingIndex is a Bleve index of blocks and how far it was fed.
type postingIndex struct {
	dir   string
	index bleve.Index
	queue *bleve.AnalysisQueue
	slots chan struct{} // one is taken for each batch that waits for the disk

	trouble *trouble
	closing sync.Once

	seq    uint64 // it holds all blocks up to this one
	fed    bool   // since it was opened
	termer *termer
	block  block
}

// openPostingIndex opens the index in dir, a new one if there is none.
func openPostingIndex(dir string, log *slog.Logger) (*postingIndex, error) {
	registerSegments()
	x := &postingIndex{
		dir: dir, queue: bleve.NewAnalysisQueue(1), slots: make(chan struct{}, inFlight),
		termer: newTermer(),
	}
	var err error
	x.trouble, err = watch("the postings", dir, log, x.open)
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
func (x *postingIndex) open(config map[string]any) (err error) {
	defer recoverSegment(&err)
	x.index, err = scorch.NewScorch(scorch.Name, with(config, map[string]any{
		"path": x.dir,
		// Batches do not wait for the disk: what is lost is posted again.
		"unsafe_batch":        true,
		"forceSegmentType":    segmentType,
		"forceSegmentVersion": segmentVersion,
		"numSnapshotsToKeep":  1,
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   10,
			"SegmentsPerMergeTask": 10,
			"FloorSegmentSize":     floorBlocks,
		},
	}), x.queue)
	if err != nil {
		return err
	}
	return x.index.Open()
}

// readSeq returns the sequence number that the index was left at.
func (x *postingIndex) readSeq() (uint64, error) {
	s, err := x.snapshot()
	if err != nil {
		return 0, err
	}
	defer s.close()
	form, ok := s.index.Internal()[internalForm]
	if docs, err := s.index.DocCount(); !ok && err == nil && docs == 0 {
		return 0, nil // new
	}
	if string(form) != postingsForm {
		return 0, errForm
	}
	return s.seq, nil
}

// patience is how long settle waits.
const patience = 10 * time.Second

// settle waits until all that was posted is on the disk, merged, and what was
// merged is deleted; but not for ever, not while there is trouble, and not once
// hurry is closed.
func (x *postingIndex) settle(hurry <-chan struct{}) {
	if !x.fed {
		return
	}
	nudged := false
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-hurry:
			return
		case <-time.After(5 * time.Millisecond):
		}
		if _, err := x.trouble.now(); err != nil {
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
func (x *postingIndex) close() (err error) {
	x.closing.Do(func() {
		x.trouble.end()
		err = x.index.Close()
		x.queue.Close()
	})
	return err
}

// step posts a batch of what the store has and the index has not, and reports
// whether there may be more. When searches see the batch, posted is called with
// its number, and persisted when it has reached the disk.
func (x *postingIndex) step(ctx context.Context, s *store, posted, persisted func(seq uint64)) (more bool, err error) {
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

// slot waits until few enough batches wait for the disk. It fails if there is
// trouble.
func (x *postingIndex) slot(ctx context.Context) error {
	for {
		changed, err := x.trouble.now()
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
func (x *postingIndex) collect(s *store) (batch *bleve.Batch, last uint64, err error) {
	v, err := s.view()
	if err != nil {
		return nil, 0, err
	}
	defer v.close()
	batch, last = bleve.NewBatch(), x.seq
	err = v.after(x.seq, func(id blockID, data []byte) error {
		if len(batch.IndexOps) == batchBlocks {
			return errFull
		}
		last = uint64(id)
		if err := x.block.decode(data); err != nil {
			s.log.Error("a block cannot be read and is not searched; run `trawl check`", "block", id, "err", err)
			return nil
		}
		batch.Update(&posted{id: docID(id), terms: x.termer.of(&x.block)})
		return nil
	})
	switch {
	case err == nil:
		last = v.sequence()
	case !errors.Is(err, errFull):
		return nil, 0, err
	}
	err = v.droppedAfter(x.seq, func(seq uint64, ids []blockID) error {
		if seq > last {
			return nil
		}
		for _, id := range ids {
			batch.Delete(docID(id))
		}
		return nil
	})
	return batch, last, err
}

// sweep deletes what the index holds of blocks that are gone.
func (x *postingIndex) sweep(s *store) error {
	snap, err := x.snapshot()
	if err != nil {
		return err
	}
	defer snap.close()
	v, err := s.view()
	if err != nil {
		return err
	}
	defer v.close()
	batch := bleve.NewBatch()
	for _, id := range snap.all() {
		if v.data(id) == nil {
			batch.Delete(docID(id))
		}
	}
	if len(batch.IndexOps) == 0 {
		return nil
	}
	return x.index.Batch(batch)
}
