package tree

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"syscall"
)

// Put says how a file is written.
type Put struct {
	// Offset continues at this byte what this user has left aside of the path. If nothing is there, or less, the first bytes
	// are those of the file at the path. ErrOffset if there are fewer.
	Offset int64
	Patch  bool  // what comes replaces as many bytes of the file at the path, from Offset on; the rest of it stays
	Append bool  // add to the end of the file at the path, if there is one
	Edit   bool  // begin with all bytes of the file at the path or, if there is none, of what this user has left aside of it
	New    bool  // fs.ErrExist if something has the path
	Unique bool  // choose a name that is not there yet: the path, or one that begins with it
	Size   int64 // how many bytes will come, as ALLO says; 0 and less if that is not known

	// Perm are the permission bits that a new file has from Commit on, less those that the umask takes; 0 is 0666.
	Perm fs.FileMode
}

// Put begins to write a file. A new file needs Write. To replace one needs Write and Read, and to add to one Append. Where
// the user may write and not read, or Options.Keep is set, a file that is there is fs.ErrExist. ErrBusy says that another session of the same user
// writes what Offset would continue. Nothing is added
// to what a link means that leads nowhere (ErrNoFile). Put reports ErrQuota and ErrFull at once for a Size that does not fit.
func (v *View) Put(p string, how Put) (u *Upload, err error) {
	some := Write
	if how.Append {
		some |= Append
	}
	if err := v.bounded(); err != nil {
		return nil, fail("write", p, err)
	}
	follow := !how.Unique // a name that is there already, if only as a link, is not used
	err = v.reach(p, follow, func(real string) error { return v.rules.judgeName(real, some) }, func(real string) error {
		if v.store.disk == nil {
			return fs.ErrPermission
		}
		if how.Append && v.isBroken(p, real) {
			return ErrNoFile
		}
		u, err = v.put(real, how)
		return err
	})
	if err != nil {
		return nil, fail("write", p, err)
	}
	return u, nil
}

// isBroken reports whether p is a link to a path where nothing is.
func (v *View) isBroken(p, real string) bool {
	if _, err := v.store.base.lstat(real); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, err := v.Lstat(p)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// put begins to write the file at a path without links.
func (v *View) put(real string, how Put) (*Upload, error) {
	d := v.store.disk
	dir, err := d.openDir(path.Dir(real))
	if err != nil {
		return nil, err
	}
	defer closeFD(dir)
	u := &Upload{view: v, path: real, kind: replacing, looks: looks{wanted: how.Perm.Perm()}}
	there, err := u.aim(dir, how)
	if err != nil {
		return nil, err
	}
	if u.kind == patching {
		u.at, how.Offset = how.Offset, 0
	}
	if how.Edit && there != nil {
		how.Offset, u.edits = there.Size(), true
	}
	asides := -1
	err = d.places(dir, path.Dir(real), func(p string) error {
		u.asides = p
		asides, err = d.openAsides(p)
		return err
	})
	if err != nil {
		u.release()
		return nil, err
	}
	defer closeFD(asides)
	v.store.holdsAsides(path.Dir(u.asides))
	return u, u.begin(asides, how, there)
}

// begin opens the file aside, and reserves what is known to come.
func (u *Upload) begin(asides int, how Put, there fs.FileInfo) error {
	usage := &u.view.store.usage
	end := usage.change()
	err := u.open(asides, how, there)
	end()
	if err == nil {
		err = u.expect(how.Offset, how.Size)
	}
	if err == nil && u.size < how.Offset {
		err = u.copyHead(how.Offset)
	}
	if err == nil {
		return nil
	}
	defer usage.change()()
	if !u.resumed {
		return errors.Join(err, u.drop(asides))
	}
	u.f.Close() // what was kept stays
	return errors.Join(err, usage.settle(nil, u.reserved, amount{u.size, 1}))
}

// aim decides what becomes of the file that is there already, if any, and returns it.
func (u *Upload) aim(dir int, how Put) (there fs.FileInfo, err error) {
	v := u.view
	if how.Unique {
		u.kind = unique
		return nil, u.claim(dir)
	}
	there, err = lstatat(dir, path.Base(u.path))
	has := v.rules.at(path.Dir(u.path))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err == nil && there.Mode()&fs.ModeSymlink != 0:
		return nil, syscall.ELOOP
	case how.Append && how.Offset != 0:
		return nil, ErrOffset
	case err != nil && !has.Has(Write):
		return nil, fs.ErrPermission
	case err != nil && how.Patch && how.Offset > 0:
		return nil, ErrOffset
	case err != nil:
		u.adds = how.Append && has.Has(Append)
		if how.Append || how.New || v.keep || !has.Has(Read) {
			u.kind = fresh
		}
		return nil, nil
	case how.Append && !has.Has(Append):
		return nil, fs.ErrPermission
	case how.New:
		return nil, fs.ErrExist
	case !how.Append && (v.keep || !has.Has(Read)):
		return nil, fs.ErrExist
	case !there.Mode().IsRegular():
		return nil, ErrNoFile
	case how.Append:
		u.kind = adding
	case how.Patch && there.Size() < how.Offset:
		return nil, ErrOffset
	case how.Patch:
		u.kind = patching
	}
	return there, nil
}

