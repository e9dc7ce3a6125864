package ftpd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"strings"

	"trawl/ftpd/tree"
)

// lister writes one listing: of a directory, of a single entry, or of what a pattern matches.
type lister struct {
	listOptions
	view   *tree.View
	log    *slog.Logger
	memory *memory
	line   liner
	paths  bool // the entries of a directory are shown by paths, not by names
	follow bool // links are shown as what they lead to
	depth  int  // how deep directories may lie below the root; 0 or less is any depth

	path    string                // clean and absolute, in raw bytes
	shown   string                // as the client wrote it, in raw bytes
	opened  *tree.Entries         // the directory whose entries are listed, or nil
	pattern bool                  // it is a pattern
	spells  func(p string) string // how the path of what matches it is shown
	only    tree.Entry
	without string // a name in the root that is left out, or ""

	cells *columns // of a listing in columns
	buf   []byte   // scratch of entry
}

// close closes what the listing has opened.
func (l *lister) close() {
	if l.opened != nil {
		l.opened.Close()
	}
}

// open opens a directory of the listing.
func (l *lister) open(p string) (*tree.Entries, error) {
	d, err := l.view.Entries(p)
	if err != nil {
		return nil, err
	}
	d.By(l.clock)
	return d, nil
}

// errDeep is the error of a listing of directories that lie deeper than a path may be.
var errDeep = errors.New("deeper than a path may be")

// write writes the listing. An error means that it is not whole.
func (l *lister) write(ctx context.Context, w *bufio.Writer) error {
	if l.cells == nil {
		return l.lines(ctx, w)
	}
	defer l.cells.drop()
	if err := l.lines(ctx, w); err != nil {
		return err
	}
	return l.cells.flush(w)
}

// lines writes the lines of the listing.
func (l *lister) lines(ctx context.Context, w *bufio.Writer) error {
	switch {
	case l.pattern:
		return l.matches(ctx, w)
	case l.opened == nil:
		return l.entry(w, nil, &l.only, cmp.Or(l.shown, "."))
	case l.recursive:
		return l.tree(ctx, w)
	}
	prefix := ""
	if l.paths && l.shown != "" {
		prefix = strings.TrimSuffix(l.shown, "/") + "/"
	}
	return l.directory(ctx, w, l.opened, l.path, prefix, func(*tree.Entry) error { return nil })
}

// section is a directory of ls -lR that is still to be listed.
type section struct{ dir, shown string }

// costs returns the memory that a section takes.
func (s section) costs() int64 { return int64(len(s.dir)+len(s.shown)) + 64 }

// matches writes a line for each entry that matches the pattern. If the listing is recursive, the sections of the directories
// among them follow.
func (l *lister) matches(ctx context.Context, w *bufio.Writer) error {
	var r recursion
	defer func() { l.memory.give(r.taken) }()
	err := l.glob(ctx, func(d *tree.Entries, e *tree.Entry, p string) error {
		shown := l.spells(p)
		if err := l.entry(w, d, e, shown); err != nil || !l.recursive || !descends(e) {
			return err
		}
		return r.add(l, section{strings.Clone(p), strings.Clone(shown)})
	})
	if err != nil {
		return err
	}
	slices.Reverse(r.todo)
	return l.sections(ctx, w, &r)
}

// tree writes the directory and all below it in the form of ls -lR. It does not follow links, nor into a mount from above.
func (l *lister) tree(ctx context.Context, w *bufio.Writer) error {
	var r recursion
	defer func() { l.memory.give(r.taken) }()
	if err := l.section(ctx, w, &r, l.opened, section{l.path, cmp.Or(l.shown, ".")}); err != nil {
		return err
	}
	return l.sections(ctx, w, &r)
}

// recursion is what is still to be listed of a recursive listing: the next one last.
type recursion struct {
	todo  []section
	taken int64 // of the memory, for todo
}

// descends reports whether a recursive listing goes into an entry.
func descends(e *tree.Entry) bool { return e.Mode.IsDir() && !e.Mount }

// add remembers a directory whose entry was listed.
func (r *recursion) add(l *lister, s section) error {
	if !l.memory.take(s.costs()) {
		return errMemory
	}
	r.taken += s.costs()
	r.todo = append(r.todo, s)
	return l.checkDepth(s.dir)
}

