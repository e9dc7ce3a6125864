package dictionary

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/follow"
)

// DefaultRepeats is how often names must repeat on average for a dictionary: its volumes take
// some 25 bytes a name, and where names repeat less it speeds searches up little.
const DefaultRepeats = 3

// sampled is the number of names for each one in a sample.
const sampled = 1 << 10

// fewSampled is the size of the smallest sample that decides anything.
const fewSampled = 16

// takeSample is the step while there is no dictionary. It adds the names that came after a
// state to its sample, by their hashes, and begins a dictionary if names repeat often enough.
func (d *Dictionary) takeSample(ctx context.Context, old *State) (more bool, err error) {
	v, err := d.store.View()
	if err != nil {
		return false, err
	}
	defer v.Close()
	if v.Sequence() == old.seq {
		return false, nil
	}
	if d.repeats <= 1 {
		return true, d.install(ctx, &State{kept: true})
	}
	sample := map[uint32]struct{}{}
	for _, hash := range old.sample {
		sample[hash] = struct{}{}
	}
	var b block.Block
	last, n := old.seq, 0
	err = v.AllAfter(old.seq, func(id block.ID, data []byte, unreadable error) error {
		if n++; n > batchBlocks || ctx.Err() != nil {
			return follow.ErrBatchFull
		}
		if last = uint64(id); unreadable == nil {
			sampleBlock(sample, &b, data)
		}
		return nil
	})
	if err == nil {
		last = v.Sequence()
	} else if more = errors.Is(err, follow.ErrBatchFull); !more {
		return false, fmt.Errorf("read blocks: %w", err)
	}
	next := &State{seq: last, sample: slices.Sorted(maps.Keys(sample))}
	if !more && len(sample) >= fewSampled && v.Entries() > int64(d.repeats*sampled*len(sample)) {
		next = &State{kept: true}
	}
	return next.kept || more && ctx.Err() == nil, d.install(ctx, next)
}

// sampleBlock adds the hashes of a block to a sample. It decodes the block into b. It leaves out a damaged block, which the
// postings report.
func sampleBlock(sample map[uint32]struct{}, b *block.Block, data []byte) {
	if b.Decode(data) != nil {
		return
	}
	for i := range b.Len() {
		if hash := hashEntry(b, i); hash%sampled == 0 {
			sample[hash] = struct{}{}
		}
	}
}

// giveUp ends a dictionary whose names repeat less than two thirds as often as it takes to
// begin one.
func (d *Dictionary) giveUp(ctx context.Context) error {
	if !d.state.kept || d.repeats <= 1 {
		return nil
	}
	v, err := d.store.View()
	if err != nil {
		return err
	}
	entries, names := v.Entries(), 0
	v.Close()
	for _, p := range d.state.parts {
		names += p.names
	}
	if 3*entries >= int64(2*d.repeats*names) {
		return nil
	}
	return d.install(ctx, &State{})
}

// hashEntry returns a hash of an entry's name, kind and size.
func hashEntry(b *block.Block, i int) uint32 {
	hash := codec.Checksum(b.Name(i)) ^ uint32(b.Kinds()[i])<<30
	if b.Kinds()[i] == index.File {
		hash ^= uint32(uint64(b.Sizes()[i]) * 0x9E3779B97F4A7C15 >> 32)
	}
	return hash
}
