package ssh

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"

	"trawl/ftpd/tree"
)

// listing is a folder that is open to be read.
type listing struct {
	entries *tree.Entries
	waiting []tree.Entry // were read, and are not sent yet
	dots    bool         // . and .. are sent
	began   time.Time
	bytes   int64
	asked   bool
	whole   bool
}

func (l *listing) close() { l.entries.Close() }

func openDir(_ context.Context, c *channel, id uint32, a args) error {
	p, err := c.resolve(a.s[0])
	if err != nil {
		return err
	}
	if err := c.reserve(); err != nil {
		return err
	}
	entries, err := c.login.View.Entries(p)
	if err != nil {
		c.unreserve()
		return err
	}
	return c.keep(id, &handle{path: p, dir: &listing{entries: entries, began: time.Now()}})
}

// fullNames is how long an answer with names gets, about: clients are glad of some names soon.
const fullNames = 64 << 10

// readDir answers with some more names of a folder.
func readDir(ctx context.Context, c *channel, id uint32, a args) error {
	h := c.handles[a.s[0]]
	if h == nil || h.dir == nil {
		return errHandle
	}
	l := h.dir
	l.asked = true
	const head = 13 // length, type, id, count
	b := append(c.buf[:0], make([]byte, head)...)
	count, now := uint32(0), time.Now()
	if !l.dots {
		l.dots = true
		b, count = c.dots(b, h.path, now), 2
	}
	var err error
	for len(b) < fullNames && err == nil {
		if len(l.waiting) == 0 {
			l.waiting, err = l.entries.Append(l.waiting[:0])
			continue
		}
		e := &l.waiting[0]
		switch failed := l.entries.Describe(e); {
		case failed == nil:
			b = appendEntry(b, e, e.Name, now)
			count++
		case !errors.Is(failed, fs.ErrNotExist):
			err = failed
		}
		l.waiting = l.waiting[1:]
	}
	c.buf = b
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case count == 0:
		l.whole = true
		return io.EOF
	}
	l.bytes += int64(len(b))
	if err := c.paced(ctx, len(b), false); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	b[4] = fxpName
	binary.BigEndian.PutUint32(b[5:], id)
	binary.BigEndian.PutUint32(b[9:], count)
	_, _ = c.out.Write(b) // an error is met again by flush
	return errDone
}

// dots appends the folder itself and the one above.
func (c *channel) dots(b []byte, p string, now time.Time) []byte {
	for _, at := range []struct{ name, path string }{{".", p}, {"..", path.Dir(p)}} {
		e := tree.Entry{Mode: fs.ModeDir | 0o755, Time: tree.UnknownTime}
		if info, err := c.login.View.Stat(at.path); err == nil {
			e = c.login.View.EntryOf(at.path, "", info)
		}
		b = appendEntry(b, &e, at.name, now)
	}
	return b
}

// appendEntry appends a name, its long form and its attributes.
func appendEntry(b []byte, e *tree.Entry, name string, now time.Time) []byte {
	b = appendString(b, name)
	at := len(b)
	b = appendLong(append(b, 0, 0, 0, 0), e, name, now)
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return attrsOf(e).append(b)
}
