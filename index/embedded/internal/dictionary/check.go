package dictionary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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
		if err = d.checkState(report); same && err == nil {
			err = d.check(ctx, s, v, report)
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

// checkState verifies that the disk has the present state, and writes it again if not.
func (d *Dictionary) checkState(report func(problem string)) error {
	d.feeding.Lock()
	defer d.feeding.Unlock()
	data, err := os.ReadFile(filepath.Join(d.files.dir, stateFile))
	if bytes.Equal(data, d.state.encode()) || errors.Is(err, fs.ErrNotExist) && len(d.state.parts) == 0 {
		return nil
	}
	report("the state of the dictionary of repeated names is not as it was written: it is written again")
	return d.files.save(d.state)
}

// check compares the state with a view of the store at the same number. If a volume is damaged the
// dictionary is made anew in the background.
func (d *Dictionary) check(ctx context.Context, s *State, v *store.View, report func(problem string)) error {
	seed := maphash.MakeSeed()
	have, err := s.sum(ctx, seed)
	if err == nil {
		err = d.checkFiles(ctx, s)
	}
	if err != nil {
		if ctx.Err() == nil {
			d.MarkDamaged()
			report(fmt.Sprintf("%v: it is made anew", err))
		}
		return ctx.Err()
	}
	want, err := s.sumNames(ctx, v, seed)
	if err == nil && have != want {
		report("the dictionary of repeated names is not that of the entries: run `trawl rebuild`")
	}
	return err
}

// checkFiles verifies that the files on the disk are those of the state: all of each segment, and
// the tables of names.
func (d *Dictionary) checkFiles(ctx context.Context, s *State) error {
	for _, p := range s.parts {
		fresh, err := d.files.open(p.number)
		if err != nil {
			return p.damaged(err)
		}
		same := slices.Equal(fresh.seals, p.seals)
		if fresh.release(); !same {
			return p.damaged(errOtherFile)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// sum returns the sum of the hashes of all postings. A posting that is removed subtracts its
// hash.
func (s *State) sum(ctx context.Context, seed maphash.Seed) (sum uint64, err error) {
	defer Guarded(&err)()
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

// sumNames returns the sum of the hashes of all entries in the blocks of a view that the state
// covers.
func (s *State) sumNames(ctx context.Context, v *store.View, seed maphash.Seed) (sum uint64, err error) {
	defer store.Guarded(&err)()
	var b block.Block
	var mask store.Mask
	err = v.AllAfter(0, func(id block.ID, data []byte, unreadable error) error {
		_, unread := slices.BinarySearch(s.unread, id)
		if err := ctx.Err(); err != nil || unread || unreadable != nil || b.Decode(data) != nil {
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
