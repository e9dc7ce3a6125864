package ssh

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// coming is what a line of the protocol announces.
type coming struct {
	folder bool
	perm   fs.FileMode
	size   int64
	name   string
	time   time.Time // zero if it was not said
}

// receive takes files and folders into the path.
func (p *copier) receive(ctx context.Context) error {
	at, err := p.resolve(p.path)
	if err != nil {
		return p.warn(p.path, err)
	}
	err = p.login.View.Enter(at)
	if err != nil && p.folder {
		return p.warn(p.path, err)
	}
	return p.into(ctx, at, err == nil)
}

// into takes what comes to the folder at, if it is one, or else one file or folder under the name at.
func (p *copier) into(ctx context.Context, at string, folder bool) error {
	if err := p.ack(); err != nil {
		return err
	}
	var when time.Time
	for {
		line, err := p.line()
		switch {
		case err != nil:
			return err
		case line == "":
			return errLine
		case line[0] == 1 || line[0] == 2:
			p.failed = true
			if line[0] == 2 {
				return errPeer
			}
			continue
		case line == "E":
			return p.ack()
		case line[0] == 'T':
			if when, err = parseTimes(line); err == nil {
				err = p.ack()
			}
		default:
			var c coming
			if c, err = parseComing(line); err != nil {
				_ = p.warn(line, tree.ErrName)
				return err
			}
			c.time, when = when, time.Time{}
			to := at
			if folder {
				to = p.below(at, c.name)
			}
			err = p.takes(ctx, to, c)
		}
		if err != nil {
			return err
		}
	}
}

// takes takes a file or a folder.
func (p *copier) takes(ctx context.Context, to string, c coming) error {
	if err := p.tooDeep(to); err != nil {
		return p.refuse(to, err)
	}
	if !c.folder {
		return p.file(ctx, to, c)
	}
	if !p.recursive {
		return p.refuse(to, tree.ErrNoFile)
	}
	v := p.login.View
	switch err := v.Mkdir(to); {
	case err == nil:
		p.event(ftpd.Event{Kind: ftpd.Made, Path: to})
	case v.Enter(to) != nil:
		return p.refuse(to, err)
	}
	if err := p.into(ctx, to, true); err != nil {
		return err
	}
	if p.times && !c.time.IsZero() {
		_ = v.SetTime(to, c.time) // a folder has the time of its last change where the user may not set it
	}
	return nil
}

// refuse says why nothing is taken. The client goes on with what is next.
func (p *copier) refuse(to string, err error) error { return p.warn(path.Base(to), err) }

// file takes a file.
func (p *copier) file(ctx context.Context, to string, c coming) error {
	up, err := p.login.View.Put(to, tree.Put{Size: c.size, Perm: c.perm})
	if err != nil {
		return p.refuse(to, err)
	}
	w := &writing{up: up}
	t := p.begin("put", up.Path())
	defer p.activity.End(1)
	lost := p.fill(ctx, t, w, c)
	e := ftpd.Event{Kind: ftpd.Stored, Path: up.Path(), Bytes: t.moved.Load(), Took: time.Since(t.began)}
	err = cmp.Or(lost, w.end(lost == nil))
	if e.Whole = err == nil; err != nil {
		e.Reason = err.Error()
	}
	p.event(e)
	switch {
	case lost != nil:
		return skipped(lost)
	case err != nil:
		return p.refuse(to, err)
	}
	return p.ack()
}

// fill takes the bytes of a file, and what the client says behind them. lost says that they are not whole.
func (p *copier) fill(ctx context.Context, t *transfer, w *writing, c coming) (lost error) {
	if err := p.ack(); err != nil {
		return err
	}
	if err := p.body(ctx, t, w, c.size); err != nil {
		return err
	}
	err := p.await()
	if errors.Is(err, errSkipped) { // the client could not read them
		return errors.Join(err, p.ack())
	}
	if err == nil && p.times && !c.time.IsZero() {
		_ = w.done(errors.Join(w.up.SetTime(c.time), w.up.Chmod(c.perm)))
	}
	return err
}

// body takes the bytes of a file. If they cannot be written, they are read all the same, as the client sends them.
func (p *copier) body(ctx context.Context, t *transfer, w *writing, size int64) error {
	b := make([]byte, 64<<10)
	for size > 0 {
		n, err := p.in.Read(b[:min(int64(len(b)), size)])
		if err != nil {
			return err //nolint:wrapcheck // io.EOF as it is
		}
		if err := p.paced(ctx, n, true); err != nil {
			return err
		}
		p.activity.Touch()
		if w.failed == nil {
			_, err := w.up.Write(b[:n])
			_ = w.done(err)
			t.moved.Add(int64(n))
		}
		size -= int64(n)
	}
	return nil
}

// parseTimes reads "T1700000000 0 1700000000 0": the time of the last change, then that of the last access.
func parseTimes(line string) (time.Time, error) {
	parts := strings.Split(line[1:], " ")
	if len(parts) != 4 {
		return time.Time{}, errLine
	}
	for _, p := range parts {
		if _, err := strconv.ParseUint(p, 10, 40); err != nil {
			return time.Time{}, errLine
		}
	}
	sec, err := strconv.ParseInt(parts[0], 10, 64)
	return time.Unix(sec, 0), err //nolint:wrapcheck // it was read before
}

// parseComing reads "C0644 372 SHA256SUMS" or "D0755 0 debian". The name is one part of a path.
func parseComing(line string) (c coming, err error) {
	mode, rest, ok := strings.Cut(line[1:], " ")
	size, name, ok2 := strings.Cut(rest, " ")
	perm, err := strconv.ParseUint(mode, 8, 12)
	n, err2 := strconv.ParseInt(size, 10, 64)
	switch {
	case line[0] != 'C' && line[0] != 'D', !ok || !ok2 || err != nil || err2 != nil, len(mode) != 4 || n < 0:
		return c, errLine
	case name == "" || name == "." || name == ".." || strings.Contains(name, "/") || strings.ContainsFunc(name, unicode.IsControl):
		return c, errLine
	}
	return coming{folder: line[0] == 'D', perm: fs.FileMode(perm).Perm(), size: n, name: name}, nil
}
