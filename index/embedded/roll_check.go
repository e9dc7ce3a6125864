package embedded

import (
	"context"
	"fmt"
	"hash/maphash"

	"trawl/index"
)

// check proves that the roll tells what the blocks hold, and reports if it does not: the
// sums of the hashes of all that it says, and of all that is there, are equal. While
// others write on and on nothing can be proved.
func (r *roll) check(ctx context.Context, report func(problem string)) error {
	for range 5 {
		if err := r.catchUp(ctx); err != nil {
			report(fmt.Sprintf("the roll of names cannot be made: %v", err))
			return ctx.Err()
		}
		v, err := r.store.view()
		if err != nil {
			return err
		}
		s := r.hold()
		same := s.kept && s.seq == v.sequence()
		if same {
			err = s.check(ctx, v, report)
		}
		done := same || !s.kept
		s.letGo()
		v.close()
		if done || err != nil {
			return err
		}
	}
	return nil
}

// check compares what the roll says with what a view of the same moment holds.
func (s *rollState) check(ctx context.Context, v *view, report func(problem string)) error {
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
func (s *rollState) sum(ctx context.Context, seed maphash.Seed) (sum uint64, err error) {
	for i, p := range s.parts {
		one := newMerging(s.parts[i : i+1])
		err := one.each(ctx, func(t *rolled) error {
			for _, m := range t.mentions {
				h := hashName(seed, t.name, t.kind, t.size, one.blocks[m.block])
				if m.takes {
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
func sumNames(ctx context.Context, v *view, seed maphash.Seed) (sum uint64, err error) {
	var b block
	var gone mask
	err = v.after(0, func(id blockID, data []byte) error {
		if err := ctx.Err(); err != nil || b.decode(data) != nil {
			return err // damaged blocks are told of by the check of the store
		}
		if err := gone.parse(v.maskOf(id)); err != nil {
			return nil //nolint:nilerr // likewise
		}
		gone.each(b.len(), func(i int) { sum += hashName(seed, b.name(i), b.kind[i], b.size[i], id) })
		return nil
	})
	return sum, err
}

func hashName(seed maphash.Seed, name []byte, kind index.Kind, size int64, id blockID) uint64 {
	return maphash.Bytes(seed, name) ^ maphash.Comparable(seed, [3]uint64{uint64(kind), uint64(size), uint64(id)})
}
