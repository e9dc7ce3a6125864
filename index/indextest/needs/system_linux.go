package needs

import "syscall"

// The flags of Mount.
const (
	Bind    = syscall.MS_BIND
	Remount = syscall.MS_REMOUNT
)

// Tied returns the attributes of a process that the system kills when this one ends, however it ends.
func Tied() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// Mount mounts a file system. That needs root.
func Mount(source, target, kind string, flags uintptr, data string) error {
	return syscall.Mount(source, target, kind, flags, data)
}

// Unmount takes a file system away, though it be in use.
func Unmount(target string) error { return syscall.Unmount(target, syscall.MNT_DETACH) }
