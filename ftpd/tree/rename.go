package tree

import "trawl/ftpd/internal/unix"

// renameByLink renames in two steps, neither of which replaces what is there. A folder, which has one name only, takes the
// place of an empty one that is made for it.
func renameByLink(dir int, name string, dirTo int, nameTo string) error {
	at, err := lstatat(dir, name)
	if err != nil {
		return err
	}
	if at.IsDir() {
		if err := unix.Mkdirat(dirTo, nameTo, 0o700); err != nil {
			return err
		}
		err := unix.Renameat(dir, name, dirTo, nameTo)
		if err != nil {
			_ = unix.Unlinkat(dirTo, nameTo, unix.AT_REMOVEDIR)
		}
		return err
	}
	if err := unix.Linkat(dir, name, dirTo, nameTo, 0); err != nil {
		return err
	}
	return unix.Unlinkat(dir, name, 0)
}
