//go:build unix

package download

import (
	"os"
	"syscall"
)

// noFollow makes opening a link fail.
const noFollow = syscall.O_NOFOLLOW

// errLocked is the error of tryLock while another process holds the lock.
const errLocked = syscall.EWOULDBLOCK

// tryLock locks a file until it is closed.
func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
