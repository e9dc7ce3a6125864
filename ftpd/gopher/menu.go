package gopher

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"trawl/ftpd/tree"
)

// menu is a folder that is sent.
type menu struct {
	*session
	path    string
	entries *tree.Entries
	items   bool // each item as Gopher+ asks for it, and nothing else
	out     *bufio.Writer
	line    []byte
	held    int64 // entries that are held to sort them
}

// mostSorted is how many entries all menus hold at once to sort them. A folder for which there is no room comes in the order in which it
// is read.
const mostSorted = 400_000

// menu opens a folder, and returns what sends it: folders first, then files, each in the order of their names.
func (s *session) menu(p string, items bool) (send func() error, err error) {
	entries, err := s.login.View.Entries(p)
	if err != nil {
		return nil, err //nolint:wrapcheck // of the tree
	}
	return func() error {
		defer entries.Close()
		m := &menu{session: s, path: p, entries: entries, items: items, out: bufio.NewWriterSize(s.out, 32<<10)}
		defer func() { s.sorted.Add(-m.held) }()
		s.shows("list", p)
		return s.transfer(strings.TrimSuffix(p, "/")+"/", m.send)
	}, nil
}

// send sends the menu. If the folder cannot be read to its end, an error is its last item, and the line that ends menus is missing.
func (m *menu) send() error {
	failed := m.fill()
	if failed != nil {
		if _, err := m.out.Write(nowhere().append(nil, kindError, "This folder could not be read to its end.")); err != nil {
			return err //nolint:wrapcheck // of the connection
		}
	} else {
		_, _ = m.out.WriteString(lastLine)
	}
	if err := m.out.Flush(); err != nil {
		return err //nolint:wrapcheck // of the connection
	}
	if failed != nil {
		return errors.Join(failed, m.hangUp())
	}
	return nil
}

// fill sends all lines but the last.
func (m *menu) fill() error {
	list, ended, err := m.hold()
	if err != nil {
		return err
	}
	if ended && !m.login.View.Mounted(m.path) { // a mount has an order of its own
		slices.SortFunc(list, byName)
	}
	m.begin(list)
	for {
		for i := range list {
			if err := m.entry(&list[i]); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
		list, err = m.entries.Append(list[:0])
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return err //nolint:wrapcheck // of the tree
		}
	}
}

// hold reads the folder to its end, or as far as there is room.
func (m *menu) hold() (list []tree.Entry, ended bool, err error) {
	for !ended {
		from := len(list)
		list, err = m.entries.Append(list)
		if ended = errors.Is(err, io.EOF); err != nil && !ended {
			return nil, false, err //nolint:wrapcheck // of the tree
		}
		kept := list[:from]
		for i := from; i < len(list); i++ {
			is, err := m.described(&list[i])
			if err != nil {
				return nil, false, err
			}
			if is {
				kept = append(kept, list[i])
			}
		}
		list = kept
		more := int64(len(list) - from)
		m.held += more
		if m.sorted.Add(more) > mostSorted {
			break
		}
	}
	return list, ended, nil
}

// described completes an entry. It reports false if that was removed meanwhile.
func (m *menu) described(e *tree.Entry) (bool, error) {
	err := m.entries.Describe(e)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err //nolint:wrapcheck // of the tree
}

// byName puts folders first, and then orders by name.
func byName(a, b tree.Entry) int {
	rank := func(e *tree.Entry) int {
		if e.Mode.IsDir() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.Name, b.Name))
}

// begin sends what stands above the files: the text of the folder, and the ways up and to the search. An error is met again by what
// follows.
func (m *menu) begin(list []tree.Entry) {
	if m.items {
		_, _ = m.out.WriteString(plusHead)
	} else {
		for _, text := range m.readme(list) {
			_, _ = m.out.WriteString(info(text))
		}
	}
	switch {
	case m.path == "/" && m.Find != nil:
		_ = m.item(m.here(findSelector), kindSearch, "Search")
	case m.path != "/" && !m.items:
		_ = m.item(m.here(selector(path.Dir(m.path))), kindMenu, "..")
	}
}

// item sends an item.
func (m *menu) item(at place, kind byte, title string) error {
	m.line = m.line[:0]
	if m.items {
		m.line = append(m.line, plusItem...)
	}
	m.line = at.append(m.line, kind, title)
	_, err := m.out.Write(m.line)
	return err //nolint:wrapcheck // of the connection
}

// entry sends the item of an entry. An entry that is neither a file nor a folder has none.
func (m *menu) entry(e *tree.Entry) error {
	if is, err := m.described(e); !is {
		return err
	}
	at, name := path.Join(m.path, e.Name), e.Name
	if e.Mode&fs.ModeSymlink != 0 {
		var is bool
		if *e, at, is = m.follow(e); !is {
			return nil
		}
	}
	kind := kindOfMode(name, e.Mode)
	if kind == 0 {
		return nil
	}
	return m.item(m.here(selector(at)), kind, string(appendTitle(nil, e, shown(name))))
}

// follow returns what a link leads to, and its path. That of a folder is the folder's own if that is known: a client that walks through
// all menus comes to each folder once.
func (m *menu) follow(link *tree.Entry) (to tree.Entry, at string, is bool) {
	v := m.login.View
	at = path.Join(m.path, link.Name)
	info, err := v.Stat(at)
	if err != nil {
		return to, "", false
	}
	to = v.EntryOf(at, link.Name, info)
	if !info.IsDir() {
		return to, at, true
	}
	target, err := m.entries.Target(link.Name)
	if err != nil {
		return to, at, true
	}
	if !path.IsAbs(target) {
		target = path.Join(m.path, target)
	}
	target = path.Clean(target)
	if there, err := v.Stat(target); err == nil && there.IsDir() && v.EntryOf(target, "", there).Ident == to.Ident {
		return to, target, true
	}
	return to, at, true
}
