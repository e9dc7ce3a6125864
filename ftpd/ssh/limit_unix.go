//go:build unix

package ssh

import "syscall"

// openFiles returns how many files this process may have open.
func openFiles() (n uint64, ok bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return uint64(max(limit.Cur, 0)), true //nolint:unconvert // its type differs between systems
}
