//go:build windows

package unix

import (
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// Stat_t describes a file; only Fstat fills it.
type Stat_t struct {
	Dev, Ino         uint64
	Mode, Gid        uint32
	Size             int64
	Atim, Mtim, Ctim Timespec
}

// Statfs_t describes a file system; nothing fills it.
type Statfs_t struct {
	Bavail uint64
	Bsize  int64
}

// Timespec is a time.
type Timespec struct{ Sec, Nsec int64 }

// Unix returns the seconds and nanoseconds.
func (t *Timespec) Unix() (sec, nsec int64) { return t.Sec, t.Nsec }

// The errors that package syscall has on Windows.
const (
	EACCES      = syscall.EACCES
	EDQUOT      = syscall.EDQUOT
	EEXIST      = syscall.EEXIST
	EINTR       = syscall.EINTR
	EINVAL      = syscall.EINVAL
	EISDIR      = syscall.EISDIR
	ELOOP       = syscall.ELOOP
	ENOSPC      = syscall.ENOSPC
	ENOSYS      = syscall.ENOSYS
	ENOTDIR     = syscall.ENOTDIR
	EPERM       = syscall.EPERM
	EROFS       = syscall.EROFS
	EWOULDBLOCK = syscall.EWOULDBLOCK
)

// The numbers of Linux; no system call of Windows sees them.
const (
	O_RDONLY            = 0
	O_WRONLY            = 1
	O_RDWR              = 2
	O_CREAT             = 0x40
	O_EXCL              = 0x80
	O_CLOEXEC           = 0x80000
	O_DIRECTORY         = 0x10000
	O_NOCTTY            = 0x100
	O_NOFOLLOW          = 0x20000
	O_NONBLOCK          = 0x800
	AT_EACCESS          = 0x200
	AT_REMOVEDIR        = 0x200
	AT_SYMLINK_NOFOLLOW = 0x100
	F_DUPFD_CLOEXEC     = 0x406
	LOCK_EX             = 2
	LOCK_NB             = 4
	X_OK                = 1
	S_IFMT              = 0xf000
	S_IFREG             = 0x8000
	S_IFDIR             = 0x4000
	S_IFLNK             = 0xa000
	S_IFIFO             = 0x1000
	S_IFSOCK            = 0xc000
	S_IFCHR             = 0x2000
	S_IFBLK             = 0x6000
	S_ISUID             = 0x800
	S_ISGID             = 0x400
	S_ISVTX             = 0x200
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
