package httpd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"

	"trawl/ftpd/tree"
)

// entry is what a folder shows under one name: of a link, that to which it leads.
type entry struct {
	tree.Entry
	dangling bool // a link that leads nowhere, or where the user may not look
}

func (e *entry) folder() bool { return e.Mode.IsDir() }

// sized reports whether the entry has a size that is known.
func (e *entry) sized() bool { return e.Mode.IsRegular() && e.Size >= 0 }

// errMemory is the error of a folder that takes more memory than there is.
var errMemory = errors.New("the folder is too large to be put in this order now")

// Entries are counted in runs, each by what it costs, about.
const (
	run  = 1024
	cost = 160 // bytes of an entry with its name
)

// read reads a folder and hands its entries to each: all at once, in the order that is asked for, folders first; or, if that would take
// too much memory and no other order than that of names is asked for, some at a time as they are read. Each may be called with none.
func (s *session) read(ctx context.Context, p string, order asked, each func([]entry) error) error {
	d, err := s.login.View.Entries(p)
	if err != nil {
		return err //nolint:wrapcheck // of the tree
	}
	defer d.Close()
	h := holding{session: s, order: order, sorts: true}
	defer func() { s.memory.Release(h.held) }()
	var some []tree.Entry
	for err == nil {
		if ctx.Err() != nil {
			return ctx.Err() //nolint:wrapcheck // of the client
		}
		some, err = d.Append(some[:0])
		if failed := s.describe(d, p, some, &h.all); failed != nil {
			return failed
		}
		if failed := h.count(each); failed != nil {
			return failed
		}
	}
	if !errors.Is(err, io.EOF) {
		return err //nolint:wrapcheck // of the tree
	}
	if h.sorts {
		slices.SortFunc(h.all, order.compare)
	}
	return each(h.all)
}

// holding is the entries of a folder that are held to be put in order.
type holding struct {
	*session
	order asked
	sorts bool // there is memory for all so far
	held  int64
	all   []entry
}

// count takes memory for the entries that are held. If there is too little, they go to each as they are.
func (h *holding) count(each func([]entry) error) error {
	for h.sorts && int64(len(h.all)) > h.held/cost {
		if h.sorts = h.memory.TryAcquire(run * cost); h.sorts {
			h.held += run * cost
		}
	}
	if h.sorts {
		return nil
	}
	if h.order.sort != "name" || h.order.reverse {
		return errMemory
	}
	err := each(h.all)
	h.all = h.all[:0]
	return err
}

// describe appends the entries that are there.
func (s *session) describe(d *tree.Entries, p string, some []tree.Entry, all *[]entry) error {
	for i := range some {
		e := entry{Entry: some[i]}
		if err := d.Describe(&e.Entry); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err //nolint:wrapcheck // of the tree
		}
		if e.Mode&fs.ModeSymlink != 0 {
			at := path.Join(p, e.Name)
			if info, err := s.login.View.Stat(at); err == nil {
				e.Entry = s.login.View.EntryOf(at, e.Name, info)
			} else {
				e.dangling = true
			}
		}
		*all = append(*all, e)
	}
	return nil
}

// compare compares entries by the order that is asked for.
func (a asked) compare(x, y entry) int {
	if x.folder() != y.folder() {
		if x.folder() {
			return -1
		}
		return 1
	}
	by := 0
	switch a.sort {
	case "size":
		by = cmp.Compare(x.Size, y.Size)
	case "time":
		by = cmp.Compare(x.Time, y.Time)
	}
	by = cmp.Or(by, cmp.Compare(x.Name, y.Name))
	if a.reverse {
		return -by
	}
	return by
}
