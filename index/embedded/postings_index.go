package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
)

// batchBlocks is how many blocks are posted at once. Each batch becomes a segment
// of its own, so that few merges are needed afterwards.
const batchBlocks = 4096

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
	errFull = errors.New("batch is full")
)

// postingIndex is a Bleve index of blocks and how far it was fed.
type postingIndex struct {
	dir   string
	index bleve.Index
	queue *bleve.AnalysisQueue
	slots chan struct{} // one is taken for each batch that waits for the disk

	seq    uint64 // it holds all blocks up to this one
	termer *termer
	block  block
}

// openPostingIndex opens the index in dir, a new one if there is none.
func openPostingIndex(dir string) (*postingIndex, error) {
	registerSegments()
	queue := bleve.NewAnalysisQueue(1)
	index, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": dir,
		// Batches do not wait for the disk: what is lost is posted again.
		"unsafe_batch":        true,
		"forceSegmentType":    segmentType,
		"forceSegmentVersion": segmentVersion,
		"numSnapshotsToKeep":  1,
		"bolt_timeout":        "1s",
		"scorchMergePlanOptions": map[string]any{
			"MaxSegmentsPerTier":   10,
			"SegmentsPerMergeTask": 10,
			"FloorSegmentSize":     batchBlocks / 2,
		},
	}, queue)
	if err == nil {
		err = index.Open()
	}
	if err != nil {
		queue.Close()
		return nil, fmt.Errorf("open postings: %w", err)
	}
	x := &postingIndex{
		dir: dir, index: index, queue: queue, slots: make(chan struct{}, inFlight),
		termer: newTermer(),
	}
	if x.seq, err = x.readSeq(); err != nil {
		return nil, errors.Join(fmt.Errorf("open postings: %w", err), x.close())
	}
	return x, nil
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

// close waits for the disk, but not for ever, and closes the index. Open
// snapshots hold on.
func (x *postingIndex) close() error {
	patience := time.After(10 * time.Second)
	for range inFlight {
		select {
		case x.slots <- struct{}{}:
		case <-patience: // the disk is full, say: it is posted again later
		}
	}
	defer x.queue.Close()
	return x.index.Close()
}

// step posts a batch of what the store has and the index has not. It reports
// whether there may be more. When the batch has reached the disk, persisted is
// called with its number, unless it is nil.
func (x *postingIndex) step(ctx context.Context, s *store, persisted func(seq uint64)) (more bool, err error) {
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
	select {
	case x.slots <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	batch.SetInternal([]byte(internalSeq), binary.BigEndian.AppendUint64(nil, last))
	batch.SetInternal([]byte(internalForm), []byte(postingsForm))
	batch.SetPersistedCallback(func(error) {
		<-x.slots
		if persisted != nil {
			persisted(last)
		}
	})
	if err := x.index.Batch(batch); err != nil {
		<-x.slots
		return false, fmt.Errorf("post blocks: %w", err)
	}
	x.seq = last
	return true, nil
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
			slog.Error("a block cannot be read and is not searched; run `trawl check`", "block", id, "err", err)
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
