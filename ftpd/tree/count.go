package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"trawl/ftpd/internal/unix"
)

// Count counts what lies in the store anew. That is needed when others have changed it, and at the start, so that the first
// upload need not wait for it. Nothing is changed through a View meanwhile; bytes of uploads still come in. Memory is bounded
// by the depth of the tree. Folders that cannot be read are left out.
func (s *Store) Count(ctx context.Context) error { return s.count(ctx.Err, true) }

// count counts until stopped returns an error.
func (s *Store) count(stopped func() error, again bool) error {
	if s.disk == nil {
		return nil
	}
	u := &s.usage
	u.gate.Lock()
	defer u.gate.Unlock()
	if u.counted && !again {
		return nil
	}
	dir, _, err := s.disk.open("/")
	if err != nil {
		return fmt.Errorf("count what is there: %w", err)
	}
	var sum amount
	if err := sum.folder(stopped, dir, false); err != nil {
		return fmt.Errorf("count what is there: %w", err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.whole, u.counted = sum, true
	return nil
}

// inOnce is how many entries of a folder are held in memory.
const inOnce = 256

// folder adds what is in a folder and below it, and closes the folder. If it is the one for asides, what is under way is left
// out: that is reserved.
func (a *amount) folder(stopped func() error, f fs.File, asides bool) error {
	defer f.Close()
	dir, ok := f.(*os.File)
	if !ok {
		return errors.ErrUnsupported
	}
	for {
		list, err := dir.ReadDir(inOnce)
		for _, e := range list {
			if err := a.entry(stopped, dir, e.Name(), asides); err != nil && !errors.Is(err, fs.ErrNotExist) &&
				!errors.Is(err, fs.ErrPermission) {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), err == nil && len(list) == 0:
			return stopped()
		case err != nil:
			return err
		}
		if err := stopped(); err != nil {
			return err
		}
	}
}

func (a *amount) entry(stopped func() error, dir *os.File, name string, asides bool) error {
	at, err := lstatat(int(dir.Fd()), name)
	switch {
	case err != nil:
		return err
	case asides && underWay(int(dir.Fd()), name):
		return nil
	case !at.IsDir():
		a.bytes += weight(at)
		a.files++
		return nil
	}
	inside := name == aside
	if !inside {
		a.files++
	}
	fd, err := openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return a.folder(stopped, os.NewFile(uintptr(fd), name), inside)
}
