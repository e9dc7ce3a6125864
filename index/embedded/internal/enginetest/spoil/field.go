package spoil

import (
	"encoding/binary"
	"path/filepath"
	"regexp"
	"strings"
)

// Field is a part of a file that has a meaning of its own.
type Field struct {
	Name     string // equal for fields that mean the same
	from, to int64
}

// span is a part of a file, in bytes.
type span struct{ from, to int64 }

// file is what is known of the bytes of a file.
type file struct {
	data   []byte
	fields []Field
	live   []span // what answers depend on; nil is everything
}

// field adds a field of n bytes, and returns the offset behind it.
func (f *file) field(name string, at int64, n int) int64 {
	if n > 0 && at+int64(n) <= int64(len(f.data)) {
		f.fields = append(f.fields, Field{name, at, at + int64(n)})
	}
	return at + int64(n)
}

// uvarint adds a field that is a uvarint, and returns its value and the offset behind it.
func (f *file) uvarint(name string, at int64) (value uint64, end int64) {
	value, n := binary.Uvarint(f.data[at:])
	return value, f.field(name, at, max(n, 0))
}

// layout is a series of fields of fixed lengths.
type layout []struct {
	name string
	n    int
}

// lay adds the fields of a layout, and returns the offset behind it.
func (f *file) lay(prefix string, at int64, l layout) int64 {
	for _, part := range l {
		at = f.field(prefix+part.name, at, part.n)
	}
	return at
}

// number matches the numbers in paths.
var number = regexp.MustCompile(`[0-9a-f]+\.zap$|[0-9]+`)

// KindOf returns the kind of a file of a catalogue by its path: dictionary/7/names is of the kind
// dictionary/N/names.
func KindOf(path string) string {
	return number.ReplaceAllStringFunc(path, func(s string) string {
		if strings.HasSuffix(s, ".zap") {
			return "N.zap"
		}
		return "N"
	})
}

// read finds the fields of a file by its path.
func read(path string, data []byte) (*file, error) {
	f := &file{data: data}
	base := filepath.Base(path)
	switch {
	case len(data) == 0:
	case base == "trawl.lock":
		f.live = []span{}
	case base == "trawl.db.sums":
		at := f.lay("", 0, layout{{"checksum", 4}, {"version", 4}, {"transaction", 8}, {"sum of the meta page", 8}})
		f.field("sum of a page", at, len(data)-int(at))
	case base == "trawl.db", base == "root.bolt":
		f.live = []span{}
		return f, (&boltReader{file: f, truth: base == "trawl.db"}).run()
	case strings.HasSuffix(base, ".zap"), strings.HasPrefix(base, "grams"):
		f.segment()
	case base == "names":
		return f, f.names()
	case base == "state":
		f.state()
	case strings.HasSuffix(base, ".json"):
		f.json()
	}
	return f, nil
}

// json adds each character of a JSON file, and each of its words.
func (f *file) json() {
	for _, at := range regexp.MustCompile(`[{}\[\]":,]|\w+`).FindAllIndex(f.data, -1) {
		f.field(string(f.data[at[0]:at[1]]), int64(at[0]), at[1]-at[0])
	}
}

// block adds the fields of an encoded block (package block).
func (f *file) block(prefix string, at, end int64) {
	at = f.lay(prefix, at, layout{{"version", 1}, {"checksum", 4}, {"checksum of numbers", 4}, {"checksum of directories", 4}})
	for _, name := range []string{"host", "depth", "taken"} {
		_, at = f.uvarint(prefix+name, at)
	}
	names, at := f.uvarint(prefix+"length of names", at)
	numbers, at := f.uvarint(prefix+"length of numbers", at)
	at = f.field(prefix+"names", at, int(names/2))
	at = f.field(prefix+"numbers", at, int(numbers))
	f.field(prefix+"directories", at, int(end-at))
}
