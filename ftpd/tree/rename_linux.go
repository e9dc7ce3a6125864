package tree

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNew renames unless the new name is there already (fs.ErrExist).
func renameNew(dir int, name string, dirTo int, nameTo string) error {
	err := unix.Renameat2(dir, name, dirTo, nameTo, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameByLink(dir, name, dirTo, nameTo) // the file system, or the kernel, does not know how
	}
	return err
}

// mount says on which mount a folder is: a file moves within one only.
type mount struct{ dev, id uint64 }

func mountOf(dir int) (mount, error) {
	var at unix.Statx_t
	err := unix.Statx(dir, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &at)
	return mount{unix.Mkdev(at.Dev_major, at.Dev_minor), at.Mnt_id}, err
}

// clone makes one file share the blocks of another, if the file system can. It says whether it did.
func clone(to, from int) bool { return unix.IoctlFileClone(to, from) == nil }
