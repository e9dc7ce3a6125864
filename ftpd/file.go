package ftpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// plain describes p. It returns an error if p is no file that can be sent.
func (s *session) plain(p string) (fs.FileInfo, error) {
	info, err := s.stat(p)
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	return info, err
}

func cmdRetr(ctx context.Context, s *session, arg string) {
	offset := s.restart
	s.restart = 0
	f, size, err := s.open(s.resolve(arg), offset)
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.send(ctx, payload{
		label: fmt.Sprintf("%s (%d bytes)", arg, size-min(offset, size)),
		write: func(w *dataConn) error { return w.copyFrom(f) },
		close: func() { f.Close() },
	})
}

// open opens a plain file at an offset. At the end of the file and behind it there is
// nothing to read.
func (s *session) open(p string, offset int64) (f fs.File, size int64, err error) {
	if _, err = s.plain(p); err != nil {
		return nil, 0, err
	}
	f, err = s.FS.Open(inFS(p))
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile // it was replaced since plain looked at it
	}
	if err == nil && offset > 0 {
		err = skip(f, offset)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// skip moves to byte n of a file.
func skip(f fs.File, n int64) error {
	if seeker, ok := f.(io.Seeker); ok {
		_, err := seeker.Seek(n, io.SeekStart)
		return err
	}
	if _, err := io.CopyN(io.Discard, f, n); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// cmdRest answers REST (RFC 3659 section 5). The marker holds until the next RETR:
// clients may set up the data connection before REST or after it.
func cmdRest(_ context.Context, s *session, arg string) {
	n, err := strconv.ParseInt(strings.TrimSpace(arg), 10, 64)
	if err != nil || n < 0 {
		s.reply(501, "REST wants a number of bytes.")
		return
	}
	s.restart = n
	s.reply(350, fmt.Sprintf("Restarting at %d.", n))
}

// cmdSize answers SIZE (RFC 3659 section 4): the bytes that RETR would send.
func cmdSize(_ context.Context, s *session, arg string) {
	info, err := s.plain(s.resolve(arg))
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.reply(213, strconv.FormatInt(info.Size(), 10))
}

// cmdMdtm answers MDTM (RFC 3659 section 3), for directories too.
func cmdMdtm(_ context.Context, s *session, arg string) {
	info, err := s.stat(s.resolve(arg))
	switch {
	case err != nil:
		s.fail(arg, err)
	case info.ModTime().IsZero():
		s.reply(550, arg+": Its time is not known.")
	default:
		s.reply(213, info.ModTime().UTC().Format(factTime))
	}
}
