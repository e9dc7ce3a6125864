//go:build unix

package status

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// space returns the bytes that are free for this user on the disk of a directory, and its size.
func space(dir string) (free, size int64, err error) {
	var at unix.Statfs_t
	if err := unix.Statfs(dir, &at); err != nil {
		return 0, 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	block := int64(at.Bsize)
	return int64(at.Bavail) * block, int64(at.Blocks) * block, nil
}
