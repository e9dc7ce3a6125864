package tree

import (
	"errors"
	"io/fs"
	"path"
	"syscall"
	"time"

	"trawl/ftpd/internal/unix"
)

// change does an operation that changes the name p, in the folder where it is. It needs one of some rights there.
func (v *View) change(op, p string, some Rights, do func(dir int, name string) error) error {
	err := v.reach(p, false, func(real string) error { return v.rules.judgeName(real, some) }, func(real string) error {
		d := v.store.disk
		if d == nil {
			return fs.ErrPermission
		}
		defer v.store.usage.change()()
		return d.in(real, do)
	})
	return fail(op, p, err)
}

// Mkdir makes a folder. It needs Mkdir.
func (v *View) Mkdir(p string) error {
	if err := v.bounded(); err != nil {
		return fail("make", p, err)
	}
	err := v.reach(p, false, v.judgeMkdir, func(real string) error {
		d := v.store.disk
		if d == nil {
			return fs.ErrPermission
		}
		defer v.store.usage.change()()
		return d.in(real, func(dir int, name string) error {
			if real == "/" {
				return fs.ErrExist
			}
			if err := v.store.usage.fits(v.quota, 0, 1); err != nil {
				return err
			}
			if err := unix.Mkdirat(dir, name, uint32(0o777&^v.umask)); err != nil {
				return err
			}
			v.store.usage.add(0, 1)
			return nil
		})
	})
	return fail("make", p, err)
}

// judgeMkdir is judgeName, but for the folders of rules: they may be made where others may.
func (v *View) judgeMkdir(real string) error {
	if v.rules.at(path.Dir(real)).Has(Mkdir) {
		return nil
	}
	return v.rules.denied(real, Mkdir)
}

// Rmdir removes an empty folder. It needs Delete.
func (v *View) Rmdir(p string) error {
	return v.change("remove", p, Delete, func(dir int, name string) error {
		err := unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
		switch {
		case errors.Is(err, unix.ENOTDIR):
			return ErrNoDir
		case errors.Is(err, unix.EEXIST):
			return ErrNotEmpty
		case err == nil:
			v.store.usage.add(0, -1)
		}
		return err
	})
}

// Remove removes a file or a link, not a folder. It needs Delete.
func (v *View) Remove(p string) error {
	return v.change("remove", p, Delete, func(dir int, name string) error {
		there, err := lstatat(dir, name)
		if err == nil && there.IsDir() {
			return ErrNoFile
		}
		if err == nil {
			err = unix.Unlinkat(dir, name, 0)
		}
		switch {
		case errors.Is(err, unix.EISDIR):
			return ErrNoFile
		case err == nil:
			v.store.usage.add(-weight(there), -1)
		}
		return err
	})
}

// Rename gives a file, a link or a folder another path. It needs Rename in both folders. A file at the new path is
// replaced if the user may delete it, or may write and read there; else it is fs.ErrExist. Nothing goes to where the user
// may list or read from where the user may not: that would be reading.
func (v *View) Rename(from, to string) error { return v.move(from, to, true) }

// RenameNew is Rename, but what is at the new path is never replaced: it is fs.ErrExist.
func (v *View) RenameNew(from, to string) error { return v.move(from, to, false) }

func (v *View) move(from, to string, replace bool) error {
	err := v.reach(from, false, func(real string) error { return v.rules.judgeName(real, Rename) }, func(source string) error {
		err := v.reach(to, false, func(real string) error { return v.judgeRename(source, real) }, func(target string) error {
			return v.rename(source, target, replace)
		})
		if errors.Is(err, errSource) {
			err = syscall.ELOOP
		}
		return err
	})
	return fail("rename", from, err)
}

// errSource says that a link came into the path that is renamed.
var errSource = errors.New("the source has changed")

func (v *View) judgeRename(from, to string) error {
	if err := v.rules.judgeName(to, Rename); err != nil {
		return err
	}
	if gains := v.rules.at(path.Dir(to)) &^ v.rules.at(path.Dir(from)); gains&(List|Read) != 0 {
		return fs.ErrPermission
	}
	return nil
}

