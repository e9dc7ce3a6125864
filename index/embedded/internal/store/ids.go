package store

import (
	"errors"
	"fmt"
	"slices"

	"trawl/index/embedded/internal/block"
)

// BlockIDs calls do with the ID of each block, in no order. It reads the small keys that lead
// to blocks, and no block.
func (v *View) BlockIDs(do func(id block.ID)) (err error) {
	defer Guarded(&err)()
	for _, name := range []string{"dirs", "patches"} {
		c := v.tree(name).Cursor()
		for k, id := c.First(); k != nil; k, id = c.Next() {
			if !soundReference(id) {
				return fmt.Errorf("%w (key %q of a block)", ErrDamaged, k)
			}
			do(block.ID(number(id)))
		}
	}
	return nil
}

// AllAfter does what After does, and does not stop at a damaged page: it calls do with the
// blocks that cannot be read, too, and the error of reading them.
func (v *View) AllAfter(seq uint64, do func(id block.ID, data []byte, unreadable error) error) error {
	err := v.After(seq, func(id block.ID, data []byte) error {
		seq = uint64(id)
		return do(id, data, nil)
	})
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	var ids []block.ID
	err = v.BlockIDs(func(id block.ID) {
		if uint64(id) > seq {
			ids = append(ids, id)
		}
	})
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range ids {
		data, err := v.Data(id)
		if data == nil && err == nil {
			err = fmt.Errorf("%w (block %d is not there)", ErrDamaged, id)
		}
		if err := do(id, data, err); err != nil {
			return err
		}
	}
	return nil
}
