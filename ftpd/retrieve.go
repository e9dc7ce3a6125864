package ftpd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// plain describes p. It returns an error if p is no file that can be sent.
func (s *session) plain(p string) (fs.FileInfo, error) {
	info, err := s.login.View.Stat(p)
	if err == nil && !info.Mode().IsRegular() {
		err = tree.ErrNoFile
	}
	return info, err
}

func cmdRetr(ctx context.Context, s *session, arg string) {
	at := s.takeSpan()
	if at != whole && s.params.coding.Lines() {
		s.reply(501, noResume)
		return
	}
	p := s.resolve(arg)
	f, size, err := s.open(p, at.start)
	if err != nil {
		s.fail(arg, err)
		return
	}
	if size != tree.UnknownSize && (at.start > size || at.end >= 0 && at.start >= size) {
		f.Close()
		s.reply(554, fmt.Sprintf("Restart position %d > file size %d", at.start, size))
		return
	}
	n := sends(at, size)
	content, ready, waits := contentOf(f)
	s.send(ctx, task{
		label: names.Encode(p), begin: s.opening(n),
		event: Event{Path: p}, close: func() { f.Close() }, waits: waits, ready: ready,
		brief: n >= 0 && n <= briefly && s.params.coding.Plain() && onDisk(f),
	}, func(w io.Writer) error {
		if at.end < 0 {
			_, err := io.Copy(w, content)
			return err
		}
		_, err := io.CopyN(w, content, at.end-at.start)
		if size != tree.UnknownSize && at.end <= size || !errors.Is(err, io.EOF) {
			return err
		}
		return nil // the file ends within the range
	})
}

// sends returns how many bytes of a file with a size are sent, or tree.UnknownSize.
func sends(at span, size int64) int64 {
	if size == tree.UnknownSize {
		return tree.UnknownSize
	}
	return at.length(size)
}

// contentOf returns what a file reads. Of one that comes from another host, ready returns when its first bytes are there, and
// waits ends a Read that waits for them; both are nil for other files.
func contentOf(f fs.File) (content io.Reader, ready func() error, waits func()) {
	if !tree.Waits(f) {
		return f, nil, nil
	}
	held := bufio.NewReaderSize(f, 64<<10)
	ready = func() error {
		if _, err := held.Peek(1); !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	}
	return held, ready, func() { tree.Interrupt(f) }
}

// briefly is the most bytes of a file that is sent before the session reads further commands. The buffer of a new connection
// takes so many.
const briefly = 16 << 10

// onDisk reports whether a file is one of the system, which does not wait for another host.
func onDisk(f fs.File) bool {
	_, ok := f.(*os.File)
	return ok
}

// opening returns the text of the reply with 150 for a file. Clients read its size there; it is that of the wire, or is not
// said. No name is in it, which could look like another size.
func (s *session) opening(n int64) string {
	switch coding := s.params.coding; {
	case coding.ASCII:
		return "Opening ASCII mode data connection"
	case !coding.Plain() || n == tree.UnknownSize:
		return "Opening BINARY mode data connection"
	}
	return fmt.Sprintf("Opening BINARY mode data connection (%s)", inBytes(n))
}

// open opens a plain file at an offset, and returns its size or tree.UnknownSize. At the end of the file and behind it there is
// nothing to read.
func (s *session) open(p string, offset int64) (f fs.File, size int64, err error) {
	f, err = s.login.View.Open(p)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = tree.ErrNoFile
	}
	if err == nil && offset > 0 && (offset <= info.Size() || info.Size() == tree.UnknownSize) {
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

// cmdSize answers SIZE (RFC 3659 section 4): the bytes that RETR would send. In TYPE A only reading the whole file could say
// that; other servers refuse it, too. A client that has given no TYPE yet gets the bytes of TYPE I, which it means. Of a file
// that is not whole, the user who sent it gets the bytes that are kept, to go on there.
func cmdSize(_ context.Context, s *session, arg string) {
	switch coding := s.params.coding; {
	case coding.ASCII && s.params.typed:
		s.reply(550, "SIZE not allowed in ASCII mode")
		return
	case coding.Records:
		s.reply(550, "SIZE not allowed in STRU R")
		return
	}
	p := s.resolve(arg)
	info, err := s.plain(p)
	if err == nil && info.Size() == tree.UnknownSize {
		s.reply(550, short(arg)+": Its size is not known")
		return
	}
	if err == nil {
		s.reply(213, strconv.FormatInt(info.Size(), 10))
		return
	}
	if n, ok := s.login.View.Partial(p); ok {
		s.reply(213, strconv.FormatInt(n, 10))
		return
	}
	s.fail(arg, err)
}

// cmdMdtm answers MDTM (RFC 3659 section 3). Old clients set a time with it: "MDTM 20240506120000 name" does so if no file is
// called that.
func cmdMdtm(_ context.Context, s *session, arg string) {
	info, err := s.plain(s.resolve(arg))
	if stamp, name, _ := strings.Cut(arg, " "); errors.Is(err, fs.ErrNotExist) && name != "" {
		if t, bad := parseFactTime(stamp); bad == nil {
			s.setTime(name, t, "Modify="+t.Format(factTime)+"; "+name)
			return
		}
	}
	switch {
	case err != nil:
		s.fail(arg, err)
	case info.ModTime().IsZero():
		s.reply(550, short(arg)+": Its time is not known")
	default:
		s.reply(213, info.ModTime().UTC().Format(factTime))
	}
}
