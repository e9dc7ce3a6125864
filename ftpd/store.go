package ftpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"

	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// cmdStor stores a file, or what REST or RANG named of it. Behind RANG exactly these bytes come, and the rest of the file stays
// (draft-bryan-ftp-range section 4).
func cmdStor(ctx context.Context, s *session, arg string) {
	at := s.takeSpan()
	switch {
	case at != whole && s.params.coding.Lines():
		s.reply(501, noResume)
	case at.end >= 0:
		s.params.size = at.end - at.start
		s.store(ctx, arg, tree.Put{Offset: at.start, Patch: true})
	default:
		s.store(ctx, arg, tree.Put{Offset: at.start})
	}
}

func cmdAppe(ctx context.Context, s *session, arg string) {
	if s.atStart("APPE") {
		s.store(ctx, arg, tree.Put{Append: true})
	}
}

// cmdStou stores under a name that is free. The reply says which (RFC 1123 section 4.1.2.9).
func cmdStou(ctx context.Context, s *session, arg string) {
	if !s.atStart("STOU") {
		return
	}
	if strings.TrimSpace(arg) == "" {
		arg = "upload"
	}
	s.store(ctx, arg, tree.Put{Unique: true})
}

// atStart refuses a command that chooses by itself where it writes, if REST or RANG named a place.
func (s *session) atStart(verb string) bool {
	switch at := s.takeSpan(); {
	case at.end >= 0:
		s.reply(550, verb+" incompatible with RANG")
	case at.start > 0:
		s.reply(450, "Can't "+verb+" while REST request is pending.")
	default:
		return true
	}
	return false
}

// store starts an upload. The file lies aside until it is whole.
func (s *session) store(ctx context.Context, arg string, how tree.Put) {
	how.Size, s.params.size = s.params.size, -1
	up, err := s.login.View.Put(s.made(arg), how)
	if err != nil {
		s.failNew(arg, err)
		return
	}
	coding, kept := s.params.coding, false
	begin, end := "Opening data connection", ""
	if how.Unique {
		name := s.toClient(up.Path())
		begin, end = "FILE: "+name, "Transfer complete (unique file name: "+name+")"
	}
	s.start(ctx, task{
		label: names.Encode(up.Path()), begin: begin, end: end, up: true,
		event: Event{Kind: Stored, Path: up.Path()},
		move: func(_ context.Context, c *dtp.Conn) (func() error, error) {
			err := receive(up, c, coding, how, s.marker(c, coding, how))
			return func() error {
				err := up.Commit()
				kept = err == nil
				return err
			}, err
		},
		close: func() {
			if !kept {
				_ = up.Keep()
			}
		},
	})
}

// toClient returns a path as the client may give it back: a name alone in the directory where the session is.
func (s *session) toClient(p string) string {
	if path.Dir(p) == s.cwd {
		p = path.Base(p)
	}
	return names.Encode(p)
}

// The errors of an upload that is not as ALLO said.
var (
	errShort = errors.New("the upload is shorter than ALLO said")
	errLong  = errors.New("the upload is longer than ALLO said")
	errPiece = errors.New("the upload is not as long as the range")
)

// receive reads an upload to its end. Its size is its length, or -1. A client may give the length of a text on its own disk or
// that on the wire. Compressed, nothing says how much will come, so there size is a bound.
func receive(up *tree.Upload, c *dtp.Conn, coding dtp.Coding, how tree.Put, mark func(string) error) error {
	size := how.Size
	if how.Patch {
		return receivePiece(up, c, coding, size, mark)
	}
	if coding.Plain() {
		n, err := up.ReadFrom(c.Content())
		return atLeast(n, size, err)
	}
	r := coding.Reader(c, mark)
	if coding.Deflate && size >= 0 {
		r = io.LimitReader(r, min(size, math.MaxInt64-1)+1)
	}
	n, err := io.Copy(up, c.CodedReader(r))
	if coding.Ends() {
		c.EndsItself()
	}
	switch {
	case err == nil && coding.Deflate && size >= 0 && n > size:
		return errLong
	case !coding.Deflate && coding.Lines():
		n = max(n, c.Carried())
	case coding.Lines():
		size = -1
	}
	return atLeast(n, size, err)
}

// receivePiece reads what replaces size bytes of a file: so many, not one more or less.
func receivePiece(up *tree.Upload, c *dtp.Conn, coding dtp.Coding, size int64, mark func(string) error) error {
	n, err := io.Copy(up, io.LimitReader(c.CodedReader(coding.Reader(c, mark)), min(size, math.MaxInt64-1)+1))
	if coding.Ends() {
		c.EndsItself()
	}
	if err == nil && n != size {
		return errPiece
	}
	return err
}

// marker returns what is done with the restart markers of an upload in MODE B. Where REST could go on, the client gets the
// number of the byte for its own marker (RFC 959 section 3.5): "110 MARK yyyy = 4096".
func (s *session) marker(c *dtp.Conn, coding dtp.Coding, how tree.Put) func(string) error {
	if coding.Lines() || how.Append || how.Unique || how.Patch {
		return func(string) error { return nil }
	}
	return func(name string) error {
		s.reply(110, fmt.Sprintf("MARK %s = %d", name, how.Offset+c.Moved()))
		return s.flush()
	}
}

// atLeast returns err, or errShort if an upload has fewer bytes than ALLO said.
func atLeast(n, size int64, err error) error {
	if err == nil && size >= 0 && n < size {
		return errShort
	}
	return err
}

// cmdAllo takes the size of the next upload (RFC 959 section 4.1.3): "ALLO 1000", "ALLO 1000 R 80". More than there is room for
// is refused at once.
func cmdAllo(_ context.Context, s *session, arg string) {
	first, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 {
		s.reply(501, "ALLO wants a number of bytes")
		return
	}
	writes := s.login.View.Rights(s.cwd)&(tree.Write|tree.Append) != 0
	if free, err := s.login.View.Free(s.cwd); writes && err == nil && n > free {
		s.reply(552, "There is room for "+inBytes(free))
		return
	}
	s.params.size = n
	s.reply(200, "ALLO command successful")
}

// cmdAvbl answers AVBL: how many bytes may be stored in a directory (draft-peterson-streamlined-ftp-command-extensions
// section 4).
func cmdAvbl(_ context.Context, s *session, arg string) {
	p := s.resolve(arg)
	info, err := s.login.View.Stat(p)
	if err == nil && !info.IsDir() {
		err = tree.ErrNoDir
	}
	if errors.Is(err, fs.ErrPermission) {
		err = s.login.View.Enter(p) // a drop box
	}
	if err != nil {
		s.fail(arg, err)
		return
	}
	free, err := s.login.View.Free(p)
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.reply(213, strconv.FormatInt(free, 10))
}
