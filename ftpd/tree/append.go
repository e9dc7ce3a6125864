package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"trawl/ftpd/internal/unix"
)

// add adds the piece to the end of the file, which is locked meanwhile (flock), as two pieces may come at once. On an error
// the file is as long as before.
func (u *Upload) add(asides, dir int) error {
	s := u.view.store
	f, at, err := u.lock(dir, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.usage.settle(u.view.quota, u.reserved, amount{u.size, 0}); err != nil {
		return err
	}
	if err := u.addTo(f, at.Size()); err != nil {
		return errors.Join(err, f.Truncate(at.Size()), s.usage.settle(nil, u.reserved.negative(), amount{-u.size, 0}))
	}
	err = unix.Unlinkat(asides, u.name, 0)
	u.done()
	return err
}

// lock opens the file that is at the path, and keeps others from changing it until it is closed.
func (u *Upload) lock(dir, access int) (*os.File, fs.FileInfo, error) {
	f, err := lockFile(dir, path.Base(u.path), access|unix.O_NONBLOCK, 0, unix.LOCK_EX)
	if errors.Is(err, unix.ELOOP) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, nil, err
	}
	at, err := fstat(int(f.Fd()), "")
	if err == nil && !at.Mode().IsRegular() {
		err = ErrNoFile
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, at, nil
}

func (u *Upload) addTo(f *os.File, end int64) error {
	if _, err := u.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(f, u.f) // by copy_file_range
	if err == nil && n != u.size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && u.view.sync {
		err = f.Sync()
	}
	return err
}
