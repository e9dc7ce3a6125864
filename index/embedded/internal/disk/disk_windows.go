package disk

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ErrLocked is in the error of Lock while another process holds the lock.
const ErrLocked = windows.ERROR_LOCK_VIOLATION

// locked is the region that bbolt locks. No file is so long: locks of Windows keep others from reading.
func locked() *windows.Overlapped {
	return &windows.Overlapped{Offset: 1<<32 - 1, OffsetHigh: 1<<32 - 1}
}

// Lock locks a file until it is closed or unlocked, or says at once that it is locked.
func Lock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, locked())
}

// Unlock gives a lock up, that of bbolt too.
func Unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, locked())
}

// Map maps a file for reading. Windows maps no more than the file holds, so there is never more room. The caller ends the map
// by Unmap; until then the file can be neither shortened nor removed.
func Map(f *os.File, _ int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	mapping, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, uint32(size>>32), uint32(size), nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateFileMapping", err)
	}
	defer func() { _ = windows.CloseHandle(mapping) }() // the view keeps it
	at, err := windows.MapViewOfFile(mapping, windows.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	return unsafe.Slice((*byte)(pointer(at)), size), nil
}

// pointer returns an address that Windows gave as a pointer. The memory is not that of Go.
func pointer(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

// Unmap ends a map, and with it all of its slices.
func Unmap(data []byte) error {
	return os.NewSyscallError("UnmapViewOfFile", windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(data)))))
}

// SyncDir does nothing: NTFS writes names to its journal, and no call waits for them.
func SyncDir(string) error { return nil }
