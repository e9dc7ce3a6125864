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
	var held int64
	defer func() { s.memory.Release(held) }()
	var all []entry
	var some []tree.Entry
	sorts := true
	for err == nil {
		if ctx.Err() != nil {
			return ctx.Err() //nolint:wrapcheck // of the client
		}
		some, err = d.Append(some[:0])
		if failed := s.describe(d, p, some, &all); failed != nil {
			return failed
		}
		for sorts && int64(len(all)) > held/cost {
			if sorts = s.memory.TryAcquire(run * cost); sorts {
				held += run * cost
			}
		}
		if !sorts && (order.sort != "name" || order.reverse) {
			return errMemory
		}
		if !sorts {
			if err := each(all); err != nil {
				return err
			}
			all = all[:0]
		}
	}
	if !errors.Is(err, io.EOF) {
		return err //nolint:wrapcheck // of the tree
	}
	if sorts {
		slices.SortFunc(all, order.compare)
	}
	return each(all)
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