// sections writes the sections of the directories that are still to be listed, and of all below them. A directory that the user
// may not read, or that was removed meanwhile, has no section, because an empty section would say that the directory is empty.
func (l *lister) sections(ctx context.Context, w *bufio.Writer, r *recursion) error {
	for len(r.todo) > 0 {
		at := r.todo[len(r.todo)-1]
		r.todo = r.todo[:len(r.todo)-1]
		l.memory.give(at.costs())
		r.taken -= at.costs()
		d, err := l.open(at.dir)
		switch {
		case errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, tree.ErrName):
			l.log.Debug("left out of a listing", "path", at.dir, "err", err)
			continue
		case err != nil:
			return unread(err)
		}
		_, _ = w.WriteString("\r\n") // bufio keeps the error for the next call
		err = l.section(ctx, w, r, d, at)
		d.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// section writes one section, of an open directory.
func (l *lister) section(ctx context.Context, w *bufio.Writer, r *recursion, d *tree.Entries, at section) error {
	from := len(r.todo)
	_, _ = w.WriteString(l.form.Encode(at.shown) + ":\r\n")
	err := l.directory(ctx, w, d, at.dir, "", func(e *tree.Entry) error {
		if !descends(e) {
			return nil
		}
		return r.add(l, section{path.Join(at.dir, e.Name), strings.TrimSuffix(at.shown, "/") + "/" + e.Name})
	})
	slices.Reverse(r.todo[from:])
	return err
}

// checkDepth refuses what lies too deep.
func (l *lister) checkDepth(p string) error {
	if l.depth > 0 && strings.Count(p, "/") > l.depth {
		return errDeep
	}
	return nil
}

// directory writes a line for each entry of an open directory, with a prefix before its name, and then calls each.
func (l *lister) directory(ctx context.Context, w *bufio.Writer, d *tree.Entries, p, prefix string, each func(*tree.Entry) error) error {
	if l.all {
		if err := dotsOf(l.view, p, func(e *tree.Entry) error { return l.entry(w, nil, e, prefix+e.Name) }); err != nil {
			return err
		}
	}
	err := l.sequence().read(ctx, d, func(e *tree.Entry) error {
		if e.Name == l.without && p == "/" {
			return nil
		}
		if err := l.entry(w, d, e, prefix+e.Name); err != nil {
			return err
		}
		return each(e)
	})
	if err != nil || l.cells == nil {
		return err
	}
	return l.cells.flush(w)
}

// sequence returns how the entries of a directory are read.
func (l *lister) sequence() sequence {
	return sequence{order: l.order, reverse: l.reverse, memory: l.memory, names: !l.long && !l.marks && !l.recursive && !l.follow}
}

// dotsOf calls each with "." and ".." of a directory (the parent of the root is the root). A ".." that the user does not know
// is left out.
func dotsOf(view *tree.View, dir string, each func(*tree.Entry) error) error {
	for _, name := range []string{".", ".."} {
		at := path.Join(dir, name)
		info, err := view.Stat(at)
		switch {
		case name == ".." && (errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)):
			continue
		case err != nil:
			return err
		}
		e := view.EntryOf(at, name, info)
		if err := each(&e); err != nil {
			return err
		}
	}
	return nil
}

// entry writes one line. The entry is one of d, or of no directory that is open.
func (l *lister) entry(w *bufio.Writer, d *tree.Entries, e *tree.Entry, shown string) error {
	if l.follow && d != nil && e.Mode&fs.ModeSymlink != 0 {
		to, err := d.Follow(e)
		if err != nil {
			return unlessAbsent(err)
		}
		e = &to
	}
	target := ""
	if l.long && d != nil && e.Mode&fs.ModeSymlink != 0 {
		target, _ = d.Target(e.Name) // a link without a target is listed too
	}
	l.buf = l.line(l.buf[:0], e, shown, target)
	if l.cells != nil {
		return l.cells.add(w, l.buf)
	}
	l.buf = append(l.buf, '\r', '\n')
	_, err := w.Write(l.buf)
	return err
}
