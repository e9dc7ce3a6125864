//go:build !linux

package tree

import "trawl/ftpd/internal/unix"

// renameNew renames unless the new name is there already (fs.ErrExist).
func renameNew(dir int, name string, dirTo int, nameTo string) error {
	return renameByLink(dir, name, dirTo, nameTo)
}

// mount says on which file system a folder is: a file moves within one only.
type mount struct{ dev uint64 }

func mountOf(dir int) (mount, error) {
	var st unix.Stat_t
	err := unix.Fstat(dir, &st)
	return mount{uint64(st.Dev)}, err
}

// clone makes one file share the blocks of another, if the file system can. It says whether it did.
func clone(int, int) bool { return false }
