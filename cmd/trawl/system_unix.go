//go:build unix

package main

import "syscall"

// closeOnExec keeps a descriptor from the programs that this one starts.
func closeOnExec(fd int) { syscall.CloseOnExec(fd) }

// writable returns an error if this process may not write at a path.
func writable(path string) error { return syscall.Access(path, 2) } // W_OK

// mostOpenFiles returns how many files this process may have open if it asks for all that it can get.
func mostOpenFiles() (n uint64, ok bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, false
	}
	return uint64(max(limit.Max, 0)), true //nolint:unconvert // its type differs between systems
}
