package dictionary

import (
	"context"
	"fmt"
	"hash/maphash"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
)

// Check verifies that the dictionary holds the names of all blocks and no others, and reports
// if this is not so. It compares the sum of the hashes of all its postings with that of all
// entries. It gives up, without a report, if the store changes all the time.
func (d *Dictionary) Check(ctx context.Context, report func(problem string)) error {
	for range 5 {
		if err := d.CatchUp(ctx); err != nil {
			report(fmt.Sprintf("the dictionary of repeated names cannot be made: %v", err))
			return ctx.Err()
		}
		v, err := d.store.View()
		if err != nil {
			return err
		}
		s := d.Acquire()
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

// check compares the state with a view of the store at the same number.
func (s *State) check(ctx context.Context, v *store.View, report func(problem string)) error {
	seed := maphash.MakeSeed()
	have, err := s.sum(ctx, seed)
	if err != nil {
		report(fmt.Sprintf("%v: run `trawl rebuild`", err))
		return ctx.Err()
	}
	want, err := sumNames(ctx, v, seed)
	if err == nil && have != want {
		report("the dictionary of repeated names is not that of the entries: run `trawl rebuild`")
	}
	return err
}

// sum returns the sum of the hashes of all postings. A posting that is removed subtracts its
// hash.
func (s *State) sum(ctx context.Context, seed maphash.Seed) (sum uint64, err error) {
	for i, p := range s.parts {
		names := newMerger(s.parts[i : i+1])
		err := names.each(ctx, func(name *repeatedName) error {
			for _, posting := range name.postings {
				h := hashName(seed, name.name, name.kind, name.size, names.table.blocks[posting.block])
				if posting.removed {
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

// sumNames returns the sum of the hashes of all entries in the blocks of a view.
func sumNames(ctx context.Context, v *store.View, seed maphash.Seed) (sum uint64, err error) {
	var b block.Block
	var mask store.Mask
	err = v.After(0, func(id block.ID, data []byte) error {
		if err := ctx.Err(); err != nil || b.Decode(data) != nil {
			return err // the check of the store reports damaged blocks
		}
		packed, err := v.MaskOf(id)
		if err != nil || mask.Parse(packed) != nil {
			return nil //nolint:nilerr // likewise
		}
		mask.Each(b.Len(), func(i int) { sum += hashName(seed, b.Name(i), b.Kinds()[i], b.Sizes()[i], id) })
		return nil
	})
	return sum, err
}

// hashName returns the hash of an entry of a block.
func hashName(seed maphash.Seed, name []byte, kind index.Kind, size int64, id block.ID) uint64 {
	return maphash.Bytes(seed, name) ^ maphash.Comparable(seed, [3]uint64{uint64(kind), uint64(size), uint64(id)})
}
