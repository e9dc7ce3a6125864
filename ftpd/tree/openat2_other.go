//go:build !linux

package tree

import "trawl/ftpd/internal/unix"

// dirFlags open a folder as the place of other names.
const dirFlags = unix.O_RDONLY | unix.O_DIRECTORY

// openat2 is a system call of Linux.
func openat2(int, string, int) (int, error) { return -1, unix.ENOSYS }
