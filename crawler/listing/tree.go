package listing

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"path"
	"strings"

	"trawl/crawler/listing/packed"
	"trawl/index"
	"trawl/index/hashes"
)

// tree keeps the directories of a listing of a whole tree: those whose headers
// were read ("./pub/linux:"), and those that are open in a list of paths.
type tree struct {
	root   index.Path
	alias  string // the absolute path that the listing calls root, if it differs
	headed bool   // there was a header
	flat   bool   // no headers: each name is a path
	void   bool   // the section that is read is outside of root
	seed   maphash.Seed
	seen   hashes.Table  // of the directories that were begun
	memory packed.Memory // for seen, or nil
	above  []*directory  // open ones that hold the one that is read, root first
	spare  []*directory
	open   int        // weight of above
	prefix []byte     // of the path before, up to its last slash
	within index.Path // what prefix stands for
}

func newTree(root index.Path, flat bool, memory packed.Memory) *tree {
	return &tree{root: root, flat: flat, seed: maphash.MakeSeed(), memory: memory}
}

// again reports whether a directory was begun before, and remembers it.
func (t *tree) again(dir index.Path) (was bool, err error) {
	hash := maphash.String(t.seed, string(dir))
	if _, was := t.seen.Get(hash); was {
		return true, nil
	}
	if t.memory != nil && !t.memory.Spend(hashes.Cost) {
		return false, fmt.Errorf("after %d directories: %w", t.seen.Len(), packed.ErrMemory)
	}
	t.seen.Put(hash)
	return false, nil
}

// forget returns the memory for seen to the budget.
func (t *tree) forget() {
	if t.memory != nil {
		t.memory.Restore(int64(t.seen.Len()) * hashes.Cost)
	}
}

// isHeader reports whether a line may be the header of a section. The name of a directory may
// begin with a blank: then the line must follow a blank one.
func isHeader(line []byte, after bool) bool {
	return len(line) > 1 && line[len(line)-1] == ':' && len(line) < 8192 &&
		(line[0] != ' ' || after && !bytes.HasPrefix(line, []byte("   ")))
}

// slashed returns the path in a header with slashes in place of the backslashes of Windows:
// ".\\pub" => "./pub", "C:\\pub" => "/C:/pub". A name of another system may have a backslash in it.
func slashed(path []byte, dialect string) []byte {
	drive := len(path) > 1 && path[1] == ':' && isLetter(path[0]) && (len(path) == 2 || path[2] == '\\' || path[2] == '/')
	dotted := bytes.HasPrefix(path, []byte(`.\`)) || bytes.HasPrefix(path, []byte(`\`))
	if !drive && !dotted && dialect != "dos" {
		return path
	}
	path = bytes.ReplaceAll(path, []byte{'\\'}, []byte{'/'})
	if drive {
		path = append([]byte{'/'}, path...)
	}
	return path
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// section begins the directory that a header names. If abroad is set, the path begins with a device
// or drive of the server, and the first one is what the listing calls root.
func (s *scan) section(ln line, name []byte, abroad bool) error {
	abroad = abroad || len(name) > 2 && name[0] == '/' && name[2] == ':'
	if !s.tree.headed && len(s.rows) > 0 && name[0] == '/' {
		s.tree.alias = s.above(string(name))
		s.tree.headed = s.tree.alias != ""
	}
	dir, ok := s.tree.header(name, abroad)
	if !ok {
		s.lose(ln.n, ln.text)
		s.tree.void = true
		return nil
	}
	s.tree.void = false
	if dir == s.dir && len(s.rows) == 0 && s.parts == 0 {
		return nil
	}
	if err := s.end(); err != nil {
		return err
	}
	return s.open(dir)
}

// above returns what the listing calls root if it names none before the entries of root: the path
// above that which is an entry of root. It is "" if root has the first name of the path.
//
//	entries pub, top; C:/ftp/pub => C:/ftp
func (s *scan) above(dir string) string {
	dir = path.Clean(dir)
	var found string
	for at := dir; at != "/"; at = path.Dir(at) {
		if s.holds(path.Base(at)) {
			found = path.Dir(at)
		}
	}
	return strings.TrimSuffix(found, "/")
}

// holds reports whether the open directory has an entry of that name.
func (s *scan) holds(name string) bool {
	for i := range s.rows {
		if r := &s.rows[i]; string(s.arena[r.name:r.target]) == name {
			return true
		}
	}
	return false
}

// open begins a directory. One that was begun before comes in pieces, none of which
// is all of it.
func (s *scan) open(dir index.Path) error {
	s.begin(dir)
	again, err := s.tree.again(dir)
	if again {
		s.cut("it is listed in several places")
	}
	return err
}

// close ends all directories.
func (s *scan) close() error {
	if s.tree != nil {
		for len(s.tree.above) > 0 {
			if err := s.pop(); err != nil {
				return err
			}
		}
	}
	return s.end()
}

// header resolves a header. If the first one is an absolute path outside of root, it
// is the name that the listing gives to root.
func (t *tree) header(name []byte, abroad bool) (index.Path, bool) {
	if !t.headed {
		t.headed = true
		if name[0] == '/' {
			clean := index.Path(path.Clean(string(name)))
			if abroad || !clean.Within(t.root) {
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
	if rest := bytes.TrimPrefix(name, []byte("./")); isClean(rest) {
		return t.root.Join(string(rest)), true
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

// isClean reports whether name is a relative path that path.Clean would not change
// and that does not begin with a dot.
func isClean(name []byte) bool {
	before := byte('/')
	for _, c := range name {
		if before == '/' && (c == '/' || c == '.') {
			return false
		}
		before = c
	}
	return before != '/'
}
