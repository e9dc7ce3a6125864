package gopher

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"trawl/ftpd/tree"
)

// open opens what is at a path, and returns what sends it: a menu of a folder, or the bytes of a file. No text gets a last line with a
// dot, and no dot is doubled: RFC 1436 section 3.8 has both, but servers leave them out, and most clients would show them.
func (s *session) open(ctx context.Context, p string, items bool) (send func() error, err error) {
	f, err := s.login.View.Open(p)
	if err != nil {
		return nil, err //nolint:wrapcheck // of the tree
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		f.Close()
		return s.menu(p, items)
	case !info.Mode().IsRegular():
		err = tree.ErrNoFile
	}
	if err != nil {
		f.Close()
		return nil, err //nolint:wrapcheck // of the tree
	}
	return func() error {
		defer f.Close()
		s.shows("get", p)
		return s.transfer(p, func() error { return s.copy(ctx, f) })
	}, nil
}

// copy sends the content of a file. The system itself sends one on disk.
func (s *session) copy(ctx context.Context, f fs.File) error {
	if file, is := f.(*os.File); is {
		_, err := s.out.ReadFrom(file)
		return err //nolint:wrapcheck // of the connection, or the file
	}
	if tree.Waits(f) {
		defer context.AfterFunc(ctx, func() { tree.Interrupt(f) })()
	}
	b := make([]byte, 32<<10)
	for begun := false; ; begun = true {
		n, err := f.Read(b)
		if n > 0 {
			if _, err := s.out.Write(b[:n]); err != nil {
				return err //nolint:wrapcheck // of the connection
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case !begun && n == 0 && tree.Sentence(err) != "": // it can still be said
			return errors.Join(err, s.say(failure(verdict(err))), s.hangUp())
		case err != nil:
			return err //nolint:wrapcheck // of the file
		}
	}
}
