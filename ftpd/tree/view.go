package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"syscall"

	"trawl/ftpd/internal/unix"
)

// View is a store as one user may use it. Paths are clean, absolute, separated by slashes and in raw bytes: "/pub/a". Any
// other one is ErrName. A file in a folder where the user has no right does not exist for the user (fs.ErrNotExist); where
// there is some right but not the one that is needed, the answer is fs.ErrPermission, whether the file exists or not. A
// View is safe for concurrent use.
type View struct {
	store *Store
	user  string
	rules ruleset
	quota *Quota
	keep  bool     // nothing that is there is replaced
	hide  []string // patterns of names that are not shown
	umask fs.FileMode
	sync  bool

	mounted []*View // of the mounts of the store, in their order: nil where the user does not see one; none without a visitor
	above   string  // where this is mounted itself: "/name"; "" is nowhere
}

// fail returns the error of an operation, with the path as it was given. It has no syscall.Errno.
func fail(op, p string, err error) error {
	if err == nil {
		return nil
	}
	return failed(op, p, err)
}

func failed(op, p string, err error) error {
	var number syscall.Errno
	var network *net.OpError
	switch {
	case errors.As(err, &network), Sentence(err) != "": // of whom the bytes come from
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		err = fs.ErrNotExist
	case errors.Is(err, syscall.ENOSPC):
		err = ErrFull
	case errors.Is(err, syscall.EDQUOT):
		err = ErrQuota
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EILSEQ):
		err = ErrName
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		err = fs.ErrPermission
	case errors.Is(err, syscall.ENOTEMPTY):
		err = ErrNotEmpty
	case errors.Is(err, fs.ErrExist):
		err = fs.ErrExist
	case errors.Is(err, syscall.ENXIO):
		err = ErrNoFile // a socket
	case errors.As(err, &number):
		err = errors.New(err.Error()) // an Errno is a net.Error too
	}
	return fmt.Errorf("%s %q: %w", op, p, err)
}

// Rights returns the rights at p. With several rules they are none if nothing is there; with one it does not look.
func (v *View) Rights(p string) Rights {
	if in, below, is := v.within(p); is {
		return in.Rights(below)
	}
	if v.rules.whole && clean(p) && !reserved(p) {
		return v.rules.all
	}
	var has Rights
	err := v.reach(p, true, func(real string) error { return v.rules.judge(real, All) }, func(real string) error {
		has = v.rules.at(real)
		info, err := v.store.base.lstat(real)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			err = syscall.ELOOP
		}
		return err
	})
	if err != nil {
		return 0
	}
	return has
}

// Somewhere reports whether the user has all of some rights in some folder.
func (v *View) Somewhere(all Rights) bool {
	for _, has := range v.rules.rules {
		if has.Has(all) {
			return true
		}
	}
	return false
}

// Enter reports whether p is a folder in which the user has any right, or one on the way to such a folder. A folder that the
// system does not let this process enter is fs.ErrPermission.
func (v *View) Enter(p string) error {
	if in, below, is := v.within(p); is {
		return in.Enter(below)
	}
	var has Rights
	where := p
	info, err := v.stat(p, true, func(real string) error {
		where = real
		if has = v.rules.at(real); v.rules.exists(real) {
			return nil
		}
		return fs.ErrNotExist
	})
	switch {
	case err == nil && info.IsDir() && v.store.disk != nil:
		err = v.store.disk.search(where)
	case err != nil || info.IsDir():
	case has&(List|Read) == 0:
		err = fs.ErrNotExist // nobody learns what lies in a drop box
	default:
		err = ErrNoDir
	}
	return fail("enter", p, err)
}

// Stat describes what p leads to. It needs List or Read. A folder that can be entered is always described.
func (v *View) Stat(p string) (fs.FileInfo, error) { return v.describe(p, true) }

// Lstat describes what is at p, which may be a link. It needs what Stat needs.
func (v *View) Lstat(p string) (fs.FileInfo, error) { return v.describe(p, false) }

