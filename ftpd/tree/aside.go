package tree

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"trawl/ftpd/internal/unix"
)

// Files that are not whole yet lie in the folder .trawl of their mount, as a file moves within one mount only:
//
//	/.trawl/KEY          what a user writes, or has left, for a path: KEY is the start of sha256(user NUL path), in hex
//	/.trawl/KEY.RANDOM   what comes while KEY is being written, and pieces that will be added to a file
//	/mnt/.trawl/KEY      the same, if /mnt is the top of another mount
//	/in/.trawl/KEY       the same, if the process may write in /in and not in what is above it
//
// A file that is being written is locked (flock), so that neither a sweep nor a second session takes it. The lock goes with the
// process, and the file stays: it can be continued, or it is swept.

// key returns the name aside of what a user writes to a path.
func key(user, real string) string {
	sum := sha256.Sum256([]byte(user + "\x00" + real))
	return hex.EncodeToString(sum[:16])
}

// top returns the top of the mount on which the folder dir is, which is open as fd.
func (d *disk) top(fd int, dir string) (string, error) {
	at, err := mountOf(fd)
	if err != nil {
		return "", err
	}
	if at == d.mount {
		return "/", nil
	}
	top := dir
	for top != "/" {
		up, err := d.openDir(path.Dir(top))
		if err != nil {
			return "", err
		}
		above, err := mountOf(up)
		closeFD(up)
		if err != nil {
			return "", err
		}
		if above != at {
			break
		}
		top = path.Dir(top)
	}
	return top, nil
}

// places calls try with the folders that may hold what will be in the folder dir, which is open as fd: those from the top
// of the mount down, until try does not return fs.ErrNotExist or fs.ErrPermission.
func (d *disk) places(fd int, dir string, try func(asides string) error) error {
	at, err := d.top(fd, dir)
	for err == nil {
		err = try(path.Join(at, aside))
		if at == dir || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, unix.EROFS) {
			return err
		}
		next, _, _ := strings.Cut(strings.TrimPrefix(dir[len(at):], "/"), "/")
		at, err = path.Join(at, next), nil
	}
	return err
}

// openAsides opens the folder for asides, and makes it if need be. The caller closes it.
func (d *disk) openAsides(p string) (int, error) {
	fd, err := d.openFD(p, dirFlags)
	if !errors.Is(err, fs.ErrNotExist) {
		return fd, notOurs(err)
	}
	err = d.in(p, func(dir int, name string) error { return unix.Mkdirat(dir, name, 0o700) })
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return -1, notOurs(err)
	}
	fd, err = d.openFD(p, dirFlags)
	return fd, notOurs(err)
}

// notOurs refuses what somebody has put in the place of the folder for asides.
func notOurs(err error) error {
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return fs.ErrPermission
	}
	return err
}

// errGone says that what was opened aside is there no more, or is another file by now.
var errGone = errors.New("gone")

// lockAside opens a file aside and locks it. It returns ErrBusy if it is locked.
func lockAside(dir int, name string, flags int, mode uint32) (*os.File, error) {
	return lockFile(dir, name, flags|unix.O_RDWR, mode, unix.LOCK_EX|unix.LOCK_NB)
}

// lockFile opens a file and locks it, and makes sure that it is still the one under that name.
func lockFile(dir int, name string, flags int, mode uint32, how int) (*os.File, error) {
	for {
		fd, err := openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
		if err != nil {
			return nil, err
		}
		err = lock(dir, fd, name, how)
		if err == nil {
			return os.NewFile(uintptr(fd), name), nil
		}
		closeFD(fd)
		if !errors.Is(err, errGone) {
			return nil, err
		}
	}
}

func lock(dir, fd int, name string, how int) error {
	if err := retry(func() error { return unix.Flock(fd, how) }); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			return ErrBusy
		}
		return err
	}
	var mine, there unix.Stat_t
	if err := unix.Fstat(fd, &mine); err != nil {
		return err
	}
	if err := unix.Fstatat(dir, name, &there, unix.AT_SYMLINK_NOFOLLOW); err != nil || there.Ino != mine.Ino {
		return errGone
	}
	return nil
}

// newAside opens an empty file aside: name, unless that is being written, then another one. It returns what was kept under
// the name, and is lost now.
func newAside(dir int, name string, mode uint32) (f *os.File, as string, lost amount, err error) {
	f, err = lockAside(dir, name, unix.O_CREAT|unix.O_EXCL, mode)
	if !errors.Is(err, fs.ErrExist) && !errors.Is(err, ErrBusy) {
		return f, name, amount{}, err
	}
	if f, err = lockAside(dir, name, 0, 0); err == nil {
		var kept int64
		if kept, err = length(f); err == nil {
			err = f.Truncate(0)
		}
		if err == nil {
			err = f.Chmod(fs.FileMode(mode))
		}
		if err != nil {
			f.Close()
		}
		return f, name, amount{kept, 1}, err
	}
	f, as, err = otherAside(dir, name, mode)
	return f, as, amount{}, err
}

// otherAside opens an empty file aside under a name that is its own.
func otherAside(dir int, name string, mode uint32) (f *os.File, as string, err error) {
	as = name + "." + rand.Text()
	f, err = lockAside(dir, as, unix.O_CREAT|unix.O_EXCL, mode)
	return f, as, err
}

func length(f *os.File) (int64, error) {
	i, err := fstat(int(f.Fd()), "")
	if err != nil {
		return 0, err
	}
	return i.Size(), nil
}

// underWay reports whether a file aside is being written.
func underWay(dir int, name string) bool {
	f, err := lockAside(dir, name, unix.O_NONBLOCK, 0)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, ErrBusy)
}
