//go:build unix

package unix

import (
	"time"

	"golang.org/x/sys/unix"
)

// Stat_t is that of x/sys/unix.
type Stat_t = unix.Stat_t

// Statfs_t is that of x/sys/unix.
type Statfs_t = unix.Statfs_t

// Timespec is that of x/sys/unix.
type Timespec = unix.Timespec

// The numbers of x/sys/unix.
const (
	EACCES              = unix.EACCES
	EDQUOT              = unix.EDQUOT
	EEXIST              = unix.EEXIST
	EINTR               = unix.EINTR
	EINVAL              = unix.EINVAL
	EISDIR              = unix.EISDIR
	ELOOP               = unix.ELOOP
	ENOSPC              = unix.ENOSPC
	ENOSYS              = unix.ENOSYS
	ENOTDIR             = unix.ENOTDIR
	EPERM               = unix.EPERM
	EROFS               = unix.EROFS
	EWOULDBLOCK         = unix.EWOULDBLOCK
	O_RDONLY            = unix.O_RDONLY
	O_WRONLY            = unix.O_WRONLY
	O_RDWR              = unix.O_RDWR
	O_CREAT             = unix.O_CREAT
	O_EXCL              = unix.O_EXCL
	O_CLOEXEC           = unix.O_CLOEXEC
	O_DIRECTORY         = unix.O_DIRECTORY
	O_NOCTTY            = unix.O_NOCTTY
	O_NOFOLLOW          = unix.O_NOFOLLOW
	O_NONBLOCK          = unix.O_NONBLOCK
	AT_EACCESS          = unix.AT_EACCESS
	AT_REMOVEDIR        = unix.AT_REMOVEDIR
	AT_SYMLINK_NOFOLLOW = unix.AT_SYMLINK_NOFOLLOW
	F_DUPFD_CLOEXEC     = unix.F_DUPFD_CLOEXEC
	LOCK_EX             = unix.LOCK_EX
	LOCK_NB             = unix.LOCK_NB
	X_OK                = unix.X_OK
	S_IFMT              = unix.S_IFMT
	S_IFREG             = unix.S_IFREG
	S_IFDIR             = unix.S_IFDIR
	S_IFLNK             = unix.S_IFLNK
	S_IFIFO             = unix.S_IFIFO
	S_IFSOCK            = unix.S_IFSOCK
	S_IFCHR             = unix.S_IFCHR
	S_IFBLK             = unix.S_IFBLK
	S_ISUID             = unix.S_ISUID
	S_ISGID             = unix.S_ISGID
	S_ISVTX             = unix.S_ISVTX
)

// Close is that of x/sys/unix.
func Close(fd int) error { return unix.Close(fd) }

// Faccessat is that of x/sys/unix.
func Faccessat(dir int, path string, mode uint32, flags int) error {
	return unix.Faccessat(dir, path, mode, flags)
}

// Fchmod is that of x/sys/unix.
func Fchmod(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

// Fchmodat is that of x/sys/unix.
func Fchmodat(dir int, path string, mode uint32, flags int) error {
	return unix.Fchmodat(dir, path, mode, flags)
}

// Flock is that of x/sys/unix.
func Flock(fd, how int) error { return unix.Flock(fd, how) }

// Fstatat is that of x/sys/unix.
func Fstatat(dir int, path string, st *Stat_t, flags int) error {
	return unix.Fstatat(dir, path, st, flags)
}

// Fstatfs is that of x/sys/unix.
func Fstatfs(fd int, st *Statfs_t) error { return unix.Fstatfs(fd, st) }

// Linkat is that of x/sys/unix.
func Linkat(dir int, path string, dirTo int, pathTo string, flags int) error {
	return unix.Linkat(dir, path, dirTo, pathTo, flags)
}

// Mkdirat is that of x/sys/unix.
func Mkdirat(dir int, path string, mode uint32) error { return unix.Mkdirat(dir, path, mode) }

// Renameat is that of x/sys/unix.
func Renameat(dir int, path string, dirTo int, pathTo string) error {
	return unix.Renameat(dir, path, dirTo, pathTo)
}

// Unlinkat is that of x/sys/unix.
func Unlinkat(dir int, path string, flags int) error { return unix.Unlinkat(dir, path, flags) }

// UtimesNanoAt is that of x/sys/unix.
func UtimesNanoAt(dir int, path string, times []Timespec, flags int) error {
	return unix.UtimesNanoAt(dir, path, times, flags)
}

// Fstat is that of x/sys/unix.
func Fstat(fd int, st *Stat_t) error { return unix.Fstat(fd, st) }

// FcntlInt is that of x/sys/unix.
func FcntlInt(fd uintptr, cmd, arg int) (int, error) { return unix.FcntlInt(fd, cmd, arg) }

// Openat is that of x/sys/unix.
func Openat(dir int, path string, flags int, mode uint32) (int, error) {
	return unix.Openat(dir, path, flags, mode)
}

// Readlinkat is that of x/sys/unix.
func Readlinkat(dir int, path string, buf []byte) (int, error) {
	return unix.Readlinkat(dir, path, buf)
}

// TimeToTimespec is that of x/sys/unix.
func TimeToTimespec(t time.Time) (Timespec, error) { return unix.TimeToTimespec(t) }
