package tree_test

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// as does something with the rights of another user to files.
func as(uid int, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, err := unix.SetfsuidRetUid(uid); err == nil {
			do()
		}
	}()
	<-done
}
