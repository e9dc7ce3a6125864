package ftpd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// inOrder is how many entries of a directory are sorted by name. The rest of a larger
// directory is listed in the order in which it is read, so that memory does not grow
// with it.
const inOrder = 4096

// entry is one line of a listing.
type entry struct {
	name   string // as the listing writes it
	info   fs.FileInfo
	target string // of a symbolic link
}

// readDir calls each with every entry of a directory.
func (s *session) readDir(p string, each func(entry) error) error {
	dir, err := s.openDir(p)
	if err != nil {
		return err
	}
	defer dir.Close()
	return s.readOpenDir(dir, p, each)
}

// openDir opens a directory. The caller closes it.
func (s *session) openDir(p string) (fs.ReadDirFile, error) {
	f, err := s.FS.Open(inFS(p))
	if err != nil {
		return nil, err
	}
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		f.Close()
		return nil, errNoDir
	}
	return dir, nil
}

// readOpenDir does what readDir does, for an open directory.
func (s *session) readOpenDir(dir fs.ReadDirFile, p string, each func(entry) error) error {
	for first := true; ; first = false {
		batch, err := dir.ReadDir(inOrder)
		if first {
			slices.SortFunc(batch, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
		}
		for _, d := range batch {
			e, err := s.describe(p, d)
			if errors.Is(err, fs.ErrNotExist) {
				continue // it was removed while the directory was read
			}
			if err == nil {
				err = each(e)
			}
			if err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), err == nil && len(batch) == 0:
			return nil
		case err != nil:
			return err
		}
	}
}

// describe returns the entry d of the directory p.
func (s *session) describe(p string, d fs.DirEntry) (entry, error) {
	info, err := d.Info()
	if err != nil {
		return entry{}, err
	}
	e := entry{name: d.Name(), info: info}
	if info.Mode()&fs.ModeSymlink != 0 {
		e.target, _ = fs.ReadLink(s.FS, inFS(path.Join(p, d.Name()))) // a link without a target is listed too
	}
	return e, nil
}

// listOptions are the options of LIST and NLST, as of ls.
type listOptions struct {
	all       bool // -a: with . and ..
	itself    bool // -d: a directory itself, not its entries
	recursive bool // -R
	long      bool // LIST, or -l
}

// parseList reads the argument of LIST and NLST: options as of ls, then a path.
// Options that only change the order or the look are ignored. "--" ends the options.
//
//	-alR /pub   => all, long, recursive, "/pub"
//	-- -file    => "-file"
func parseList(arg string) (o listOptions, name string) {
	for strings.HasPrefix(arg, "-") {
		word, rest, _ := strings.Cut(arg, " ")
		if word == "--" {
			return o, rest
		}
		o.all = o.all || strings.Contains(word, "a")
		o.itself = o.itself || strings.Contains(word, "d")
		o.recursive = o.recursive || strings.Contains(word, "R")
		o.long = o.long || strings.Contains(word, "l")
		arg = strings.TrimLeft(rest, " ")
	}
	return o, arg
}

func cmdList(ctx context.Context, s *session, arg string) {
	o, name := parseList(arg)
	o.long = true
	s.list(ctx, o, name)
}

// cmdNlst answers NLST with paths that a client can use as they are (RFC 1123
// section 4.1.2.7): those of "NLST pub" start with "pub/".
func cmdNlst(ctx context.Context, s *session, arg string) {
	o, name := parseList(arg)
	s.list(ctx, o, name)
}

func (s *session) list(ctx context.Context, o listOptions, name string) {
	l, err := s.newLister(o, name)
	if err != nil {
		s.fail(name, err)
		return
	}
	s.sendList(ctx, s.resolve(name), l.write)
}

// sendList sends a listing over the data connection.
func (s *session) sendList(ctx context.Context, p string, write func(*bufio.Writer) error) {
	s.send(ctx, payload{
		label: "the listing of " + p,
		write: func(w *dataConn) error { return w.buffered(write) },
		close: func() {},
	})
}

// statPath answers STAT with a path: LIST on the control connection, with reply
// 212 for a directory and 213 for a file (RFC 959 section 4.2). Its lines start
// with a letter or a dash, so a client cannot mistake them for the end.
func statPath(_ context.Context, s *session, arg string) {
	o, name := parseList(arg)
	o.long, o.recursive = true, false
	l, err := s.newLister(o, name)
	if err != nil {
		s.fail(name, err)
		return
	}
	code := 213
	if l.dir != "" {
		code = 212
	}
	w := bufio.NewWriterSize(s.control, 8<<10)
	fmt.Fprintf(w, "%d-Status of %s:\r\n", code, oneLine(s.resolve(name)))
	if err := errors.Join(l.write(w), w.Flush()); err != nil {
		s.log.Debug("listing was cut", "path", name, "err", err)
		s.reply(code, "The listing is cut: it could not be read to its end.")
		return
	}
	s.reply(code, "End")
}

// lister writes one listing, of a directory or of some entries.
type lister struct {
	*session
	listOptions
	dir     string // path of the directory; "" if only entries are listed
	shown   string // the directory as the client wrote it
	entries []entry
	now     time.Time
	line    []byte // scratch
}

// newLister returns the lister of the directory or file that name means. With *, ?
// or [ in the last part, a name may mean several of them.
func (s *session) newLister(o listOptions, name string) (*lister, error) {
	l := &lister{session: s, listOptions: o, shown: name, now: time.Now()}
	p := s.resolve(name)
	info, err := s.stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path.Base(p), "*?["):
		l.entries, err = s.glob(name)
		return l, err
	case err != nil:
		return nil, err
	case info.IsDir() && !o.itself:
		l.dir = p
	default:
		l.entries = []entry{{name: cmp.Or(name, "."), info: info}}
	}
	return l, nil
}

