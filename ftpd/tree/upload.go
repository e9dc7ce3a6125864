package tree

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"sync"

	"trawl/ftpd/internal/unix"
)

// Upload is a file that is not whole yet. It lies aside, where nobody sees it. It is for one goroutine. Commit or Keep ends it;
// after that, both do nothing.
type Upload struct {
	view   *View
	f      *os.File
	path   string // where the file will be, without links
	asides string // the folder where it is
	name   string // its name there
	key    string // the name under which it is kept
	kind   kind
	at     int64 // where a piece goes in the file that it patches

	size     int64  // bytes that are there
	room     int64  // bytes that may be there without asking the quota again
	reserved amount // of the quota
	frees    amount // what will be removed once it is in its place
	replaces bool   // it uses the bytes of the file that is there
	claimed  bool   // the path is in the claims of the store
	adds     bool   // it adds to a file that appears meanwhile
	resumed  bool   // it continues what was kept
	over     bool   // it did not fit
	edits    bool   // it began with the bytes of the file that is there
	ended    bool
	looks    looks
}

var (
	_ io.Writer     = (*Upload)(nil)
	_ io.ReaderFrom = (*Upload)(nil)
)

// kind says what an upload does to the file that is at its path.
type kind uint8

const (
	replacing kind = iota
	fresh          // nothing: it is fs.ErrExist
	unique         // nothing: the name was chosen
	adding         // it adds to it
	patching       // it replaces a part of it
)

// Path returns where the file will be: the path without links, and with the name that Unique chose.
func (u *Upload) Path() string { return u.path }

// need reserves room for so many bytes in all.
func (u *Upload) need(n int64) error {
	if n <= u.room {
		return nil
	}
	if err := u.view.store.usage.reserve(u.view.quota, n-u.room, 0); err != nil {
		u.over = true
		return err
	}
	u.reserved.bytes += n - u.room
	u.room = n
	return nil
}

// Write adds bytes. It writes none of them if they are over the quota (ErrQuota). ErrFull says that the disk is full.
func (u *Upload) Write(b []byte) (int, error) {
	if err := u.need(u.size + int64(len(b))); err != nil {
		return 0, fail("write", u.path, err)
	}
	n, err := u.f.Write(b)
	u.size += int64(n)
	return n, u.written(err)
}

func (u *Upload) written(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		u.over = true
	}
	return fail("write", u.path, err)
}

// piece is how many bytes are reserved at a time while their number is not known.
const piece = 1 << 20

// pool holds buffers.
type pool struct{ sync.Pool }

func (p *pool) get() *[64 << 10]byte {
	if b, ok := p.Get().(*[64 << 10]byte); ok {
		return b
	}
	return new([64 << 10]byte)
}

// splicer moves up to n bytes to a file by itself, as io.CopyN does.
type splicer interface {
	Splice(to *os.File, n int64) (int64, error)
}

// ReadFrom adds what r gives until its end. From a *net.TCPConn, and from what has a method like that of splicer, the bytes go
// through the kernel alone. It writes as much as fits into the quota.
func (u *Upload) ReadFrom(r io.Reader) (n int64, err error) {
	copied := u.copyBuffered
	switch r := r.(type) {
	case *net.TCPConn:
		copied = u.splice
	case splicer:
		copied = func(_ io.Reader, n int64) (int64, error) { return r.Splice(u.f, n) }
	}
	for {
		room := u.grant(piece)
		if room <= 0 {
			return n, u.probe(r)
		}
		m, err := copied(r, room)
		n += m
		u.size += m
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, u.written(err)
		}
	}
}

// splice copies n bytes by splice(2).
func (u *Upload) splice(r io.Reader, n int64) (int64, error) { return io.CopyN(u.f, r, n) }

