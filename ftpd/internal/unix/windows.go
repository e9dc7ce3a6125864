//go:build windows

package unix

import (
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// Stat_t describes a file; only Fstat fills it.
type Stat_t struct { //nolint:revive // as x/sys/unix calls it
	Dev, Ino         uint64
	Mode, Gid        uint32
	Size             int64
	Atim, Mtim, Ctim Timespec
}

// Statfs_t describes a file system; nothing fills it.
type Statfs_t struct { //nolint:revive // as x/sys/unix calls it
	Bavail uint64
	Bsize  int64
}

// Timespec is a time.
type Timespec struct{ Sec, Nsec int64 }

// Unix returns the seconds and nanoseconds.
func (t *Timespec) Unix() (sec, nsec int64) { return t.Sec, t.Nsec }

// The errors that package syscall has on Windows.
const (
	EACCES, EDQUOT, EEXIST, EINTR, EINVAL  = syscall.EACCES, syscall.EDQUOT, syscall.EEXIST, syscall.EINTR, syscall.EINVAL
	EISDIR, ELOOP, ENOSPC, ENOSYS, ENOTDIR = syscall.EISDIR, syscall.ELOOP, syscall.ENOSPC, syscall.ENOSYS, syscall.ENOTDIR
	EPERM, EROFS, EWOULDBLOCK              = syscall.EPERM, syscall.EROFS, syscall.EWOULDBLOCK
)

// The numbers of Linux; no system call of Windows sees them.
const (
	O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL              = 0, 1, 2, 0x40, 0x80
	O_CLOEXEC, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK = 0x80000, 0x10000, 0x100, 0x20000, 0x800
	AT_EACCESS, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW            = 0x200, 0x200, 0x100
	F_DUPFD_CLOEXEC, LOCK_EX, LOCK_NB, X_OK                  = 0x406, 2, 4, 1
	S_IFMT, S_IFREG, S_IFDIR, S_IFLNK                        = 0xf000, 0x8000, 0x4000, 0xa000
	S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK                      = 0x1000, 0xc000, 0x2000, 0x6000
	S_ISUID, S_ISGID, S_ISVTX                                = 0x800, 0x400, 0x200
)

// Fstat sets what identifies an open file, its size and its times. Windows has no time of change of the state: it is that of the content.
func Fstat(fd int, st *Stat_t) error {
	var at windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(windows.Handle(fd), &at); err != nil {
		return err
	}
	modified := timespec(at.LastWriteTime)
	*st = Stat_t{
		Dev: uint64(at.VolumeSerialNumber), Ino: uint64(at.FileIndexHigh)<<32 | uint64(at.FileIndexLow),
		Size: int64(at.FileSizeHigh)<<32 | int64(at.FileSizeLow),
		Atim: timespec(at.LastAccessTime), Mtim: modified, Ctim: modified,
	}
	return nil
}

func timespec(t windows.Filetime) Timespec {
	at := time.Unix(0, t.Nanoseconds())
	return Timespec{Sec: at.Unix(), Nsec: int64(at.Nanosecond())}
}

// Close returns an error.
func Close(int) error { return ENOSYS }

// Faccessat returns an error.
func Faccessat(int, string, uint32, int) error { return ENOSYS }

// Fchmod returns an error.
func Fchmod(int, uint32) error { return ENOSYS }

// Fchmodat returns an error.
func Fchmodat(int, string, uint32, int) error { return ENOSYS }

// Flock returns an error.
func Flock(int, int) error { return ENOSYS }

// Fstatat returns an error.
func Fstatat(int, string, *Stat_t, int) error { return ENOSYS }

// Fstatfs returns an error.
func Fstatfs(int, *Statfs_t) error { return ENOSYS }

// Linkat returns an error.
func Linkat(int, string, int, string, int) error { return ENOSYS }

// Mkdirat returns an error.
func Mkdirat(int, string, uint32) error { return ENOSYS }

// Renameat returns an error.
func Renameat(int, string, int, string) error { return ENOSYS }

// Unlinkat returns an error.
func Unlinkat(int, string, int) error { return ENOSYS }

// UtimesNanoAt returns an error.
func UtimesNanoAt(int, string, []Timespec, int) error { return ENOSYS }

// FcntlInt returns an error.
func FcntlInt(uintptr, int, int) (int, error) { return -1, ENOSYS }

// Openat returns an error.
func Openat(int, string, int, uint32) (int, error) { return -1, ENOSYS }

// Readlinkat returns an error.
func Readlinkat(int, string, []byte) (int, error) { return 0, ENOSYS }

// TimeToTimespec returns a time as a Timespec.
func TimeToTimespec(t time.Time) (Timespec, error) {
	return Timespec{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}, nil
}
