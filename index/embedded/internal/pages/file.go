package pages

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"trawl/index/embedded/internal/disk"
)

// Guard decides whether a page may be read: Sound returns an error for a page whose bytes are not
// those that were written.
type Guard interface {
	Sound(id uint64, page []byte) error
}

// File is a bbolt file that is mapped into memory. It may grow while it is mapped. Several
// goroutines may read it. A reader must have a transaction of bbolt open, which keeps
// the pages of that transaction from being used for something else.
type File struct {
	Guard Guard // of Buckets and Cursors; nil believes all pages; set before they are used

	file  *os.File
	maps  atomic.Pointer[[]byte]
	older [][]byte // maps that were too small; changed by Grow alone
}

// Map maps the file at a path, with room for it to grow to room bytes before Grow needs another
// map. Without so much address space it maps what is there.
func Map(path string, room int64) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{file: file}
	if err := f.remap(room); err != nil {
		return nil, cmp.Or(err, file.Close())
	}
	return f, nil
}

// remap maps the file with some room, or as it is.
func (f *File) remap(room int64) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: it is empty", ErrDamaged)
	}
	data, err := disk.Map(f.file, room)
	if err != nil {
		return err
	}
	if old := f.maps.Swap(&data); old != nil {
		f.older = append(f.older, *old)
	}
	return nil
}

// Grow makes sure that size bytes are mapped. Slices of before stay valid. One goroutine calls it
// at a time.
func (f *File) Grow(size int64) error {
	if size <= int64(len(*f.maps.Load())) {
		return nil
	}
	return f.remap(2 * size)
}

// Close ends the map, and with it all slices of the file.
func (f *File) Close() error {
	err := f.file.Close()
	for _, m := range append(f.older, *f.maps.Load()) {
		err = errors.Join(err, disk.Unmap(m))
	}
	return err
}

// Meta returns the newest transaction. It fails if the file is shorter than that transaction
// says.
func (f *File) Meta() (Meta, error) {
	info, err := f.file.Stat()
	if err != nil {
		return Meta{}, err
	}
	data := *f.maps.Load()
	m, err := readMeta(data[:min(info.Size(), int64(len(data)))])
	if err != nil {
		return Meta{}, err
	}
	if need := m.Size(); m.End > 1<<40 || info.Size() < need {
		return Meta{}, fmt.Errorf("%w: it was cut off at %d of %d bytes", ErrDamaged, info.Size(), need)
	}
	return m, nil
}

// page returns a page of a transaction that the guard finds sound.
func (f *File) page(m *Meta, id uint64) (page, error) {
	p, err := f.read(m, id)
	if err == nil && f.Guard != nil {
		err = f.Guard.Sound(id, p)
	}
	return p, err
}

// read returns a page of a transaction and checks that it is one.
func (f *File) read(m *Meta, id uint64) (page, error) {
	if id < 2 || id >= m.End {
		return nil, damaged(id, "there is no such page")
	}
	data := *f.maps.Load()
	size := uint64(m.pageSize)
	if (id+1)*size > uint64(len(data)) {
		return nil, damaged(id, "it is not mapped")
	}
	p := page(data[id*size : (id+1)*size])
	more := uint64(p.overflow())
	if p.id() != id || id+more >= m.End || (id+more+1)*size > uint64(len(data)) {
		return nil, damaged(id, "it says that it is page %d with %d more", p.id(), more)
	}
	return page(data[id*size : (id+more+1)*size]), nil
}

// Check passes a page to the guard.
func (f *File) Check(m *Meta, id uint64) error {
	_, err := f.page(m, id)
	return err
}

// ProveFreelist passes the page of the freelist to the guard: bbolt reads it at once.
func (f *File) ProveFreelist(m *Meta) error {
	if m.Freelist == noFreelist {
		return nil
	}
	return f.Check(m, m.Freelist)
}
