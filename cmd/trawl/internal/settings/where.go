package settings

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// where is the line of each setting: "ftp.listen" => 3, "user[1].name" => 12.
type where map[string]int

// line returns the line of a setting, or of the table around it.
func (w where) line(path string) int {
	for {
		if n, ok := w[path]; ok {
			return n
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return 1
		}
		path = path[:cut]
	}
}

// join adds a name to the path of a table.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// sorted sorts names.
func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

// setting is a table or a value of a file.
type setting struct {
	path       string   // "user[1].name"; "user[1]" for a table
	names      []string // "user", "name"
	line       int
	table      bool     // its header
	holds      bool     // a table, in a line or in many
	start, end int      // of the value, or of the line of the table
	text       string   // of a value that is neither a table nor an array, without quotes
	list       []string // of an array: such values
	array      bool
	kind       unstable.Kind // of a value
}

// walk calls do for all tables and values in their order.
func walk(data []byte, do func(setting)) error {
	var p unstable.Parser
	p.Reset(data)
	arrays := map[string]int{} // how many tables each array has
	table, above := "", []string(nil)
	line := func(offset int) int { return 1 + bytes.Count(data[:offset], []byte("\n")) }
	for p.NextExpression() {
		e := p.Expression()
		path, names, at := key(e, arrays)
		switch e.Kind {
		case unstable.Table:
			table, above = path, names
			do(setting{path: table, names: names, line: line(at), table: true, holds: true, start: lineStart(data, at)})
		case unstable.ArrayTable:
			table, above = fmt.Sprintf("%s[%d]", path, arrays[path]), names
			arrays[path]++
			do(setting{path: table, names: names, line: line(at), table: true, holds: true, start: lineStart(data, at)})
		case unstable.KeyValue:
			value(e.Value(), setting{path: join(table, path), names: slices.Concat(above, names), line: line(at)}, data, do)
		}
	}
	if err := p.Error(); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return nil
}

// value calls do for a value and what is in it.
func value(v *unstable.Node, s setting, data []byte, do func(setting)) {
	s.start, s.end = int(v.Raw.Offset), int(v.Raw.Offset+v.Raw.Length)
	s.kind, s.holds, s.array = v.Kind, v.Kind == unstable.InlineTable, v.Kind == unstable.Array
	if s.array {
		s.list = scalars(v)
	} else if !s.holds {
		s.text = string(v.Data)
	}
	do(s)
	i := 0
	for children := v.Children(); children.Next(); i++ {
		child := children.Node()
		switch {
		case s.array && child.Kind == unstable.InlineTable:
			value(child, setting{path: fmt.Sprintf("%s[%d]", s.path, i), names: s.names, line: s.line}, data, do)
		case s.holds:
			path, names, at := key(child, nil)
			line := 1 + bytes.Count(data[:at], []byte("\n"))
			value(child.Value(), setting{path: join(s.path, path), names: slices.Concat(s.names, names), line: line}, data, do)
		}
	}
}

// scalars returns the values of an array that are neither tables nor arrays.
func scalars(v *unstable.Node) (all []string) {
	for children := v.Children(); children.Next(); {
		if child := children.Node(); child.Kind != unstable.Array && child.Kind != unstable.InlineTable {
			all = append(all, string(child.Data))
		}
	}
	return all
}

// key returns the key of a table or a value, and where it stands. A table below an array is below its last one.
func key(e *unstable.Node, arrays map[string]int) (path string, parts []string, offset int) {
	first := true
	for names := e.Key(); names.Next(); {
		parts = append(parts, string(names.Node().Data))
		if n := arrays[path]; n > 0 && !first {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
		if first {
			offset, first = int(names.Node().Raw.Offset), false
		}
		path = join(path, string(names.Node().Data))
	}
	return path, parts, offset
}

// lineStart returns where the line of an offset begins.
func lineStart(data []byte, offset int) int { return bytes.LastIndexByte(data[:offset], '\n') + 1 }
