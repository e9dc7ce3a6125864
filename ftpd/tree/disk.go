package tree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"sync/atomic"

	"trawl/ftpd/internal/unix"
)

// disk is the files below a folder. Its paths have no links: a method that meets one returns syscall.ELOOP. Nothing is kept
// in memory, so that what others change is seen at once.
type disk struct {
	root  *os.File
	fd    int
	mount mount
	err   error       // why the root could not be opened
	walks atomic.Bool // the kernel has no openat2, or a filter of system calls forbids it
}

var _ base = (*disk)(nil)

func newDisk(root *os.Root) *disk {
	f, err := root.OpenFile(".", os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return &disk{fd: -1, err: err}
	}
	d := &disk{root: f, fd: int(f.Fd())}
	d.mount, d.err = mountOf(d.fd)
	return d
}

// closeFD closes what only read or pointed at something: there is no error to learn.
func closeFD(fd int) { _ = unix.Close(fd) }

// retry repeats a system call that a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR { //nolint:errorlint // a system call returns it bare
			return err
		}
	}
}

// openFD opens what is at p. The caller closes it.
func (d *disk) openFD(p string, flags int) (fd int, err error) {
	if d.err != nil {
		return -1, d.err
	}
	defer runtime.KeepAlive(d.root)
	flags |= unix.O_CLOEXEC
	if d.walks.Load() {
		return walk(d.fd, parts(p), flags)
	}
	err = retry(func() error {
		fd, err = openat2(d.fd, inFS(p), flags)
		return err
	})
	if (errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM)) && !d.knows() {
		d.walks.Store(true)
		return walk(d.fd, parts(p), flags)
	}
	return fd, err
}

// knows reports whether openat2 opens the root.
func (d *disk) knows() bool {
	fd, err := openat2(d.fd, ".", dirFlags|unix.O_CLOEXEC)
	if err == nil {
		closeFD(fd)
	}
	return err == nil
}

// walk does what openat2 does, with a system call for each part.
func walk(root int, parts []string, flags int) (int, error) {
	at := root
	for i, part := range parts {
		last := i == len(parts)-1
		how := dirFlags | unix.O_CLOEXEC
		if last {
			how = flags
		}
		next, err := openat(at, part, how|unix.O_NOFOLLOW, 0)
		if errors.Is(err, unix.ENOTDIR) && isLink(at, part) {
			err = unix.ELOOP
		}
		if at != root {
			closeFD(at)
		}
		if err != nil {
			return -1, err
		}
		at = next
	}
	if at == root {
		return openat(root, ".", flags, 0)
	}
	return at, nil
}

func openat(dir int, name string, flags int, mode uint32) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(dir, name, flags, mode)
		return err
	})
	return fd, err
}

func isLink(dir int, name string) bool {
	var st unix.Stat_t
	err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
}

// openDir opens a folder, for use as the place of other names. The caller closes it.
func (d *disk) openDir(p string) (int, error) {
	fd, err := d.openFD(p, dirFlags)
	if errors.Is(err, unix.ENOTDIR) {
		err = fs.ErrNotExist
	}
	return fd, err
}

// in does an operation on the name p in its folder. For "/" the name is ".".
func (d *disk) in(p string, do func(dir int, name string) error) error {
	dir, err := d.openDir(path.Dir(p))
	if err != nil {
		return err
	}
	defer closeFD(dir)
	if p == "/" {
		return do(dir, ".")
	}
	return do(dir, path.Base(p))
}

// lstat describes what is at p, which may be a link.
func (d *disk) lstat(p string) (i fs.FileInfo, err error) {
	err = d.in(p, func(dir int, name string) error {
		i, err = lstatat(dir, name)
		return err
	})
	return i, err
}

func lstatat(dir int, name string) (fs.FileInfo, error) {
	i := &info{name: name}
	if err := unix.Fstatat(dir, name, &i.st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, err
	}
	return i, nil
}

func sameFile(a, b fs.FileInfo) bool {
	one, ok := a.(*info)
	other, too := b.(*info)
	return ok && too && one.st.Ino == other.st.Ino && one.st.Dev == other.st.Dev
}

func fstat(fd int, name string) (*info, error) {
	i := &info{name: name}
	if err := unix.Fstat(fd, &i.st); err != nil {
		return nil, err
	}
	return i, nil
}

// search reports whether the system lets this process reach what is in the folder p.
func (d *disk) search(p string) error {
	return d.in(p, func(dir int, name string) error {
		return unix.Faccessat(dir, name, unix.X_OK, unix.AT_EACCESS|unix.AT_SYMLINK_NOFOLLOW)
	})
}

// readLink returns the target of a link, as it is written.
func (d *disk) readLink(p string) (target string, err error) {
	err = d.in(p, func(dir int, name string) error {
		b := make([]byte, maxPath+1)
		n, err := unix.Readlinkat(dir, name, b)
		if err == nil {
			target = string(b[:n])
		}
		return err
	})
	return target, err
}

// open opens a file or a folder for reading.
func (d *disk) open(p string) (fs.File, fs.FileInfo, error) {
	fd, err := d.openFD(p, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, nil, err
	}
	i, err := fstat(fd, path.Base(p))
	if err != nil {
		closeFD(fd)
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), p), i, nil
}
