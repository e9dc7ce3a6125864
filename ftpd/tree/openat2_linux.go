package tree

import "golang.org/x/sys/unix"

// dirFlags open a folder as the place of other names, without the right to list it.
const dirFlags = unix.O_PATH | unix.O_DIRECTORY

// openat2 opens a path below a folder without passing through links.
func openat2(dir int, p string, flags int) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS}
	return unix.Openat2(dir, p, &how)
}
