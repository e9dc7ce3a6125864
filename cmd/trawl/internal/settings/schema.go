package settings

import (
	"reflect"
	"slices"
	"strings"

	"trawl/search/query"
)

// Schema is all keys that a file may have: those of File, and those of flags.
type Schema struct{ top *node }

// node is a key: a table if it has names, else a value.
type node struct {
	names map[string]*node
	free  bool // the names are of the file's own choice, as folders are
	flag  bool // a value that a flag takes, not File
}

// NewSchema returns the keys of File and those of flags: "search.limit".
func NewSchema(flags ...string) *Schema {
	return newSchema(described(reflect.TypeFor[File]()), flags)
}

// OnlyKeys returns a schema that has no keys of File.
func OnlyKeys(keys ...string) *Schema { return newSchema(new(node), keys) }

func newSchema(top *node, flags []string) *Schema {
	s := &Schema{top}
	for _, key := range flags {
		n := s.top
		for name := range strings.SplitSeq(key, ".") {
			next := n.names[name]
			if next == nil {
				next = &node{flag: true}
				if n.names == nil {
					n.names = map[string]*node{}
				}
				n.names[name] = next
			}
			n = next
		}
	}
	return s
}

// described returns the keys of a type.
func described(t reflect.Type) *node {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	n := &node{free: t.Kind() == reflect.Map || t.Kind() == reflect.Interface}
	if t.Kind() != reflect.Struct {
		return n
	}
	for field := range t.Fields() {
		name := field.Tag.Get("toml")
		if name == "" {
			continue
		}
		if n.names == nil {
			n.names = map[string]*node{}
		}
		n.names[name] = described(field.Type)
	}
	return n
}

// unknown words the error of a key that is not known; "" if it is.
func (s *Schema) unknown(key []string) string {
	n := s.top
	for i, part := range key {
		if n.names == nil && !n.flag { // of the file's own choice, or a value whose kind the decoder refuses
			return ""
		}
		if next := n.names[part]; next != nil {
			n = next
			continue
		}
		in := "at the top"
		if i > 0 {
			in = "in [" + strings.Join(key[:i], ".") + "]"
		}
		if n.names == nil {
			return strings.Join(key[:i], ".") + " is no table; write it as " + key[i-1] + " = ..."
		}
		return "there is no setting " + quoted(part) + " " + in + s.mend(part, n)
	}
	return ""
}

// misplaced words the error of a table in the place of a value that a flag takes, or the other way round; "" if neither is.
func (s *Schema) misplaced(v setting) string {
	n := s.top
	for _, part := range v.names {
		if n = n.names[part]; n == nil {
			return ""
		}
	}
	last := v.names[len(v.names)-1]
	switch {
	case !n.flag:
		return "" // the decoder refuses it
	case n.names == nil && v.holds:
		return strings.Join(v.names, ".") + " is no table; write it as " + last + " = ..."
	case n.names != nil && !v.holds && (!v.array || len(v.list) > 0):
		return last + " is a table; write [" + strings.Join(v.names, ".") + "] in a line of its own, and its settings below"
	}
	return ""
}

// mend names the nearest of the names of a table, or all of them. At the top, the table of the name may be missing.
func (s *Schema) mend(name string, n *node) string {
	var all []string
	for known := range n.names {
		all = append(all, known)
	}
	if best := query.Nearest(name, sorted(all)); best != "" {
		return "; did you mean " + best + "?"
	}
	for _, key := range s.top.keys("") {
		if n == s.top && strings.HasSuffix(key, "."+name) {
			return "; did you mean " + key + "?"
		}
	}
	return "; there are " + strings.Join(all, ", ")
}

// keys returns all keys below a table.
func (n *node) keys(path string) (all []string) {
	for name, next := range n.names {
		all = append(all, join(path, name))
		all = append(all, next.keys(join(path, name))...)
	}
	slices.Sort(all)
	return all
}

// isFlag reports whether a flag takes the value of a key.
func (s *Schema) isFlag(key []string) bool {
	n := s.top
	for _, part := range key {
		if n = n.names[part]; n == nil {
			return false
		}
	}
	return n.flag
}

// IsSecret reports whether nobody may see the value of a key: it is a password, or the hash of one.
func IsSecret(key string) bool {
	name := key[strings.LastIndex(key, ".")+1:]
	return name == "password" || name == "secret" || name == "token"
}
