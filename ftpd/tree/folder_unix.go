//go:build unix

package tree

import "os"

// Folder returns the store of what is below root. Names are any bytes. Nothing leads out of root: links that do lead
// nowhere, and absolute targets of links count from root, as in a chroot; one that names root itself by its path on this
// machine leads where it leads there. Opening a FIFO does not block. The caller closes root when nothing is served any more.
func Folder(root *os.Root) *Store {
	d := newDisk(root)
	return &Store{base: d, disk: d, roots: rootPaths(root), claims: map[string]struct{}{}, tops: map[string]struct{}{}}
}
