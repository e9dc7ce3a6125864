package backup

import (
	"os"

	"golang.org/x/sys/windows"
)

// errLocked is the error of tryLock while another process holds the lock.
const errLocked = windows.ERROR_LOCK_VIOLATION

// tryLock does nothing: Windows renames and removes no file that is open with a lock.
func tryLock(*os.File) error { return nil }

// syncDir does nothing: NTFS writes names to its journal, and no call waits for them.
func syncDir(string) error { return nil }

// freeBytes returns how many bytes can be written on the disk of a directory.
func freeBytes(dir string) (int64, error) {
	at, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(at, &free, nil, nil)
	return int64(free), err
}

// mounted reports false: a volume in a folder is rare on Windows, and a rename then says so.
func mounted(string) bool { return false }
