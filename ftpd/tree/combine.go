package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"trawl/ftpd/internal/unix"
)

// Bounds of Combine.
const (
	MaxParts    = 256
	maxCombined = 64 << 30 // bytes of the file
)

// Combined is what Combine has done.
type Combined struct {
	Path  string   // of the file, without links
	Bytes int64    // that the parts had
	Parts []string // that were removed, without links
}

// Combine adds parts to the end of the file at a path, in their order, and removes them. The file is written aside and takes its
// place in one step; until then, and if Combine fails, nothing changes. A part that cannot be removed afterwards is not in the
// Parts of the result.
//
// A new file needs Write, one that is there Append. Each part needs Read, and Delete in its folder. It is a plain file and no
// link. ErrParts says that there are none or too many, or that one is there twice or is the file itself; ErrLarge that the file would
// be too large; ErrBusy that somebody else writes one of them, or has changed it meanwhile.
//
// The file counts for the quota what the parts did. Meanwhile both are on the disk.
func (v *View) Combine(ctx context.Context, p string, parts []string) (done Combined, err error) {
	if err := v.bounded(); err != nil {
		return done, fail("combine", p, err)
	}
	if len(parts) == 0 || len(parts) > MaxParts {
		return done, fail("combine", p, ErrParts)
	}
	c := &combination{view: v}
	defer c.release()
	for i, part := range parts {
		if err := c.take(part); err != nil {
			return done, &PartError{i + 1, fail("combine", part, err)}
		}
	}
	err = v.reach(p, true, func(real string) error { return v.rules.judgeName(real, Write|Append) }, func(real string) error {
		if v.store.disk == nil {
			return fs.ErrPermission
		}
		return c.into(ctx, real)
	})
	return c.done, fail("combine", p, err)
}

// PartError says at which of the parts Combine has failed, the first of which is 1.
type PartError struct {
	Part int
	Err  error
}

func (e *PartError) Error() string { return fmt.Sprintf("part %d: %v", e.Part, e.Err) }

// Unwrap returns the error of the part.
func (e *PartError) Unwrap() error { return e.Err }

// combination is the work of one Combine.
type combination struct {
	view  *View
	parts []joint
	sum   int64 // bytes of the parts
	done  Combined
}

// joint is a file that is copied, as it was when the work began.
type joint struct {
	path string // without links
	was  fs.FileInfo
}

// take finds a part, and claims it, so that no other upload and no other Combine has it at the same time.
func (c *combination) take(p string) error {
	v := c.view
	judge := func(real string) error {
		if err := v.rules.judge(real, Read); err != nil {
			return err
		}
		return v.rules.judgeName(real, Delete)
	}
	return v.reach(p, false, judge, func(real string) error {
		if v.store.disk == nil {
			return fs.ErrPermission
		}
		is, err := v.store.base.lstat(real)
		switch {
		case err != nil:
			return err
		case !is.Mode().IsRegular():
			return ErrNoFile
		}
		for _, other := range c.parts {
			if sameFile(other.was, is) {
				return ErrParts
			}
		}
		if !v.store.claim(real) {
			return ErrBusy
		}
		c.parts = append(c.parts, joint{real, is})
		c.sum += is.Size()
		return nil
	})
}

func (c *combination) release() {
	for _, part := range c.parts {
		c.view.store.unclaim(part.path)
	}
}

// into writes the file at a path without links.
func (c *combination) into(ctx context.Context, real string) error {
	v, d := c.view, c.view.store.disk
	dir, err := d.openDir(path.Dir(real))
	if err != nil {
		return err
	}
	defer closeFD(dir)
	u := &Upload{view: v, path: real, kind: replacing, key: key(v.user, real)}
	there, err := u.aim(dir, Put{Append: true})
	if err != nil {
		return err
	}
	u.adds, u.over = false, true // nothing is kept of what fails
	if u.kind == adding {
		u.kind = replacing
	}
	for _, part := range c.parts {
		if there != nil && sameFile(there, part.was) {
			return ErrParts
		}
	}
	if c.sum+weight(there) > maxCombined {
		return ErrLarge
	}
	err = d.places(dir, path.Dir(real), func(p string) error {
		u.asides = p
		return c.open(u, there)
	})
	if err == nil {
		err = c.fill(ctx, u, there)
	}
	if u.f == nil {
		u.release()
		return err
	}
	if err == nil {
		err = u.inPlace(func(asides, dir int) error { return c.commit(u, there, asides, dir) })
	}
	if err != nil {
		return errors.Join(err, u.Keep())
	}
	return u.syncDir()
}

