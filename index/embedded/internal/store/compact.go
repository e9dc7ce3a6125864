package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/disk"
)

const (
	// compactSize is how many bytes one transaction copies.
	compactSize = 32 << 20

	// For reclaim to compact the file, leastFree bytes of it must be free, and one in muchFree; and
	// the crawl must have written muchWritten bytes for each that is copied.
	leastFree   = 1 << 20
	muchFree    = 8
	muchWritten = 1.5
)

// Compact writes the file anew without the space that is free, and puts it in
// place of the old one. Writers wait; readers continue. A kill leaves the
// old file or the new one, and at most a leftover that the next Open removes.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.turn(ctx); err != nil {
		return err
	}
	defer func() { <-s.writing }()
	return s.compact()
}

// reclaim compacts the file at the end of a crawl, if much of it is free and the copy is small
// beside what the crawl wrote: directories that come in no order make it write blocks anew again
// and again, and in the end half of the file may be free. An error is logged: the catalogue is
// then as it was.
func (s *Store) reclaim(ctx context.Context, wrote int64) {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.writing }()
	used, free, err := s.space()
	if err != nil || free < leastFree || free*muchFree < used+free || float64(wrote) < muchWritten*float64(used) {
		return
	}
	if err := s.compact(); err != nil {
		level := slog.LevelWarn
		if errors.Is(err, ErrDamaged) {
			level = slog.LevelError
		}
		s.Log.Log(ctx, level, "after a crawl the file was not compacted, nothing was lost; `trawl compact` tries again", "err", err)
	}
}

// space returns how many bytes of the file are used and free.
func (s *Store) space() (used, free int64, err error) {
	v, err := s.View()
	if err != nil {
		return 0, 0, err
	}
	defer v.Close()
	stats := v.file.db.Stats()
	free = int64(stats.FreePageN+stats.PendingPageN) * pageSize
	return v.shown.tx.Size() - free, free, nil
}

// compact does what Compact says. The caller has put a value into writing.
func (s *Store) compact() error {
	if err := s.mend(); err != nil {
		return fmt.Errorf("compact %s: %w", s.Path, Explain(err))
	}
	lean, err := s.file.copy()
	if err == nil {
		err = s.file.replace(lean)
	}
	if err != nil {
		return fmt.Errorf("compact %s: %w", s.Path, cmp.Or(Explain(err), disk.RemoveFile(s.file.leftover())))
	}
	return nil
}

// leftover returns the name that a copy has until it is in place.
func (o *openFile) leftover() string { return o.path + ".compact" }

// copy returns a copy that is on the disk, under the leftover's name.
func (o *openFile) copy() (lean *boltFile, err error) {
	from, err := o.use()
	if err != nil {
		return nil, err
	}
	defer from.users.Done()
	defer Guarded(&err)()
	err = from.sums.proveAll() // a copy of a damaged page would have a good checksum
	if err == nil {
		err = disk.RemoveFile(o.leftover())
	}
	if err != nil {
		return nil, err
	}
	if err := o.fill(from.db); err != nil {
		return nil, err
	}
	return openBolt(o.leftover(), mapSize)
}

// fill writes a copy to the disk.
func (o *openFile) fill(from *bolt.DB) (err error) {
	mapped := int64(mapSize)
	to, _, err := openDB(o.leftover(), &mapped)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, to.Close()) }()
	defer Guarded(&err)()
	to.NoSync, to.NoGrowSync, to.AllocSize = true, true, pageSize
	if err := bolt.Compact(to, from, compactSize); err != nil {
		return err
	}
	return to.Sync()
}

// replace puts a copy in place. Views of the old file stay good; later ones read the new
// one.
func (o *openFile) replace(lean *boltFile) error {
	if err := os.Rename(o.leftover(), o.path); err != nil {
		return cmp.Or(err, lean.close())
	}
	o.named = false
	o.putCopy(lean)
	return o.syncName()
}
