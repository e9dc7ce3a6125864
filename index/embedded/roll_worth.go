package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"trawl/index"
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
func (r *roll) survey(ctx context.Context, old *rollState) (more bool, err error) {
	v, err := r.store.view()
	if err != nil {
		return false, err
	}
	defer v.close()
	if v.sequence() == old.seq {
		return false, nil
	}
	if r.repeats <= 1 {
		return true, r.install(ctx, &rollState{kept: true})
	}
	sample := map[uint32]struct{}{}
	for _, hash := range old.sample {
		sample[hash] = struct{}{}
	}
	var b block
	last, n := old.seq, 0
	err = v.after(old.seq, func(id blockID, data []byte) error {
		if n++; n > rollBatch || ctx.Err() != nil {
			return errFull
		}
		last = uint64(id)
		if b.decode(data) != nil {
			return nil //nolint:nilerr // the postings tell of it
		}
		for i := range b.len() {
			if hash := hashEntry(&b, i); hash%sampled == 0 {
				sample[hash] = struct{}{}
			}
		}
		return nil
	})
	if err == nil {
		last = v.sequence()
	} else if more = errors.Is(err, errFull); !more {
		return false, fmt.Errorf("read blocks: %w", err)
	}
	next := &rollState{seq: last, sample: slices.Sorted(maps.Keys(sample))}
	if !more && len(sample) >= fewSampled && v.entries() > int64(r.repeats*sampled*len(sample)) {
		next = &rollState{kept: true}
	}
	return next.kept || more && ctx.Err() == nil, r.install(ctx, next)
}

// giveUp ends a roll whose names do not repeat two thirds as often as it took to begin it.
func (r *roll) giveUp(ctx context.Context) error {
	if !r.state.kept || r.repeats <= 1 {
		return nil
	}
	v, err := r.store.view()
	if err != nil {
		return err
	}
	entries, names := v.entries(), 0
	v.close()
	for _, p := range r.state.parts {
		names += p.names
	}
	if 3*entries >= int64(2*r.repeats*names) {
		return nil
	}
	return r.install(ctx, &rollState{})
}

// hashEntry tells entries apart by name, kind and size, mostly.
func hashEntry(b *block, i int) uint32 {
	hash := checksum(b.name(i)) ^ uint32(b.kind[i])<<30
	if b.kind[i] == index.File {
		hash ^= uint32(uint64(b.size[i]) * 0x9E3779B97F4A7C15 >> 32)
	}
	return hash
}