// open opens the file aside. It may have the bytes of what it will replace and of the parts without asking the quota.
func (c *combination) open(u *Upload, there fs.FileInfo) error {
	v := u.view
	asides, err := v.store.disk.openAsides(u.asides)
	if err != nil {
		return err
	}
	defer closeFD(asides)
	v.store.holdsAsides(path.Dir(u.asides))
	if there != nil && !u.claimed {
		if u.credit(there); !u.claimed {
			return ErrBusy
		}
	}
	u.room += c.sum
	u.frees = amount{c.sum, int64(len(c.parts))}
	defer v.store.usage.change()()
	u.f, u.name, err = otherAside(asides, u.key, uint32(0o666&^v.umask))
	return err
}

// fill copies what is there and the parts.
func (c *combination) fill(ctx context.Context, u *Upload, there fs.FileInfo) error {
	if err := u.expect(0, c.sum+weight(there)); err != nil {
		return err
	}
	if there != nil {
		if err := u.copyFile(ctx, joint{u.path, there}); err != nil {
			return err
		}
	}
	for _, part := range c.parts {
		if err := u.copyFile(ctx, part); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// copyFile adds a file, which must be as it was.
func (u *Upload) copyFile(ctx context.Context, from joint) error {
	opened, is, err := u.view.store.disk.open(from.path)
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, fs.ErrNotExist):
		return ErrBusy // it was there
	case err != nil:
		return err
	}
	defer opened.Close()
	f, ok := opened.(*os.File)
	if !ok || !unchanged(from.was, is) {
		return ErrBusy
	}
	n := is.Size()
	if u.size == 0 && clone(int(u.f.Fd()), int(f.Fd())) {
		u.size = n
		if err := u.f.Truncate(n); err != nil {
			return err
		}
		_, err = u.f.Seek(n, io.SeekStart)
		return err
	}
	for n > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m, err := io.CopyN(u.f, f, min(n, 8*piece)) // by copy_file_range
		u.size += m
		n -= m
		switch {
		case errors.Is(err, io.EOF):
			return ErrBusy
		case err != nil:
			return err
		}
	}
	return nil
}

// unchanged reports whether a file is the one that it was, with the content that it had.
func unchanged(was, is fs.FileInfo) bool {
	return sameFile(was, is) && was.Size() == is.Size() && was.ModTime().Equal(is.ModTime())
}

// commit puts the file in its place and removes the parts. While what is there is locked, nobody adds to it.
func (c *combination) commit(u *Upload, there fs.FileInfo, asides, dir int) error {
	if there != nil {
		old, err := lockFile(dir, path.Base(u.path), unix.O_RDONLY|unix.O_NONBLOCK, 0, unix.LOCK_EX|unix.LOCK_NB)
		if err != nil {
			return ErrBusy
		}
		defer old.Close()
		if is, err := fstat(int(old.Fd()), ""); err != nil || !unchanged(there, is) {
			return ErrBusy
		}
	}
	for _, part := range c.parts {
		if is, err := u.view.store.base.lstat(part.path); err != nil || !unchanged(part.was, is) {
			return ErrBusy
		}
	}
	if err := u.place(asides, dir); err != nil {
		if errors.Is(err, fs.ErrExist) {
			err = ErrBusy // somebody else has just made it
		}
		return err
	}
	c.done = Combined{Path: u.path, Bytes: c.sum}
	for _, part := range c.parts {
		if err := u.view.removePart(part); err != nil {
			u.view.store.usage.add(part.was.Size(), 1) // it stays
			continue
		}
		c.done.Parts = append(c.done.Parts, part.path)
	}
	return nil
}

// removePart removes a part that is as it was.
func (v *View) removePart(part joint) error {
	return v.store.disk.in(part.path, func(dir int, name string) error {
		is, err := lstatat(dir, name)
		if err == nil && !unchanged(part.was, is) {
			err = ErrBusy
		}
		if err != nil {
			return err
		}
		return unix.Unlinkat(dir, name, 0)
	})
}
