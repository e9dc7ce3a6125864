package ssh

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"trawl/ftpd/tree"
)

// writing is a file that is open to be written.
type writing struct {
	up      *tree.Upload
	base    int64    // bytes that stay where they are: the upload is added to them
	old     *reading // where they are; nil if they are not read
	mode    fs.FileMode
	time    time.Time // zero: now
	edits   bool      // it began with bytes that were there
	touched bool      // the client has changed it
	gone    bool      // it was removed before its end
	failed  error     // a part of it could not be written, so that it is not whole
}

// close closes what is open but the upload.
func (w *writing) close() {
	if w.old != nil {
		w.old.Close()
	}
}

// readAt reads back what the file has so far.
func (w *writing) readAt(b []byte, off int64) (int, error) {
	switch {
	case w.gone:
		return 0, fs.ErrNotExist
	case off >= w.base:
		return w.up.ReadAt(b, off-w.base)
	case w.old == nil:
		return 0, fs.ErrPermission
	}
	n, err := w.old.readAt(b[:min(int64(len(b)), w.base-off)], off)
	if err != nil || n == len(b) {
		return n, err
	}
	more, err := w.up.ReadAt(b[n:], 0)
	return n + more, err
}

// idle reports whether the file is as it was.
func (w *writing) idle() bool { return w.edits && !w.touched }

// end puts the file in its place, if it was closed well and is whole. Else it is left aside.
func (w *writing) end(well bool) error {
	defer w.close()
	switch {
	case w.gone:
		return nil
	case w.failed != nil:
		return errors.Join(errBroken, w.failed, w.up.Keep())
	case !well || w.idle():
		return w.up.Keep()
	}
	return w.up.Commit()
}

// done records that the client changed the file.
func (w *writing) done(err error) error {
	w.touched = true
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return err
}

// write takes some bytes of a file, which come in any order.
func write(ctx context.Context, c *channel, _ uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil || h.writing == nil {
		return errHandle
	}
	if err := c.paced(ctx, len(a.data), true); err != nil {
		return err
	}
	if h.writing.gone {
		return fs.ErrNotExist
	}
	_, err := h.writing.up.WriteAt(a.data, int64(a.q))
	if err == nil {
		h.transfer.moved.Add(int64(len(a.data)))
	}
	return h.writing.done(err)
}

// set sets attributes of the file, which it has from its end on.
func (w *writing) set(a attrs) error {
	if w.gone {
		return fs.ErrNotExist
	}
	if a.flags&attrSize != 0 {
		if err := w.done(w.up.Truncate(int64(min(a.size, 1<<63-1)))); err != nil {
			return err
		}
	}
	if a.flags&attrPerm != 0 {
		if err := w.up.Chmod(fs.FileMode(a.perm).Perm()); err != nil {
			return err
		}
		w.mode, w.touched = fs.FileMode(a.perm).Perm(), true
	}
	if a.flags&attrTime != 0 {
		w.time = time.Unix(int64(a.mtime), 0)
		if err := w.up.SetTime(w.time); err != nil {
			return err
		}
		w.touched = true
	}
	return owned(a)
}

// owned refuses attributes that say to whom a file shall belong.
func owned(a attrs) error {
	if a.flags&attrOwner != 0 {
		return errOwner
	}
	return nil
}

// info describes the file as it is so far.
func (w *writing) info() *tree.Entry {
	t := w.time
	if t.IsZero() {
		t = time.Now()
	}
	return &tree.Entry{Size: w.base + w.up.Size(), Mode: w.mode, Time: t.Unix()}
}
