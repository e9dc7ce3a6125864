package dictionary

import (
	"context"
	"fmt"
	"hash/maphash"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
)

// Check proves that the roll tells what the blocks hold, and reports if it does not: the
// sums of the hashes of all that it says, and of all that is there, are equal. While
// others write on and on nothing can be proved.
func (r *Dictionary) Check(ctx context.Context, report func(problem string)) error {
	for range 5 {
		if err := r.CatchUp(ctx); err != nil {
			report(fmt.Sprintf("the roll of names cannot be made: %v", err))
			return ctx.Err()
		}
		v, err := r.store.View()
		if err != nil {
			return err
		}
		s := r.Acquire()
		same := s.kept && s.seq == v.Sequence()
		if same {
			err = s.check(ctx, v, report)
		}
		done := same || !s.kept
		s.Release()
		v.Close()
		if done || err != nil {
			return err
		}
	}
	return nil
}

// check compares what the roll says with what a view of the same moment holds.
func (s *State) check(ctx context.Context, v *store.View, report func(problem string)) error {
	seed := maphash.MakeSeed()
	said, err := s.sum(ctx, seed)
	if err != nil {
		report(fmt.Sprintf("%v: run `trawl rebuild`", err))
		return ctx.Err()
	}
	there, err := sumNames(ctx, v, seed)
	if err == nil && said != there {
		report("the roll of names does not tell what is there: run `trawl rebuild`")
	}
	return err
}

// sum sums up what the roll says.
func (s *State) sum(ctx context.Context, seed maphash.Seed) (sum uint64, err error) {
	for i, p := range s.parts {
		one := newMerging(s.parts[i : i+1])
		err := one.each(ctx, func(t *repeated) error {
			for _, m := range t.postings {
				h := hashName(seed, t.name, t.kind, t.size, one.blocks[m.block])
				if m.removed {
					h = -h
				}
				sum += h
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", p.dir, err)
		}
	}
	return sum, nil
}

// sumNames sums up what the blocks hold.
func sumNames(ctx context.Context, v *store.View, seed maphash.Seed) (sum uint64, err error) {
	var b block.Block
	var gone store.Mask
	err = v.After(0, func(id block.ID, data []byte) error {
		if err := ctx.Err(); err != nil || b.Decode(data) != nil {
			return err // damaged blocks are told of by the check of the store
		}
		if err := gone.Parse(v.MaskOf(id)); err != nil {
			return nil //nolint:nilerr // likewise
		}
		gone.Each(b.Len(), func(i int) { sum += hashName(seed, b.Name(i), b.Kinds()[i], b.Sizes()[i], id) })
		return nil
	})
	return sum, err
}

func hashName(seed maphash.Seed, name []byte, kind index.Kind, size int64, id block.ID) uint64 {
	return maphash.Bytes(seed, name) ^ maphash.Comparable(seed, [3]uint64{uint64(kind), uint64(size), uint64(id)})
}
