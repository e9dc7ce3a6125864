package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// sends sends what the path has.
func (p *copier) sends(ctx context.Context) error {
	if err := p.await(); err != nil {
		return err
	}
	at, err := p.resolve(p.path)
	if err != nil {
		return p.warn(p.path, err)
	}
	return p.sendOne(ctx, at, path.Base(at))
}

// sendOne sends a file or a folder. An error ends the copying; what cannot be read is left out.
func (p *copier) sendOne(ctx context.Context, at, name string) error {
	v := p.login.View
	info, err := v.Stat(at)
	switch {
	case err == nil && (strings.Contains(name, "/") || strings.ContainsFunc(name, unicode.IsControl)):
		err = tree.ErrName // the protocol has no way to say it
	case err == nil && info.IsDir() && !p.recursive:
		err = tree.ErrNoFile
	case err == nil:
		err = p.tooDeep(at)
	}
	if err != nil {
		return p.warn(name, err)
	}
	if info.IsDir() {
		return p.sendDir(ctx, at, name, info)
	}
	return p.sendFile(ctx, at, name)
}

// header sends a line, with the times before it if they are asked for, and waits for the answer.
func (p *copier) header(kind byte, info fs.FileInfo, size int64, name string) error {
	if p.times {
		t := max(0, info.ModTime().Unix())
		fmt.Fprintf(p.out, "T%d 0 %d 0\n", t, t)
		if err := p.await(); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, "%c%04o %d %s\n", kind, info.Mode().Perm(), size, name)
	return p.await()
}

func (p *copier) sendDir(ctx context.Context, at, name string, info fs.FileInfo) error {
	entries, err := p.login.View.Entries(at)
	if err != nil {
		return p.warn(name, err)
	}
	defer entries.Close()
	if err := p.header('D', info, 0, name); err != nil {
		return skipped(err)
	}
	var some []tree.Entry
	for err == nil {
		some, err = entries.Append(some[:0])
		for i := range some {
			if err := p.sendEntry(ctx, at, &some[i]); err != nil {
				return err
			}
		}
	}
	if !errors.Is(err, io.EOF) {
		if err := p.warn(name, err); err != nil {
			return err
		}
	}
	_, _ = p.out.WriteString("E\n") // an error is met again by await
	return skipped(p.await())
}

// sendEntry sends what a folder holds. A link to a folder is left out: it may lead up.
func (p *copier) sendEntry(ctx context.Context, at string, e *tree.Entry) error {
	at = path.Join(at, e.Name)
	if e.Mount {
		return p.warn(e.Name, tree.ErrNoFile) // a tree of its own, and perhaps without an end
	}
	if there, err := p.login.View.Lstat(at); err == nil && there.Mode().Type() == fs.ModeSymlink {
		if info, err := p.login.View.Stat(at); err == nil && info.IsDir() {
			return p.warn(e.Name, tree.ErrNoFile)
		}
	}
	return p.sendOne(ctx, at, e.Name)
}

// skipped returns nil if one file alone is not copied.
func skipped(err error) error {
	if errors.Is(err, errSkipped) {
		return nil
	}
	return err
}

func (p *copier) sendFile(ctx context.Context, at, name string) error {
	r, err := openReading(p.login.View, at)
	if err != nil {
		return p.warn(name, err)
	}
	defer r.Close()
	info, err := r.Stat()
	if err == nil && r.size == tree.UnknownSize {
		err = errNoSize
	}
	if err != nil {
		return p.warn(name, err)
	}
	if err := p.header('C', info, r.size, name); err != nil {
		return skipped(err)
	}
	t := p.begin("get", at)
	defer p.activity.End(1)
	failed, err := p.content(ctx, t, r)
	e := ftpd.Event{
		Kind: ftpd.Sent, Path: at, Bytes: t.moved.Load(), Took: time.Since(t.began), Whole: failed == nil && err == nil,
	}
	switch {
	case err != nil:
		e.Reason = "the connection ended"
	case failed != nil:
		e.Reason = failed.Error()
		err = p.warn(name, failed)
	default:
		_ = p.out.WriteByte(0) // an error is met again by await
		err = p.await()
		e.Whole = err == nil
	}
	p.event(e)
	if failed != nil && err == nil {
		err = p.await() // the client answers the warning, too
	}
	return skipped(err)
}

// content sends the bytes of a file, as many as were announced: zeros in place of those that cannot be read. failed is why.
func (p *copier) content(ctx context.Context, t *transfer, r *reading) (failed, err error) {
	b := make([]byte, 64<<10)
	for off := int64(0); off < r.size; {
		part := b[:min(int64(len(b)), r.size-off)]
		if failed == nil {
			var n int
			if n, failed = r.readWith(ctx, part, off); n == len(part) {
				failed = nil
			} else {
				clear(part[n:])
			}
		}
		if err := p.paced(ctx, len(part), false); err != nil {
			return failed, err
		}
		if _, err := p.out.Write(part); err != nil {
			return failed, err //nolint:wrapcheck // of the connection
		}
		p.activity.Touch()
		t.moved.Add(int64(len(part)))
		off += int64(len(part))
		if failed != nil {
			clear(part)
		}
	}
	return failed, nil
}