func (v *View) describe(p string, last bool) (fs.FileInfo, error) {
	if in, below, is := v.within(p); is {
		return in.describe(below, last)
	}
	var denied error
	info, err := v.stat(p, last, func(real string) error {
		if denied = v.rules.judge(real, List|Read); v.rules.exists(real) {
			return nil // it may be a folder
		}
		return denied
	})
	if denied != nil && (err != nil || !info.IsDir()) {
		err = denied
	}
	if at, ok := v.publishes(p, err); ok {
		info, err = at.Stat()
	}
	if err != nil {
		return nil, fail("describe", p, err)
	}
	return info, nil
}

// stat describes what p leads to. With last, this is no link.
func (v *View) stat(p string, last bool, judge func(real string) error) (info fs.FileInfo, err error) {
	err = v.reach(p, last, judge, func(real string) error {
		var err error
		info, err = v.store.base.lstat(real)
		if err == nil && last && info.Mode()&fs.ModeSymlink != 0 {
			err = syscall.ELOOP
		}
		return err
	})
	return info, err
}

// ReadLink returns where the link p leads, as it is written, but for the path of the root itself. An absolute target in a mount
// counts from the root, too. It needs List or Read.
func (v *View) ReadLink(p string) (target string, err error) {
	if in, below, is := v.within(p); is {
		return in.ReadLink(below)
	}
	err = v.reach(p, false, func(real string) error { return v.rules.judge(real, List|Read) }, func(real string) error {
		target, err = v.store.readLink(real)
		return err
	})
	if v.above != "" && path.IsAbs(target) {
		target = path.Join(v.above, target)
	}
	return target, fail("read link", p, err)
}

// Open opens a plain file, which needs Read, or a folder, which needs List and is a fs.ReadDirFile. A plain file on disk is
// an *os.File. The entries of a folder describe themselves only until it is closed.
func (v *View) Open(p string) (f fs.File, err error) {
	if in, below, is := v.within(p); is {
		return in.Open(below)
	}
	err = v.reach(p, true, func(real string) error { return v.rules.judge(real, List|Read) }, func(real string) error {
		f, err = v.open(real)
		return err
	})
	if at, ok := v.publishes(p, err); ok {
		f, err = at.Open()
	}
	if err != nil {
		return nil, fail("open", p, err)
	}
	return f, nil
}

func (v *View) open(real string) (fs.File, error) {
	f, info, err := v.store.base.open(real)
	if err != nil {
		return nil, err
	}
	opened := f
	switch mode := info.Mode(); {
	case mode.IsDir():
		if err = v.rules.judge(real, List); err == nil {
			opened, err = newFolder(f, info, v.hides(real))
		}
	case mode.IsRegular():
		err = v.rules.judge(real, Read)
	default:
		err = ErrNoFile
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return opened, nil
}

// Free returns how many bytes can still be written at p, which may be a folder: the lesser of the disk's and the quota's.
func (v *View) Free(p string) (n int64, err error) {
	err = v.reach(p, true, func(real string) error { return v.rules.judge(real, Write|Append) }, func(real string) error {
		if v.store.disk == nil {
			return fs.ErrPermission
		}
		n, err = v.store.disk.free(real)
		return err
	})
	if err == nil && v.quota != nil {
		var left int64
		left, err = v.left()
		n = min(n, left)
	}
	return n, fail("measure", p, err)
}

// free returns how many bytes the file system has left at p, or at the folder where p would be.
func (d *disk) free(p string) (int64, error) {
	dir, err := d.openDir(p)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err = d.openDir(path.Dir(p))
	}
	if err != nil {
		return 0, err
	}
	defer closeFD(dir)
	var at unix.Statfs_t
	if err := unix.Fstatfs(dir, &at); err != nil {
		return 0, err
	}
	return int64(at.Bavail) * int64(at.Bsize), nil //nolint:unconvert // the types differ by system
}