func (v *View) rename(from, to string, replace bool) error {
	d := v.store.disk
	if d == nil {
		return fs.ErrPermission
	}
	defer v.store.usage.change()()
	dir, err := d.openDir(path.Dir(from))
	if errors.Is(err, syscall.ELOOP) {
		return errSource
	}
	if err != nil {
		return err
	}
	defer closeFD(dir)
	return d.in(to, func(dirTo int, name string) error {
		if has := v.rules.at(path.Dir(to)); !replace || v.keep || !has.Has(Delete) && !has.Has(Write|Read) {
			return renameNew(dir, path.Base(from), dirTo, name)
		}
		return v.replaceAt(dir, path.Base(from), dirTo, name)
	})
}

// replaceAt renames, and replaces what has the new name.
func (v *View) replaceAt(dir int, name string, dirTo int, nameTo string) error {
	from, err := lstatat(dir, name)
	if err != nil {
		return err
	}
	old, err := lstatat(dirTo, nameTo)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if old != nil && sameFile(from, old) {
		return nil // two names of one file: rename(2) leaves both
	}
	err = unix.Renameat(dir, name, dirTo, nameTo)
	switch {
	case errors.Is(err, unix.EISDIR), errors.Is(err, unix.ENOTDIR):
		return fs.ErrExist // a folder takes no file's place, nor the reverse
	case errors.Is(err, unix.EINVAL):
		return ErrName // into itself
	case err != nil:
		return err
	case old == nil:
		return nil
	}
	v.store.usage.add(-weight(old), -1)
	return nil
}

// SetTime sets the time of modification of a file or folder. It needs Write and Read, as replacing does.
func (v *View) SetTime(p string, t time.Time) error {
	return v.alter("set the time of", p, func(real string) error {
		return v.store.disk.in(real, func(dir int, name string) error {
			var at unix.Stat_t
			if err := unix.Fstatat(dir, name, &at, unix.AT_SYMLINK_NOFOLLOW); err != nil {
				return err
			}
			if at.Mode&unix.S_IFMT == unix.S_IFLNK {
				return syscall.ELOOP
			}
			mtime, err := unix.TimeToTimespec(t)
			if err != nil {
				return err
			}
			return unix.UtimesNanoAt(dir, name, []unix.Timespec{at.Atim, mtime}, unix.AT_SYMLINK_NOFOLLOW)
		})
	})
}

// Chmod sets the permission bits of a file or folder. Its other bits stay. It needs Write and Read, as replacing does.
func (v *View) Chmod(p string, mode fs.FileMode) error {
	bits := uint32(mode.Perm())
	return v.alter("set the mode of", p, func(real string) error {
		f, info, err := v.store.disk.open(real)
		if errors.Is(err, unix.EACCES) { // unreadable for the owner too
			return v.store.disk.in(real, func(dir int, name string) error {
				return unix.Fchmodat(dir, name, bits, unix.AT_SYMLINK_NOFOLLOW)
			})
		}
		if err != nil {
			return err
		}
		defer f.Close()
		if !info.Mode().IsRegular() && !info.IsDir() {
			return ErrNoFile
		}
		fd, ok := f.(interface{ Fd() uintptr })
		if !ok {
			return errors.ErrUnsupported
		}
		special := uint32(0)
		if st, ok := info.Sys().(*unix.Stat_t); ok {
			special = uint32(st.Mode) & (unix.S_ISUID | unix.S_ISGID | unix.S_ISVTX)
		}
		return unix.Fchmod(int(fd.Fd()), bits|special)
	})
}

// alter changes what p leads to. In a drop box that is refused, whether something is there or not.
func (v *View) alter(op, p string, do func(real string) error) error {
	err := v.reach(p, true, v.judgeAlter, func(real string) error {
		if v.store.disk == nil {
			return fs.ErrPermission
		}
		return do(real)
	})
	return fail(op, p, err)
}

func (v *View) judgeAlter(real string) error {
	if has := v.rules.near(real); has.Has(Write) && !has.Has(Read) {
		return fs.ErrPermission
	}
	return v.rules.judge(real, Write)
}