// claim chooses a name that is not there, and that no other upload has been promised.
//
//	a, a.1, a.2, ..., a.100, a.8312093
func (u *Upload) claim(dir int) error {
	s, first := u.view.store, u.path
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range 1000 {
		switch {
		case n > 100:
			u.path = first + "." + strconv.Itoa(int(rand.Uint32())) //nolint:gosec // it need only differ
		case n > 0:
			u.path = first + "." + strconv.Itoa(n)
		}
		if _, taken := s.claims[u.path]; taken {
			continue
		}
		_, err := lstatat(dir, path.Base(u.path))
		if errors.Is(err, fs.ErrNotExist) {
			s.claims[u.path] = struct{}{}
			u.claimed = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	return fs.ErrExist
}

// open opens the file aside, at the offset.
func (u *Upload) open(asides int, how Put, there fs.FileInfo) (err error) {
	name, mode := key(u.view.user, u.path), uint32(0o666&^u.view.umask)
	u.key = name
	if u.kind == adding || u.kind == patching {
		u.f, u.name, err = otherAside(asides, name, mode)
		return u.reserve(err)
	}
	if how.Edit && there == nil {
		if done, err := u.resume(asides, all); done || err != nil {
			return err
		}
	}
	if how.Offset > 0 && !u.edits {
		if done, err := u.resume(asides, how.Offset); done || err != nil {
			return err
		}
		if there == nil || there.Size() < how.Offset {
			return ErrOffset
		}
	}
	var lost amount
	u.f, u.name, lost, err = newAside(asides, name, mode)
	if err == nil {
		u.view.store.usage.add(-lost.bytes, -lost.files)
		u.credit(there)
	}
	return u.reserve(err)
}

// reserve counts the file that was opened.
func (u *Upload) reserve(err error) error {
	if err != nil {
		return err
	}
	files := int64(1)
	if u.replaces {
		files = 0
	}
	if err := u.view.store.usage.reserve(u.view.quota, 0, files); err != nil {
		return err
	}
	u.reserved.files = files
	return nil
}

// credit lets the upload use the bytes of the file that it will replace. Only one upload at a time may.
func (u *Upload) credit(there fs.FileInfo) {
	if there == nil || u.kind != replacing {
		return
	}
	if !u.view.store.claim(u.path) {
		return
	}
	u.claimed, u.replaces, u.room = true, true, there.Size()
}

// all is an offset of resume: the end of what was kept.
const all = -1

// resume opens what was kept aside, if it is long enough.
func (u *Upload) resume(asides int, offset int64) (done bool, err error) {
	f, err := lockAside(asides, u.key, 0, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	kept, err := length(f)
	if err == nil && kept < offset {
		f.Close()
		return false, nil
	}
	if offset == all {
		offset = kept
	}
	u.f, u.name = f, u.key
	if err == nil {
		err = f.Truncate(offset)
	}
	if err == nil {
		_, err = f.Seek(offset, io.SeekStart)
	}
	if err != nil {
		f.Close()
		u.f = nil // it stays as it is
		return false, err
	}
	u.resumed, u.size, u.room, u.reserved = true, offset, offset, amount{offset, 1}
	u.view.store.usage.add(-kept, -1)
	return true, u.view.store.usage.reserve(nil, offset, 1)
}

// copyHead copies the first bytes of the file that is there.
func (u *Upload) copyHead(n int64) error {
	if err := u.need(n); err != nil {
		return err
	}
	f, info, err := u.view.store.disk.open(u.path)
	if err != nil {
		return err
	}
	defer f.Close()
	from, ok := f.(*os.File)
	switch {
	case !ok || !info.Mode().IsRegular():
		return ErrNoFile
	case info.Size() < n:
		return ErrOffset
	}
	if clone(int(u.f.Fd()), int(from.Fd())) {
		if err := u.f.Truncate(n); err != nil {
			return err
		}
		_, err = u.f.Seek(n, io.SeekStart)
	} else {
		_, err = io.CopyN(u.f, from, n) // by copy_file_range
	}
	if errors.Is(err, io.EOF) {
		err = ErrOffset
	}
	u.size = n
	return err
}

// ample is a size that is not compared with what is free on the disk.
const ample = 1 << 20

// expect reserves the size that was announced, behind an offset.
func (u *Upload) expect(offset, size int64) error {
	if size > ample {
		free, err := u.view.store.disk.free(path.Dir(u.path))
		if err == nil && size > free {
			return ErrFull
		}
	}
	return u.need(offset + max(size, 0))
}

// Partial returns how many bytes this user has left aside of p.
func (v *View) Partial(p string) (size int64, ok bool) {
	err := v.reach(p, true, func(real string) error { return v.rules.judgeName(real, Write) }, func(real string) error {
		d := v.store.disk
		if d == nil {
			return fs.ErrPermission
		}
		dir, err := d.openDir(path.Dir(real))
		if err != nil {
			return err
		}
		defer closeFD(dir)
		if at, err := lstatat(dir, path.Base(real)); err == nil && at.Mode()&fs.ModeSymlink != 0 {
			return syscall.ELOOP
		}
		return d.places(dir, path.Dir(real), func(asides string) error {
			at, err := d.lstat(path.Join(asides, key(v.user, real)))
			if err == nil {
				size = at.Size()
			}
			return notOurs(err)
		})
	})
	return size, err == nil && size > 0
}