// copyBuffered copies n bytes, or as many as one read gives.
func (u *Upload) copyBuffered(r io.Reader, n int64) (int64, error) {
	b := u.view.store.files.get()
	defer u.view.store.files.Put(b)
	var done int64
	for done < n {
		m, err := r.Read(b[:min(n-done, int64(len(b)))])
		if m > 0 {
			wrote, failed := u.f.Write(b[:m])
			done += int64(wrote)
			if failed != nil {
				return done, failed
			}
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// grant reserves up to n more bytes and returns how many may be written.
func (u *Upload) grant(n int64) int64 {
	if u.room > u.size {
		return u.room - u.size
	}
	got := u.view.store.usage.reserveUpTo(u.view.quota, n)
	u.reserved.bytes += got
	u.room += got
	return u.room - u.size
}

// probe reports ErrQuota unless r has ended.
func (u *Upload) probe(r io.Reader) error {
	var b [1]byte
	_, err := io.ReadFull(r, b[:])
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	u.over = true
	return fail("write", u.path, ErrQuota)
}

// Commit puts the file in its place: from then on all see it, whole. A file under the path is replaced in one step,
// so that readers have the one file or the other; the last of several commits wins. The permission bits of a file that is
// replaced stay. If Commit fails, the upload is kept as by Keep, except where that cannot help. See Options.Sync for what a
// power failure does.
func (u *Upload) Commit() error {
	if u.ended {
		return nil
	}
	err := u.inPlace(u.commit)
	if err != nil {
		u.over = u.over || errors.Is(err, ErrQuota) || errors.Is(err, fs.ErrExist)
		err = errors.Join(err, u.keep())
	} else {
		err = u.syncDir()
	}
	return fail("write", u.path, err)
}

// inPlace puts the file in its place, by what do does with the folder where it is and the one where it will be.
func (u *Upload) inPlace(do func(asides, dir int) error) error {
	s := u.view.store
	if err := u.flush(); err != nil {
		return err
	}
	asides, err := s.disk.openAsides(u.asides)
	if err != nil {
		return err
	}
	defer closeFD(asides)
	dir, err := s.disk.openDir(path.Dir(u.path))
	if errors.Is(err, unix.ELOOP) {
		err = fs.ErrNotExist // the folder is elsewhere by now
	}
	if err != nil {
		return err
	}
	defer closeFD(dir)
	defer s.usage.change()()
	return do(asides, dir)
}

func (u *Upload) commit(asides, dir int) error {
	switch u.kind {
	case adding:
		return u.add(asides, dir)
	case patching:
		return u.patch(asides, dir)
	}
	err := u.place(asides, dir)
	if u.adds && errors.Is(err, fs.ErrExist) {
		return u.add(asides, dir) // it was not there when the upload began
	}
	return err
}

// flush reports errors that a file system, such as NFS, reports when a file is closed, while the lock is still held.
func (u *Upload) flush() error {
	if u.view.sync {
		if err := u.f.Sync(); err != nil {
			return err
		}
	}
	fd, err := unix.FcntlInt(u.f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// place renames the file.
func (u *Upload) place(asides, dir int) error {
	s, base := u.view.store, path.Base(u.path)
	old, err := lstatat(dir, base)
	more := amount{u.size, 1}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return err
	case u.kind != replacing && u.kind != patching:
		return fs.ErrExist
	case old.IsDir():
		return ErrNoFile
	default:
		more = amount{u.size - weight(old), 0}
	}
	more.bytes, more.files = more.bytes-u.frees.bytes, more.files-u.frees.files
	if err := errors.Join(u.dress(dir, old), u.makeUp(asides)); err != nil {
		return err
	}
	if err := s.usage.settle(u.view.quota, u.reserved, more); err != nil {
		return err
	}
	if u.kind == replacing || u.kind == patching {
		err = unix.Renameat(asides, u.name, dir, base)
	} else {
		err = renameNew(asides, u.name, dir, base)
	}
	if err != nil {
		return errors.Join(err, s.usage.settle(nil, u.reserved.negative(), more.negative()))
	}
	u.done()
	return nil
}

// dress gives the file the group that a folder hands down (setgid), and the permission bits of the file that it replaces.
func (u *Upload) dress(dir int, old fs.FileInfo) error {
	at, err := fstat(dir, "")
	if err != nil {
		return err
	}
	if uint32(at.st.Mode)&unix.S_ISGID != 0 {
		_ = u.f.Chown(-1, int(at.st.Gid)) // refused to those who are not in the group: so it is in that folder
	}
	if old != nil {
		return u.f.Chmod(old.Mode().Perm())
	}
	if u.looks.wanted == 0 {
		return nil
	}
	mine, err := fstat(int(u.f.Fd()), "")
	if err != nil {
		return err
	}
	return u.f.Chmod(u.looks.allowed(mine.Mode().Perm()))
}

// syncDir makes the name durable.
func (u *Upload) syncDir() error {
	if !u.view.sync {
		return nil
	}
	f, _, err := u.view.store.disk.open(path.Dir(u.path))
	if err != nil {
		return err
	}
	defer f.Close()
	dir, ok := f.(*os.File)
	if !ok {
		return errors.ErrUnsupported
	}
	return dir.Sync()
}

// done ends the upload: nothing is reserved any more.
func (u *Upload) done() {
	u.ended = true
	u.f.Close()
	u.release()
}

// release gives up the claim of the path.
func (u *Upload) release() {
	if u.claimed {
		u.view.store.unclaim(u.path)
		u.claimed = false
	}
}

// Keep leaves what came aside, for a later Put of the same user and path. Nothing is kept if nothing came, if it did not fit
// into the quota or on the disk, and of what was to be added to a file, to edit one or to get a name of its own.
func (u *Upload) Keep() error {
	if u.ended {
		return nil
	}
	return fail("keep", u.path, u.keep())
}

func (u *Upload) keep() error {
	s := u.view.store
	asides, err := s.disk.openAsides(u.asides)
	if err != nil {
		u.done()
		return errors.Join(err, s.usage.settle(nil, u.reserved, amount{}))
	}
	defer closeFD(asides)
	defer s.usage.change()()
	lost := u.over || u.edits || u.size == 0 || u.kind == adding || u.kind == patching || u.kind == unique
	if !lost && u.name != u.key {
		lost = !u.takeKey(asides)
	}
	if !lost && s.usage.settle(u.view.quota, u.reserved, amount{u.size, 1}) == nil {
		u.done()
		return nil
	}
	return u.drop(asides)
}

// takeKey gives the file the name under which it is kept, unless another one is being written there.
func (u *Upload) takeKey(asides int) bool {
	old, err := lockAside(asides, u.key, 0, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = renameNew(asides, u.name, asides, u.key)
	case err == nil:
		defer old.Close()
		size, failed := length(old)
		if err = failed; err == nil {
			err = unix.Renameat(asides, u.name, asides, u.key)
		}
		if err == nil {
			u.view.store.usage.add(-size, -1)
		}
	}
	if err == nil {
		u.name = u.key
	}
	return err == nil
}

// drop removes what came.
func (u *Upload) drop(asides int) error {
	defer u.release()
	u.ended = true
	err := u.view.store.usage.settle(nil, u.reserved, amount{})
	if u.f == nil {
		return err
	}
	defer u.f.Close()
	return errors.Join(err, unix.Unlinkat(asides, u.name, 0))
}
