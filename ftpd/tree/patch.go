package tree

import (
	"errors"
	"io"
	"os"

	"trawl/ftpd/internal/unix"
)

// patch puts the piece in the place of as many bytes of the file. Readers have the file before or after, never a part of the
// piece: the whole is written aside and takes the file's place. The file is locked meanwhile (flock), as two pieces may come
// at once. The rest of the file is what it is then.
func (u *Upload) patch(asides, dir int) error {
	f, at, err := u.lock(dir, unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if at.Size() < u.at {
		return ErrOffset
	}
	merged, name, err := otherAside(asides, u.key, uint32(at.Mode().Perm()))
	if err != nil {
		return err
	}
	if err := u.merge(merged, f, at.Size()); err != nil {
		merged.Close()
		return errors.Join(err, unix.Unlinkat(asides, name, 0))
	}
	err = unix.Unlinkat(asides, u.name, 0)
	u.f.Close()
	u.f, u.name, u.size = merged, name, max(at.Size(), u.at+u.size)
	return errors.Join(err, u.place(asides, dir))
}

// merge writes the file with the piece in it.
func (u *Upload) merge(to, f *os.File, size int64) error {
	if _, err := io.CopyN(to, f, u.at); err != nil { // by copy_file_range, as those below
		return err
	}
	if _, err := u.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.CopyN(to, u.f, u.size); err != nil {
		return err
	}
	if behind := u.at + u.size; behind < size {
		if _, err := f.Seek(behind, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.CopyN(to, f, size-behind); err != nil {
			return err
		}
	}
	if u.view.sync {
		return to.Sync()
	}
	return nil
}
