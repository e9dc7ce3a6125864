package ssh

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"strconv"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// maxHandles is how many files and folders a session may have open. When all sessions together have so many open that the
// process might have no more files, each may have fewHandles.
const (
	maxHandles = 100
	fewHandles = 4
)

// handle is an open file or folder: one of reading, writing and dir is there.
type handle struct {
	path     string
	transfer *transfer // nil of a folder
	reading  *reading
	writing  *writing
	dir      *listing
}

// keep gives a handle its name, and answers with it.
func (c *channel) keep(id uint32, h *handle) error {
	if h.reading != nil || h.writing != nil {
		h.transfer = c.begin(h.doing(), h.path)
	}
	c.last++
	name := strconv.FormatUint(c.last, 10)
	c.handles[name] = h
	c.reply(fxpHandle, id, func(b []byte) []byte { return appendString(b, name) })
	return errDone
}

func (h *handle) doing() string {
	if h.writing != nil {
		return "put"
	}
	return "get"
}

// reserve counts a handle more, if there may be one.
func (c *channel) reserve() error {
	own, all := c.session.handles.Add(1), c.allHandles.Add(1)
	if own > maxHandles || own > fewHandles && all > c.manyHandles {
		c.unreserve()
		return errHandles
	}
	return nil
}

// unreserve counts a handle less.
func (c *channel) unreserve() {
	c.session.handles.Add(-1)
	c.allHandles.Add(-1)
}

// many returns how many handles of all sessions are many: a quarter of the files that this process may have open, since
// sessions themselves and other doors need some, too.
func many() int32 {
	open, ok := openFiles()
	if !ok {
		return 256
	}
	return int32(min(open/4, 1<<30))
}

// drop closes a handle. well says that the client did.
func (c *channel) drop(name string, h *handle, well bool) (err error) {
	delete(c.handles, name)
	c.unreserve()
	e := ftpd.Event{Path: h.path, Reason: "the client has not read to the end"}
	switch {
	case h.dir != nil:
		h.dir.close()
		e.Kind, e.Path, e.Bytes, e.Whole, e.Took = ftpd.Sent, e.Path+"/", h.dir.bytes, h.dir.whole, time.Since(h.dir.began)
	case h.reading != nil:
		h.reading.Close()
		e.Kind, e.Whole = ftpd.Sent, h.reading.whole
	default:
		err = h.writing.end(well)
		e.Kind, e.Whole = ftpd.Stored, well && err == nil && !h.writing.gone
		switch {
		case err != nil:
			e.Reason = err.Error()
		case h.writing.gone:
			e.Reason = "it was removed before its end"
		default:
			e.Reason = "the connection ended during the upload"
		}
	}
	if h.transfer != nil {
		c.ended++
		e.Bytes, e.Took = h.transfer.moved.Load(), time.Since(h.transfer.began)
	}
	if e.Whole {
		e.Reason = ""
	}
	if h.happened() {
		c.event(ftpd.SFTP, e)
	}
	return err
}

// happened reports whether a handle was of use: an event is worth it.
func (h *handle) happened() bool {
	switch {
	case h.reading != nil:
		return h.reading.asked
	case h.dir != nil:
		return h.dir.asked
	}
	return !h.writing.idle()
}

func closeHandle(_ context.Context, c *channel, _ uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil {
		return errHandle
	}
	return c.drop(a.s[0], h, true)
}

// The flags of open (draft-ietf-secsh-filexfer-02 section 6.3).
const (
	flagRead   = 1 << 0
	flagWrite  = 1 << 1
	flagAppend = 1 << 2
	flagCreate = 1 << 3
	flagTrunc  = 1 << 4
	flagNew    = 1 << 5
)

// open opens a file. One that is written lies aside until it is closed; see openWriting.
func open(_ context.Context, c *channel, id uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	if err := c.reserve(); err != nil {
		return err
	}
	h := &handle{path: p}
	switch {
	case a.u&(flagWrite|flagAppend) != 0:
		h.writing, err = c.openWriting(p, a.u, a.attrs)
		if err == nil {
			h.path = h.writing.up.Path()
		}
	case a.u&(flagCreate|flagTrunc|flagNew) != 0 || a.u&flagRead == 0:
		err = errFlags
	default:
		h.reading, err = openReading(c.login.View, p)
	}
	if err != nil {
		c.unreserve()
		return err
	}
	return c.keep(id, h)
}

// openReading opens a plain file.
func openReading(v *tree.View, p string) (*reading, error) {
	f, err := v.Open(p)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = tree.ErrNoFile
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	r := &reading{File: f, size: info.Size(), end: endless, mounted: v.Mounted(p)}
	if r.mounted && r.size != tree.UnknownSize {
		r.end = r.size
	}
	r.at, _ = f.(io.ReaderAt)
	return r, nil
}

// openWriting opens a file to be written. Without flagTrunc it begins with the bytes of the file that is there or, if there is
// none, with those that this user has left aside: so clients resume.
func (c *channel) openWriting(p string, flags uint32, a attrs) (*writing, error) {
	v := c.login.View
	how := tree.Put{Append: flags&flagAppend != 0, Edit: flags&(flagTrunc|flagAppend) == 0, New: flags&flagNew != 0}
	if a.flags&attrPerm != 0 {
		how.Perm = fs.FileMode(a.perm).Perm()
	}
	if flags&flagCreate == 0 {
		if _, err := c.describe(p, v.Stat); err != nil {
			return nil, err
		}
		how.New = false
	}
	w := &writing{mode: cmp.Or(how.Perm, 0o644)}
	if err := w.looksLike(v, p, how, flags&flagRead != 0); err != nil {
		return nil, err
	}
	up, err := v.Put(p, how)
	if err != nil {
		w.close()
		return nil, err
	}
	w.up, w.edits = up, how.Edit && up.Size() > 0
	return w, nil
}

// looksLike takes over what is to be seen of the file that is there. The bytes to which others are added stay where they are.
func (w *writing) looksLike(v *tree.View, p string, how tree.Put, reads bool) (err error) {
	info, err := v.Stat(p)
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // Put says what is wrong
	}
	w.mode = info.Mode().Perm()
	if how.Edit {
		w.time = info.ModTime()
	}
	if how.Append {
		w.base = max(0, info.Size())
		if reads {
			w.old, err = openReading(v, p)
		}
	}
	return err
}
