package download

import (
	"os"

	"golang.org/x/sys/windows"
)

// noFollow is nothing: Windows follows links when it opens a file. Only an administrator may make links there.
const noFollow = 0

// errLocked is the error of tryLock while another process holds the lock.
const errLocked = windows.ERROR_LOCK_VIOLATION

// tryLock locks a file until it is closed. The byte that is locked is the last one that a file can have: locks of Windows
// keep others from reading.
func tryLock(f *os.File) error {
	last := &windows.Overlapped{Offset: 1<<32 - 1, OffsetHigh: 1<<31 - 1}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, last)
}
