package ftpd

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/names"
)

func cmdList(ctx context.Context, s *session, arg string) { s.list(ctx, arg, true) }

// cmdNlst answers NLST with paths that a client can use as they are (RFC 1123
// section 4.1.2.7): those of "NLST pub" start with "pub/".
func cmdNlst(ctx context.Context, s *session, arg string) { s.list(ctx, arg, false) }

// list answers LIST, which is always long, and NLST.
func (s *session) list(ctx context.Context, arg string, long bool) {
	l, err := s.newLister(arg, long, s.form)
	if err != nil {
		s.fail(arg, err)
		return
	}
	s.sendList(ctx, l.path, l.write, l.close)
}

// sendList sends a listing over the data connection. Its lines end in CR LF in every TYPE, or are records. It calls closed at the end, in
// any case.
func (s *session) sendList(ctx context.Context, p string, write func(context.Context, *bufio.Writer) error, closed func()) {
	coding := s.params.coding
	s.start(ctx, task{
		label: "the listing of " + names.Encode(p), begin: "Opening ASCII mode data connection for file list",
		event: Event{Kind: Sent, Path: strings.TrimSuffix(p, "/") + "/"},
		close: closed,
		move: func(ctx context.Context, c *dtp.Conn) (func() error, error) {
			return done, encode(c, coding.Listing, func(w io.Writer) error {
				b := bufio.NewWriterSize(w, 64<<10)
				return cmp.Or(write(ctx, b), b.Flush())
			})
		},
	})
}

// maxStat is how much of a listing is held before any of it is sent over the control connection.
const maxStat = 256 << 10

// statPath answers STAT with a path: LIST on the control connection, with reply
// 212 for a directory and 213 for a file (RFC 959 section 4.2). Its lines start
// with a letter, a dash or a blank, so a client cannot mistake them for the end. Of a directory they begin with . and .., as
// those of other servers do. A path that is not there is 450, the only code that section 5.4 has for it. A listing that fails is
// answered by 451; if a part of it was sent already, the session ends, since no other code may end such a reply.
func statPath(ctx context.Context, s *session, arg string) {
	l, err := s.newLister(arg, true, names.UTF8)
	if err != nil {
		_, reason := verdict(err)
		s.reply(450, short(arg)+": "+reason)
		return
	}
	defer l.close()
	l.recursive, l.all = false, true
	code := 213
	if l.opened != nil {
		code = 212
	}
	var held bytes.Buffer
	w := bufio.NewWriterSize(&overflow{held: &held, to: s.control}, 8<<10)
	fmt.Fprintf(w, "%d-Status of %s:\r\n", code, names.Encode(l.path))
	switch err := cmp.Or(l.write(ctx, w), w.Flush()); {
	case err == nil:
		_, _ = s.Write(held.Bytes()) // an error is met again when the next reply is sent
		s.reply(code, "End")
	case held.Len() > 0:
		s.log.Debug("listing was cut", "path", l.path, "err", err)
		s.reply(451, "It could not be read to its end.")
	default:
		s.log.Debug("listing was cut", "path", l.path, "err", err)
		s.ended = true
	}
}

// overflow holds what is written, until that is more than maxStat. From then on it passes all on.
type overflow struct {
	held *bytes.Buffer
	to   *control
	over bool
}

func (o *overflow) Write(p []byte) (int, error) {
	if o.over || o.held.Len()+len(p) <= maxStat {
		if o.over {
			return o.to.Write(p)
		}
		return o.held.Write(p)
	}
	o.over = true
	if _, err := o.to.Write(o.held.Bytes()); err != nil {
		return 0, err
	}
	o.held.Reset()
	return o.to.Write(p)
}

// newLister returns the lister of what the argument of LIST, NLST or STAT names. If there is nothing of that name, it
// may be a pattern.
func (s *session) newLister(arg string, long bool, form names.Form) (*lister, error) {
	r, info, err := s.choose(readings(arg))
	if s.Plain {
		r.listOptions = listOptions{}
	}
	p := s.resolve(r.name)
	l := &lister{
		listOptions: r.listOptions, view: s.login.View, log: s.log, memory: s.sorting,
		path: p, shown: tidy(names.Decode(r.name)), depth: s.limits().Depth, follow: s.Links == FollowLinks,
	}
	l.long, l.form = l.long || long, form
	l.paths = !l.long
	l.line = newNameLine(l.listOptions)
	switch {
	case l.across:
		l.long, l.cells = false, &columns{memory: s.sorting}
	case l.long && s.Style == WindowsStyle:
		l.line, l.all = newWindowsLine(l.listOptions), false
	case l.long:
		l.line = newLongLine(l.listOptions)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && isPattern(p) && s.startsPattern(p):
		l.pattern, err = true, nil
		l.spells = s.spelling(l.shown)
	case err != nil:
		return nil, err
	case info.IsDir() && !l.itself:
		l.opened, err = l.open(p)
	default:
		l.only = s.login.View.EntryBy(l.clock, p, "", info)
	}
	return l, err
}

// choose returns the first reading that names something, and what it names. If none does, it is the last one that is a
// pattern, or else the first.
func (s *session) choose(all []reading) (r reading, info fs.FileInfo, err error) {
	for i, other := range all {
		there, failed := s.login.View.Stat(s.resolve(other.name))
		if i == 0 || !errors.Is(failed, fs.ErrNotExist) || isPattern(other.name) {
			r, info, err = other, there, failed
		}
		if !errors.Is(failed, fs.ErrNotExist) {
			break
		}
	}
	return r, info, err
}

// tidy returns a path as the client wrote it, without slashes that say nothing.
//
//	..///a/ => ../a
func tidy(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	if p == "/" {
		return p
	}
	return strings.TrimSuffix(p, "/")
}

// spelling returns how the path of what matches a pattern is shown: as the client wrote it, up to the first part that is a
// pattern.
//
//	./a/x*, of which /home/a/x1 matches => ./a/x1
func (s *session) spelling(pattern string) func(p string) string {
	dir, _ := cutPattern(s.absolute(pattern))
	parts := strings.Split(pattern, "/")
	n := slices.IndexFunc(parts, isPattern)
	if n < 0 {
		n = len(parts) - 1
	}
	written := strings.Join(parts[:n], "/")
	if n > 0 {
		written += "/"
	}
	if s.absolute(written) != dir { // a pattern lies before ".."
		return func(p string) string { return p }
	}
	above := strings.TrimSuffix(dir, "/") + "/"
	return func(p string) string { return written + strings.TrimPrefix(p, above) }
}

// startsPattern reports whether the directory is there from which a pattern starts.
func (s *session) startsPattern(p string) bool {
	dir, _ := cutPattern(p)
	info, err := s.login.View.Stat(dir)
	return err == nil && info.IsDir()
}
