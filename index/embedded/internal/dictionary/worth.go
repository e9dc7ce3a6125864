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

// DefaultRepeats is how often each name must stand in the catalogue on average for a
// roll to be kept: its volumes take some 25 bytes a name, and searches of names that
// repeat less are not much faster with it.
const DefaultRepeats = 3

// sampled is how many names there are for each one in a sample.
const sampled = 1 << 10

// fewSampled is how large a sample must be at least to tell anything.
const fewSampled = 16

// survey reads the names that came after a state without a roll, and keeps a sample of
// them, by their hashes. If they repeat often enough it begins a roll. more is as in step.
func (r *Dictionary) survey(ctx context.Context, old *State) (more bool, err error) {
	v, err := r.store.View()
	if err != nil {
		return false, err
	}
	defer v.Close()
	if v.Sequence() == old.seq {
		return false, nil
	}
	if r.repeats <= 1 {
		return true, r.install(ctx, &State{kept: true})
	}
	sample := map[uint32]struct{}{}
	for _, hash := range old.sample {
		sample[hash] = struct{}{}
	}
	var b block.Block
	last, n := old.seq, 0
	err = v.After(old.seq, func(id block.ID, data []byte) error {
		if n++; n > batchBlocks || ctx.Err() != nil {
			return follow.ErrBatchFull
		}
		last = uint64(id)
		if b.Decode(data) != nil {
			return nil //nolint:nilerr // the postings tell of it
		}
		for i := range b.Len() {
			if hash := hashEntry(&b, i); hash%sampled == 0 {
				sample[hash] = struct{}{}
			}
		}
		return nil
	})
	if err == nil {
		last = v.Sequence()
	} else if more = errors.Is(err, follow.ErrBatchFull); !more {
		return false, fmt.Errorf("read blocks: %w", err)
	}
	next := &State{seq: last, sample: slices.Sorted(maps.Keys(sample))}
	if !more && len(sample) >= fewSampled && v.Entries() > int64(r.repeats*sampled*len(sample)) {
		next = &State{kept: true}
	}
	return next.kept || more && ctx.Err() == nil, r.install(ctx, next)
}

// giveUp ends a roll whose names do not repeat two thirds as often as it took to begin it.
func (r *Dictionary) giveUp(ctx context.Context) error {
	if !r.state.kept || r.repeats <= 1 {
		return nil
	}
	v, err := r.store.View()
	if err != nil {
		return err
	}
	entries, names := v.Entries(), 0
	v.Close()
	for _, p := range r.state.parts {
		names += p.names
	}
	if 3*entries >= int64(2*r.repeats*names) {
		return nil
	}
	return r.install(ctx, &State{})
}

// hashEntry tells entries apart by name, kind and size, mostly.
func hashEntry(b *block.Block, i int) uint32 {
	hash := codec.Checksum(b.Name(i)) ^ uint32(b.Kinds()[i])<<30
	if b.Kinds()[i] == index.File {
		hash ^= uint32(uint64(b.Sizes()[i]) * 0x9E3779B97F4A7C15 >> 32)
	}
	return hash
}
