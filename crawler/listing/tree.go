package listing

import (
	"bytes"
	"path"

	"trawl/index"
)

// tree resolves the headers of a recursive listing, "./pub/linux:".
type tree struct {
	root   index.Path
	alias  string // the absolute path that the listing calls root, if it differs
	headed bool   // there was a header
	dotted bool   // headers begin with "./"
}

// isHeader reports whether a line may be the header of a section.
func isHeader(line []byte) bool {
	return len(line) > 1 && line[len(line)-1] == ':' && len(line) < 8192 && line[0] != ' '
}

// section begins the directory that a header names.
func (s *scan) section(ln line) error {
	name := ln.text[:len(ln.text)-1]
	dir, ok := s.tree.header(name)
	if !ok {
		s.lose(ln.n, ln.text)
		return nil
	}
	if dir == s.dir && s.open {
		return nil
	}
	return s.begin(dir)
}

// header resolves a header. The first one, where it is an absolute path outside
// of root, tells what the listing calls root.
func (t *tree) header(name []byte) (index.Path, bool) {
	if !t.headed {
		t.headed = true
		t.dotted = bytes.HasPrefix(name, []byte("./")) || string(name) == "."
		if name[0] == '/' {
			clean := index.Path(path.Clean(string(name)))
			if !clean.Within(t.root) {
				t.alias = string(clean)
			}
		}
	}
	return t.resolve(name)
}

// resolve returns the directory of a name; false if it is not within root.
func (t *tree) resolve(name []byte) (index.Path, bool) {
	if len(name) == 0 || bytes.IndexByte(name, 0) >= 0 || len(name) > 8192 {
		return "", false
	}
	p := string(name)
	if p[0] != '/' {
		p = path.Join(string(t.root), p)
	} else {
		p = path.Clean(p)
		if t.alias != "" {
			if p != t.alias && !index.Path(p).Within(index.Path(t.alias)) {
				return "", false
			}
			p = path.Join(string(t.root), p[len(t.alias):])
		}
	}
	dir := index.Path(p)
	return dir, dir.Within(t.root)
}
