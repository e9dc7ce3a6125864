package tree

import (
	"io"
	"io/fs"
	"path"
	"time"

	"trawl/ftpd/internal/unix"
)

var (
	_ io.WriterAt = (*Upload)(nil)
	_ io.ReaderAt = (*Upload)(nil)
)

// looks are the time and the permission bits that an upload shall have, if they were set.
type looks struct {
	time  time.Time
	perm  fs.FileMode
	timed bool
	moded bool

	wanted fs.FileMode // of a new file, less what the umask takes; 0 is 0666
}

// allowed returns the bits that were wanted of a file, of which the umask left those of mode: who may read may execute.
func (l *looks) allowed(mode fs.FileMode) fs.FileMode { return l.wanted & (mode | mode&0o444>>2) }

// Size returns how many bytes the file has so far.
func (u *Upload) Size() int64 { return u.size }

// WriteAt writes bytes at an offset, which may be behind the end: what is between is zeros, and counts. It writes none of
// them if they are over the quota (ErrQuota). ErrFull says that the disk is full. Bytes that are added to a file come in their
// order, whatever the offset.
func (u *Upload) WriteAt(b []byte, off int64) (int, error) {
	if u.kind == adding || u.adds {
		return u.Write(b)
	}
	if off < 0 || off > maxSize-int64(len(b)) {
		return 0, fail("write", u.path, ErrOffset)
	}
	end := off + int64(len(b))
	if err := u.stretch(end, off-u.size); err != nil {
		return 0, fail("write", u.path, err)
	}
	n, err := u.f.WriteAt(b, off)
	u.size = max(u.size, off+int64(n))
	return n, u.written(err)
}

// maxSize is more than any file has.
const maxSize = 1 << 62

// stretch reserves room for so many bytes in all, if they are more than there are. A hole must fit on the disk, too.
func (u *Upload) stretch(end, hole int64) error {
	if hole > ample {
		free, err := u.view.store.disk.free(path.Dir(u.path))
		if err == nil && hole > free {
			return ErrFull
		}
	}
	return u.need(end)
}

// ReadAt reads back what the file has so far.
func (u *Upload) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= u.size {
		return 0, io.EOF
	}
	n, err := u.f.ReadAt(b[:min(int64(len(b)), u.size-off)], off)
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return n, err //nolint:wrapcheck // io.EOF as it is
}

// Truncate cuts the file, or stretches it by zeros.
func (u *Upload) Truncate(size int64) error {
	switch {
	case u.kind == adding || u.adds:
		return fail("truncate", u.path, fs.ErrPermission)
	case size < 0 || size > maxSize:
		return fail("truncate", u.path, ErrOffset)
	}
	if err := u.stretch(size, size-u.size); err != nil {
		return fail("truncate", u.path, err)
	}
	if err := u.f.Truncate(size); err != nil {
		return u.written(err)
	}
	u.size = size
	return nil
}

// SetTime sets the time that the file has from Commit on. Of what is added to a file it is fs.ErrPermission.
func (u *Upload) SetTime(t time.Time) error {
	if u.kind == adding || u.adds {
		return fail("set the time of", u.path, fs.ErrPermission)
	}
	u.looks.time, u.looks.timed = t, true
	return nil
}

// Chmod sets the permission bits that the file has from Commit on, as SetTime does the time.
func (u *Upload) Chmod(mode fs.FileMode) error {
	if u.kind == adding || u.adds {
		return fail("set the mode of", u.path, fs.ErrPermission)
	}
	u.looks.perm, u.looks.moded = mode.Perm(), true
	return nil
}

// makeUp gives the file the time and the permission bits that were set.
func (u *Upload) makeUp(asides int) error {
	if u.looks.moded {
		if err := u.f.Chmod(u.looks.perm); err != nil {
			return err
		}
	}
	if !u.looks.timed {
		return nil
	}
	at, err := unix.TimeToTimespec(u.looks.time)
	if err != nil {
		return err
	}
	return unix.UtimesNanoAt(asides, u.name, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW)
}

// Sync waits until what came is on the disk.
func (u *Upload) Sync() error { return fail("sync", u.path, u.f.Sync()) }

// Drop removes what came, and ends the upload.
func (u *Upload) Drop() error {
	if u.ended {
		return nil
	}
	u.over = true
	return fail("drop", u.path, u.keep())
}
