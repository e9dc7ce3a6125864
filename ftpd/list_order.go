package ftpd

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"trawl/ftpd/tree"
)

// The memory that listings take to put directories in order, and to remember which directories are still to be listed.
const (
	sortingMemory = 64 << 20 // bytes, of all listings of a service together
	heldCosts     = 128      // bytes that an entry costs while it is held, about
	heldFree      = 1024     // entries that a listing may hold in any case
)

// errMemory is the error of a listing that takes more memory than there is.
var errMemory = errors.New("too large to be put in order now")

// unread returns the error of a listing that has begun and is not whole: no error that says that nothing is there.
func unread(err error) error { return fmt.Errorf("not read to its end: %v", err) } //nolint:errorlint // as it says

// memory is what all listings of a service share.
type memory struct {
	left    atomic.Int64
	entries sync.Pool // of *holder
}

// holder holds the entries of a directory, and their order.
type holder struct {
	entries []tree.Entry
	places  []place
}

// maxPooled is how many entries a holder has at most that is used again.
const maxPooled = 1 << 16

// hold returns an empty holder.
func (m *memory) hold() *holder {
	if h, ok := m.entries.Get().(*holder); ok {
		return h
	}
	return &holder{}
}

// free keeps a holder for others, without what it holds.
func (m *memory) free(h *holder) {
	if cap(h.entries) > maxPooled {
		return
	}
	clear(h.entries[:cap(h.entries)])
	h.entries, h.places = h.entries[:0], h.places[:0]
	m.entries.Put(h)
}

func newMemory(n int64) *memory {
	m := &memory{}
	m.left.Store(n)
	return m
}

// take takes n bytes, if there are so many.
func (m *memory) take(n int64) bool {
	if m.left.Add(-n) >= 0 {
		return true
	}
	m.left.Add(n)
	return false
}

// give gives n bytes back.
func (m *memory) give(n int64) { m.left.Add(n) }

// sequence is how the entries of directories are read.
type sequence struct {
	order   order
	reverse bool
	names   bool // no more than names and rights is wanted
	memory  *memory
}

// read calls each with the entries of an open directory, in order. A directory that is too large to be put in order
// comes as it is read if the order is that of names, and not at all in any other one.
func (q sequence) read(ctx context.Context, d *tree.Entries, each func(*tree.Entry) error) error {
	var taken int64
	h := q.memory.hold()
	defer func() {
		q.memory.free(h)
		q.memory.give(taken)
	}()
	sorts := q.order != asRead || q.reverse
	for {
		var err error
		if h.entries, err = d.Append(h.entries); err != nil && !errors.Is(err, io.EOF) {
			return unread(err)
		}
		end := err != nil
		if more := heldCosts*int64(len(h.entries)-heldFree) - taken; sorts && more > 0 {
			if sorts = q.memory.take(more); sorts {
				taken += more
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case sorts && !end:
			continue
		case !sorts && (q.order != asRead && q.order != byName || q.reverse):
			return errMemory
		}
		if err := q.pass(ctx, d, h, each); err != nil || end {
			return err
		}
		h.entries = h.entries[:0]
	}
}

// pass sorts entries, and calls each with them.
func (q sequence) pass(ctx context.Context, d *tree.Entries, h *holder, each func(*tree.Entry) error) error {
	if q.order == byTime || q.order == bySize {
		var err error
		if h.entries, err = q.describe(ctx, d, h.entries); err != nil {
			return err
		}
	}
	q.sort(h)
	var beside *ahead
	if !q.names {
		beside = newAhead(d, h)
		defer beside.end()
	}
	for i, place := range h.places {
		if i%aheadPiece == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			beside.reach(i)
		}
		e := &h.entries[place.at]
		if !q.names {
			switch err := d.Describe(e); {
			case errors.Is(err, fs.ErrNotExist):
				continue // it was removed while the directory was read
			case err != nil:
				return unread(err)
			}
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return nil
}

// describe describes all entries. It leaves out those that were removed while the directory was read.
func (q sequence) describe(ctx context.Context, d *tree.Entries, held []tree.Entry) ([]tree.Entry, error) {
	kept := held[:0]
	for i := range held {
		if i%64 == 0 && ctx.Err() != nil {
			return held, context.Cause(ctx)
		}
		switch err := d.Describe(&held[i]); {
		case err == nil:
			kept = append(kept, held[i])
		case !errors.Is(err, fs.ErrNotExist):
			return held, unread(err)
		}
	}
	return kept, nil
}

// place is the place of an entry in the order. To sort places moves less memory than to sort entries, and most names differ
// in the bytes that stand in it.
type place struct {
	start uint64 // of the name, behind what all names begin with
	at    int    // index of the entry
}

// sort puts the places of entries in order. Equal ones are in the order of their names.
func (q sequence) sort(h *holder) {
	h.places = slices.Grow(h.places[:0], len(h.entries))
	skip := common(h.entries)
	for i := range h.entries {
		h.places = append(h.places, place{start(h.entries[i].Name[skip:]), i})
	}
	if q.order != asRead {
		slices.SortFunc(h.places, func(a, b place) int { return q.compare(h.entries, a, b) })
	}
	if q.reverse {
		slices.Reverse(h.places)
	}
}

func (q sequence) compare(held []tree.Entry, a, b place) int {
	c := 0
	switch q.order {
	case byTime:
		c = cmp.Compare(held[b.at].Time, held[a.at].Time)
	case bySize:
		c = cmp.Compare(held[b.at].Size, held[a.at].Size)
	}
	if c == 0 {
		c = cmp.Compare(a.start, b.start)
	}
	if c == 0 {
		c = cmp.Compare(held[a.at].Name, held[b.at].Name)
	}
	return c
}

// common returns how many bytes all names begin with.
func common(held []tree.Entry) int {
	if len(held) == 0 {
		return 0
	}
	same := held[0].Name
	for i := range held {
		name := held[i].Name
		n := 0
		for n < len(same) && n < len(name) && same[n] == name[n] {
			n++
		}
		same = same[:n]
	}
	return len(same)
}

// start returns the first bytes of a name, so that the order of the numbers is that of the bytes.
func start(name string) uint64 {
	var first [8]byte
	copy(first[:], name)
	return binary.BigEndian.Uint64(first[:])
}
