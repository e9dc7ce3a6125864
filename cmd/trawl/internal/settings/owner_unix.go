//go:build unix

package settings

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// likeBefore gives a file that was written anew the owner and the group that it had, as far as this user may. The group may read it if it could
// before, and nobody else could.
func likeBefore(path string, before fs.FileInfo) error {
	had, ok := before.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := os.Chown(path, int(had.Uid), int(had.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	if mode := before.Mode().Perm(); mode&0o044 == 0o040 {
		now, err := os.Stat(path)
		if err != nil {
			return err
		}
		if is, ok := now.Sys().(*syscall.Stat_t); ok && is.Gid == had.Gid {
			return os.Chmod(path, 0o640) //nolint:gosec // as it was
		}
	}
	return nil
}
