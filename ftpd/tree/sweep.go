package tree

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"time"

	"trawl/ftpd/internal/unix"
)

// Sweep removes what was left aside for longer than olderThan, and returns how many files that were. Uploads under way
// stay, those of other processes too. Besides the root, it looks at the folders that rules of a View have named, and at the tops
// of mounts that were written to since the start.
func (s *Store) Sweep(ctx context.Context, olderThan time.Duration) (removed int, err error) {
	if s.disk == nil {
		return 0, nil
	}
	var errs []error
	for _, top := range s.holders() {
		n, err := s.sweep(ctx, path.Join(top, aside), time.Now().Add(-olderThan))
		removed += n
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("sweep %q: %w", top, err))
		}
	}
	return removed, errors.Join(errs...)
}

// holders returns the folders in which asides may be.
func (s *Store) holders() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.tops))
}

// holdsAsides remembers a folder in which asides may be.
func (s *Store) holdsAsides(p string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tops[p] = struct{}{}
}

func (s *Store) sweep(ctx context.Context, p string, before time.Time) (removed int, err error) {
	f, _, err := s.disk.open(p)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	dir, ok := f.(*os.File)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if ctx.Err() != nil {
			return removed, ctx.Err()
		}
		gone, swept := s.sweepFile(int(dir.Fd()), name, before)
		if gone {
			removed++
		}
		err = errors.Join(err, swept)
	}
	return removed, err
}

func (s *Store) sweepFile(dir int, name string, before time.Time) (gone bool, err error) {
	at, err := lstatat(dir, name)
	if err != nil || !at.Mode().IsRegular() || at.ModTime().After(before) {
		return false, nil
	}
	defer s.usage.change()()
	f, err := lockAside(dir, name, unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, ErrBusy), errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	defer f.Close()
	size, err := length(f)
	if err == nil {
		err = unix.Unlinkat(dir, name, 0)
	}
	if err != nil {
		return false, err
	}
	s.usage.add(-size, -1)
	return true, nil
}
