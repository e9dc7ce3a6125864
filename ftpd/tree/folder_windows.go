package tree

import "os"

// Folder returns the store of what is below root. Windows lacks the system calls by which files are written here without
// races, so the store is never written, whatever rights a user has. Nothing leads out of root. The caller closes root when
// nothing is served any more.
func Folder(root *os.Root) *Store { return FS(root.FS()) }