// glob returns the entries that match a pattern. Their names begin with the directory
// as the pattern writes it.
func (s *session) glob(pattern string) ([]entry, error) {
	p := s.resolve(pattern)
	shown := pattern[:strings.LastIndexByte(pattern, '/')+1]
	var found []entry
	err := s.readDir(path.Dir(p), func(e entry) error {
		match, err := path.Match(path.Base(p), e.name)
		if match {
			e.name = shown + e.name
			found = append(found, e)
		}
		return err
	})
	if err == nil && found == nil {
		err = fs.ErrNotExist
	}
	return found, err
}

// write writes the listing.
func (l *lister) write(w *bufio.Writer) error {
	switch {
	case l.dir == "":
		for _, e := range l.entries {
			if err := l.entry(w, e); err != nil {
				return err
			}
		}
		return nil
	case l.recursive && l.long:
		return l.tree(w)
	case l.long:
		_, err := l.directory(w, l.dir, "")
		return err
	}
	return l.names(w)
}

// names writes the paths of the entries of the directory.
func (l *lister) names(w *bufio.Writer) error {
	prefix := l.shown
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return l.readDir(l.dir, func(e entry) error {
		e.name = prefix + e.name
		return l.entry(w, e)
	})
}

// tree writes the directory and all below it in the form of ls -lR. It does not
// follow links. A directory that cannot be read has no section, because an empty
// section would say that the directory is empty.
func (l *lister) tree(w *bufio.Writer) error {
	type section struct{ dir, shown string }
	todo := []section{{l.dir, cmp.Or(l.shown, ".")}}
	for first := true; len(todo) > 0; first = false {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		header := oneLine(at.shown) + ":\r\n"
		if !first {
			header = "\r\n" + header
		}
		below, err := l.directory(w, at.dir, header)
		switch {
		case errors.Is(err, fs.ErrPermission) && !first, errors.Is(err, fs.ErrNotExist) && !first:
			l.log.Debug("left out of a listing", "path", at.dir, "err", err)
			continue
		case err != nil:
			return err
		}
		slices.Reverse(below)
		for _, name := range below {
			todo = append(todo, section{path.Join(at.dir, name), strings.TrimSuffix(at.shown, "/") + "/" + name})
		}
	}
	return nil
}

// directory writes the header and a line for each entry. It returns the names of the
// directories among them.
func (l *lister) directory(w *bufio.Writer, p, header string) (below []string, err error) {
	dir, err := l.openDir(p)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if _, err := w.WriteString(header); err != nil {
		return nil, err
	}
	if l.all {
		if err := l.dots(w, p); err != nil {
			return nil, err
		}
	}
	err = l.readOpenDir(dir, p, func(e entry) error {
		if l.recursive && e.info.IsDir() {
			below = append(below, e.name)
		}
		return l.entry(w, e)
	})
	return below, err
}

// dots writes the lines of . and .. (the parent of the root is the root).
func (l *lister) dots(w *bufio.Writer, p string) error {
	for _, name := range []string{".", ".."} {
		info, err := l.stat(path.Join(p, name))
		if err != nil {
			return err
		}
		if err := l.entry(w, entry{name: name, info: info}); err != nil {
			return err
		}
	}
	return nil
}

// entry writes one line.
func (l *lister) entry(w *bufio.Writer, e entry) error {
	l.line = l.line[:0]
	if l.long {
		l.line = e.appendLong(l.line, l.now)
	}
	l.line = append(append(l.line, oneLine(e.name)...), '\r', '\n')
	if l.long && e.target != "" {
		l.line = append(append(append(l.line[:len(l.line)-2], " -> "...), oneLine(e.target)...), '\r', '\n')
	}
	_, err := w.Write(l.line)
	return err
}

// appendLong appends the columns that ls -l has before a name, with the time in UTC:
//
//	-rw-r--r--    1 ftp      ftp          1234 Nov 22 08:16
//	drwxr-xr-x    1 ftp      ftp          4096 Nov 22  2024
func (e entry) appendLong(line []byte, now time.Time) []byte {
	mode := e.info.Mode()
	line = append(line, kindLetter(mode))
	for i, letter := range []byte("rwxrwxrwx") {
		if mode&(1<<(8-i)) == 0 {
			letter = '-'
		}
		line = append(line, letter)
	}
	line = append(line, "    1 ftp      ftp      "...)
	size := strconv.FormatInt(e.info.Size(), 10)
	for range 12 - len(size) {
		line = append(line, ' ')
	}
	line = append(append(line, size...), ' ')
	layout := "Jan _2 15:04 "
	t := e.info.ModTime().UTC()
	if t.IsZero() {
		t = time.Unix(0, 0).UTC()
	}
	if age := now.Sub(t); age > 180*24*time.Hour || age < -24*time.Hour {
		layout = "Jan _2  2006 "
	}
	return t.AppendFormat(line, layout)
}

// kindLetter returns the first letter of a line of ls -l.
func kindLetter(mode fs.FileMode) byte {
	switch {
	case mode.IsDir():
		return 'd'
	case mode&fs.ModeSymlink != 0:
		return 'l'
	case mode&fs.ModeNamedPipe != 0:
		return 'p'
	case mode&fs.ModeSocket != 0:
		return 's'
	case mode&fs.ModeCharDevice != 0:
		return 'c'
	case mode&fs.ModeDevice != 0:
		return 'b'
	}
	return '-'
}
