//go:build unix

package logs

import (
	"fmt"
	"os"
	"syscall"
)

// Journal reports whether the journal of systemd reads what is written to f: $JOURNAL_STREAM holds the device and the inode of
// its socket (systemd.exec(5)). A program that was started by a service may have inherited the variable, and not the socket.
func Journal(f *os.File, env func(string) string) bool {
	stream := env("JOURNAL_STREAM")
	if stream == "" {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}
