package listing

import (
	"bytes"
	"errors"

	"trawl/index"
)

// maxDepth bounds the directories that are open at once, and maxOpen the bytes that the
// outer ones hold.
const (
	maxDepth = 256
	maxOpen  = 16 << 20
)

var errOpen = errors.New("the directories that are open hold more than the limit")

// put adds an entry to the open directory, or, in a list of paths, to the one that its
// path names. ok is false if that is not within root.
func (s *scan) put(it *item) (ok bool, err error) {
	switch {
	case s.tree == nil || !s.tree.flat:
		if s.tree != nil && s.tree.void {
			return false, nil
		}
		return s.add(it)
	case len(it.name) > 1 && it.name[len(it.name)-1] == '/':
		it.name, it.kind, it.size = bytes.TrimRight(it.name, "/"), index.Dir, index.UnknownSize
	case s.name() == "unix":
		it.name, it.target = unescape(it.name), unescape(it.target)
	}
	if !s.tree.headed {
		// find names root before all else.
		if it.kind == index.Dir && len(it.name) > 0 && it.name[0] == '/' {
			_, ok := s.tree.header(it.name, false)
			return ok, nil
		}
		s.tree.headed = true
	}
	if rest, ok := s.tree.beside(it, s.dir); ok {
		it.name = rest
		return s.add(it)
	}
	p, ok := s.tree.resolve(it.name)
	if !ok || p.Depth()-s.tree.root.Depth() > maxDepth {
		return false, nil
	}
	if p == s.tree.root {
		return true, nil
	}
	if err := s.turn(p.Dir()); err != nil {
		return true, err
	}
	s.tree.remember(it.name, s.dir)
	it.name = []byte(p.Base())
	if string(s.last()) == string(it.name) {
		return true, nil
	}
	if ok, err := s.add(it); !ok || err != nil || it.kind != index.Dir {
		return ok, err
	}
	return true, s.push(p)
}

// unescape undoes what find -ls of GNU does to names: "a\\ file", "caf\\303\\251". A name
// with a space that is not escaped comes from a find that escapes nothing.
func unescape(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	plain := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == ' ' {
			return name
		}
		if c != '\\' || i+1 == len(name) {
			plain = append(plain, c)
			continue
		}
		i++
		if octal := name[i:min(i+3, len(name))]; isOctal(octal) {
			plain = append(plain, (octal[0]-'0')<<6|(octal[1]-'0')<<3|(octal[2]-'0'))
			i += 2
			continue
		}
		if at := bytes.IndexByte([]byte("abfnrtv"), name[i]); at >= 0 {
			plain = append(plain, "\a\b\f\n\r\t\v"[at])
		} else {
			plain = append(plain, name[i])
		}
	}
	return plain
}

// isOctal reports whether b is the three octal digits of a byte.
func isOctal(b []byte) bool {
	return len(b) == 3 && b[0] >= '0' && b[0] <= '3' && b[1] >= '0' && b[1] <= '7' && b[2] >= '0' && b[2] <= '7'
}

// remember keeps how a path in dir was written, for the next ones in dir.
func (t *tree) remember(name []byte, dir index.Path) {
	t.prefix = append(t.prefix[:0], name[:bytes.LastIndexByte(name, '/')+1]...)
	t.within = dir
}

// beside returns the last name of the path of a file that is in dir, the open
// directory, as that before it was.
func (t *tree) beside(it *item, dir index.Path) ([]byte, bool) {
	if it.kind == index.Dir || len(t.prefix) == 0 || t.within != dir {
		return nil, false
	}
	rest, ok := bytes.CutPrefix(it.name, t.prefix)
	return rest, ok && len(rest) > 2 && bytes.IndexByte(rest, '/') < 0
}

// turn makes dir the open directory. It closes those that do not hold dir, for a list
// goes through a tree depth first. It opens those between, and makes them entries of
// the ones above even if the list does not name them.
func (s *scan) turn(dir index.Path) error {
	for !dir.Within(s.dir) {
		if err := s.pop(); err != nil {
			return err
		}
	}
	for s.dir != dir {
		rest := string(dir[len(s.dir):])
		if s.dir != "/" {
			rest = rest[1:]
		}
		name := rest
		if i := bytes.IndexByte([]byte(rest), '/'); i >= 0 {
			name = rest[:i]
		}
		if string(s.last()) == name {
			s.rows[len(s.rows)-1].kind = index.Dir
			s.rows[len(s.rows)-1].size = index.UnknownSize
		} else if _, err := s.add(&item{name: []byte(name), kind: index.Dir, size: index.UnknownSize}); err != nil {
			return err
		}
		if err := s.push(s.dir.Join(name)); err != nil {
			return err
		}
	}
	return nil
}

// push opens a directory within the open one.
func (s *scan) push(dir index.Path) error {
	t := s.tree
	if t.open += s.weight(); t.open > maxOpen {
		return errOpen
	}
	t.above = append(t.above, s.directory)
	s.directory = &directory{}
	if n := len(t.spare); n > 0 {
		s.directory, t.spare = t.spare[n-1], t.spare[:n-1]
	}
	return s.open(dir)
}

// pop closes the open directory and goes on with the one that holds it.
func (s *scan) pop() error {
	if err := s.end(); err != nil {
		return err
	}
	t := s.tree
	if cap(s.rows) < 1000 { // a larger one is not kept for what may be small
		t.spare = append(t.spare, s.directory)
	}
	s.directory, t.above = t.above[len(t.above)-1], t.above[:len(t.above)-1]
	t.open -= s.weight()
	return nil
}

// paths reads a list with nothing but a path a line, as find writes it. A path is a
// directory if a slash ends it, or if a later one lies within it.
type paths struct{}

var _ dialect = paths{}

func (paths) name() string { return "paths" }

func (paths) parse(line []byte, it *item) verdict {
	slash := bytes.IndexByte(line, '/') >= 0
	switch {
	case line[0] == ' ' || line[0] == '#' || line[0] == '<' || line[len(line)-1] == ':':
		return alien
	case bytes.Contains(line, []byte("  ")) || bytes.Contains(line, []byte("://")) || bytes.IndexByte(line, '\t') >= 0:
		return alien
	case !slash && bytes.IndexByte(line, ' ') >= 0:
		return alien
	}
	*it = item{name: line, size: index.UnknownSize}
	return entry
}
