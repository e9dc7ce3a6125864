package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// describe describes what a path has by one of the methods Stat and Lstat. A file that this session writes is there for it. So
// is an upload that this user left aside, where there is no file: clients ask for its size before they resume.
func (c *channel) describe(p string, by func(string) (fs.FileInfo, error)) (*tree.Entry, error) {
	if w := c.writes(p); w != nil {
		return w.info(), nil
	}
	info, err := by(p)
	if errors.Is(err, fs.ErrNotExist) {
		if size, ok := c.login.View.Partial(p); ok {
			return &tree.Entry{Size: size, Mode: 0o644, Time: time.Now().Unix()}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	e := c.login.View.EntryOf(p, "", info)
	return &e, nil
}

// writes returns what the session writes to a path; nil if that is nothing.
func (c *channel) writes(p string) *writing {
	for _, h := range c.handles {
		if h.writing != nil && h.path == p && !h.writing.gone {
			return h.writing
		}
	}
	return nil
}

// described answers with the attributes of a path.
func (c *channel) described(id uint32, spelled string, by func(string) (fs.FileInfo, error)) error {
	p, err := c.resolve(spelled)
	if err != nil {
		return err
	}
	e, err := c.describe(p, by)
	if err != nil {
		return err
	}
	return c.attrs(id, e)
}

// attrs answers with attributes.
func (c *channel) attrs(id uint32, e *tree.Entry) error {
	c.reply(fxpAttrs, id, attrsOf(e).append)
	return errDone
}

func stat(_ context.Context, c *channel, id uint32, a args) error {
	return c.described(id, a.s[0], c.login.View.Stat)
}

func lstat(_ context.Context, c *channel, id uint32, a args) error {
	return c.described(id, a.s[0], c.login.View.Lstat)
}

func fstat(_ context.Context, c *channel, id uint32, a args) error {
	h := c.handles[a.s[0]]
	switch {
	case h == nil:
		return errHandle
	case h.writing != nil:
		return c.attrs(id, h.writing.info())
	case h.dir != nil:
		return c.described(id, h.path, c.login.View.Stat)
	}
	info, err := h.reading.Stat()
	if err != nil {
		return err //nolint:wrapcheck // of the file
	}
	e := c.login.View.EntryOf(h.path, "", info)
	return c.attrs(id, &e)
}

func setstat(_ context.Context, c *channel, _ uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	return c.set(p, a.attrs)
}

func fsetstat(_ context.Context, c *channel, _ uint32, a args) error {
	h := c.handles[a.s[0]]
	switch {
	case h == nil:
		return errHandle
	case h.writing != nil:
		return h.writing.set(a.attrs)
	}
	return c.set(h.path, a.attrs)
}

// set sets attributes of what a path has.
func (c *channel) set(p string, a attrs) error {
	if w := c.writes(p); w != nil {
		return w.set(a)
	}
	v := c.login.View
	if a.flags&attrSize != 0 {
		if err := resize(v, p, a.size); err != nil {
			return err
		}
	}
	if a.flags&attrPerm != 0 {
		if err := v.Chmod(p, fs.FileMode(a.perm).Perm()); err != nil {
			return err
		}
	}
	if a.flags&attrTime != 0 {
		if err := v.SetTime(p, time.Unix(int64(a.mtime), 0)); err != nil {
			return err
		}
	}
	if err := owned(a); err != nil {
		return err
	}
	return c.changed(nil, ftpd.Event{Kind: ftpd.Changed, Path: p})
}

// resize cuts a file, or stretches it, in one step.
func resize(v *tree.View, p string, size uint64) error {
	if _, err := v.Stat(p); err != nil {
		return err
	}
	up, err := v.Put(p, tree.Put{Edit: true})
	if err != nil {
		return err
	}
	if err := up.Truncate(int64(min(size, 1<<63-1))); err != nil {
		return errors.Join(err, up.Keep())
	}
	return up.Commit()
}

// at calls do with the path that is meant.
func (c *channel) at(spelled string, kind ftpd.Kind, do func(p string) error) error {
	p, err := c.resolve(spelled)
	if err != nil {
		return err
	}
	return c.changed(do(p), ftpd.Event{Kind: kind, Path: p})
}

func remove(_ context.Context, c *channel, _ uint32, a args) error {
	return c.at(a.s[0], ftpd.Deleted, c.removeFile)
}

// removeFile removes a file. An upload to the path goes as well, whether it is under way in this session or was left aside by this
// user: clients remove a file whose upload has failed, some of them without closing it.
func (c *channel) removeFile(p string) error {
	v := c.login.View
	err := v.Remove(p)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for w := c.writes(p); w != nil; w = c.writes(p) {
		w.gone = true
		err = w.up.Drop()
	}
	if _, left := v.Partial(p); !left || err == nil {
		return err
	}
	up, err := v.Put(p, tree.Put{Edit: true})
	if err != nil {
		return err
	}
	return up.Drop()
}

func mkdir(_ context.Context, c *channel, _ uint32, a args) error {
	return c.at(a.s[0], ftpd.Made, c.login.View.Mkdir)
}

func rmdir(_ context.Context, c *channel, _ uint32, a args) error {
	return c.at(a.s[0], ftpd.Removed, c.login.View.Rmdir)
}

// rename does not replace what is there (draft-ietf-secsh-filexfer-02 section 6.5).
func rename(_ context.Context, c *channel, _ uint32, a args) error {
	return c.renamed(a.s[0], a.s[1], c.login.View.RenameNew)
}

func (c *channel) renamed(from, to string, by func(from, to string) error) error {
	from, err := c.resolve(from)
	if err != nil {
		return err
	}
	if to, err = c.resolve(to); err != nil {
		return err
	}
	return c.changed(by(from, to), ftpd.Event{Kind: ftpd.Renamed, Path: from, To: to})
}

func realpath(_ context.Context, c *channel, id uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	return c.name(id, p)
}

func readLink(_ context.Context, c *channel, id uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	target, err := c.login.View.ReadLink(p)
	if err != nil {
		return err
	}
	return c.name(id, target)
}

// name answers with one name, without attributes.
func (c *channel) name(id uint32, name string) error {
	c.reply(fxpName, id, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint32(b, 1)
		b = appendString(appendString(b, name), name)
		return binary.BigEndian.AppendUint32(b, 0)
	})
	return errDone
}
