package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is the size of the largest file that is read: who mistakes an image for settings learns it at once.
const maxFile = 4 << 20

// Value is a value of a file that is neither a table nor an array of tables.
type Value struct {
	Key    string // "search.limit", "user[1].name"
	Line   int
	Text   string   // without quotes; a list has its values between commas; that of a secret is "set"
	List   []string // of an array
	IsList bool
	kind   unstable.Kind
}

// Value returns the value as a program takes it: a list of texts, a truth, a number, or a text.
func (v *Value) Value() any {
	switch {
	case v.IsList:
		return append([]string{}, v.List...)
	case v.kind == unstable.Bool:
		return v.Text == "true"
	case v.kind == unstable.Integer:
		if n, err := strconv.ParseInt(strings.ReplaceAll(v.Text, "_", ""), 0, 64); err == nil {
			return n
		}
	}
	return v.Text
}

// Faults is all that is wrong with a file: a line each.
type Faults []error

// Error returns the first fault, and how many there are.
func (f Faults) Error() string {
	if len(f) > 1 {
		return fmt.Sprintf("%v (and %d more; trawl config check lists them)", f[0], len(f)-1)
	}
	return f[0].Error()
}

// Unwrap returns all faults.
func (f Faults) Unwrap() []error { return f }

// faults returns the faults of some checks; nil if there are none.
func faults(checks ...error) error {
	checks = slices.DeleteFunc(checks, func(err error) bool { return err == nil })
	if len(checks) == 0 {
		return nil
	}
	return Faults(checks)
}

// Read reads a file. An error is one line: file, line, what is wrong and how to mend it. If more is wrong, it is Faults. The
// values stand for themselves; Check looks at what they mean together.
func (s *Schema) Read(path string) (*File, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return s.parse(path, data)
}

// readFile returns the text of a file, without the mark that some editors put before it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("read settings: %w; run trawl as a user who may read it, or name another file with --config", err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read settings: %w; name one that exists", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("read settings: %s is a folder; name a file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read settings: %w", err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("read settings: %s has more than %d MiB; settings are a short text", path, maxFile>>20)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// parse reads the text of a file.
func (s *Schema) parse(path string, data []byte) (*File, error) {
	f := &File{path: path, where: where{}, given: map[string]string{}}
	var all map[string]any
	if err := f.decode(data, &all); err != nil { // it finds what stands twice, in all tables
		return nil, err
	}
	if err := f.collect(s, data); err != nil {
		return nil, err
	}
	if err := f.decode(data, f); err != nil {
		return nil, err
	}
	if err := faults(f.problems(reflect.ValueOf(f).Elem(), "")...); err != nil {
		return nil, err
	}
	return f, nil
}

// decode decodes the text of a file.
func (f *File) decode(data []byte, into any) error {
	err := toml.Unmarshal(data, into)
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		return fmt.Errorf("%s:%d: %s", f.path, line, plain(wrong))
	case err != nil:
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

// collect finds the values and the lines of all settings. Keys that are not known are faults; so are those in other letters, which TOML's
// decoder accepts: there would be two of one.
func (f *File) collect(s *Schema, data []byte) error {
	var wrong []error
	told := map[string]bool{}
	err := walk(data, func(v setting) {
		f.where[v.path] = v.line
		if !v.holds {
			value := Value{Key: v.path, Line: v.line, Text: v.text, List: v.list, IsList: v.array, kind: v.kind}
			if v.array {
				value.Text = strings.Join(v.list, ",")
			}
			if IsSecret(v.path) && !s.isFlag(v.names) {
				value.Text = "set"
			}
			f.values = append(f.values, value)
		}
		text := s.unknown(v.names)
		if text == "" {
			text = s.misplaced(v)
		}
		if text != "" && !told[text] { // a table that is not known is one fault, with all that is in it
			told[text] = true
			wrong = append(wrong, fmt.Errorf("%s:%d: %s", f.path, v.line, text))
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return faults(wrong...)
}

// plain rewords an error of TOML without the names of Go's types, and without the text, which may be a secret.
func plain(err *toml.DecodeError) string {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	what, _, found := strings.Cut(strings.TrimPrefix(text, "cannot decode TOML "), " into ")
	if found && len(err.Key()) > 0 {
		return fmt.Sprintf("%s takes no %s; trawl help settings shows what it takes", err.Key()[len(err.Key())-1], what)
	}
	return text
}

// problems returns the values that are wrong, with their lines. The value can be addressed.
func (f *File) problems(v reflect.Value, path string) (all []error) {
	if p, ok := reflect.TypeAssert[interface{ problem() error }](v.Addr()); ok {
		if err := p.problem(); err != nil {
			return []error{f.wrong(path, err)}
		}
		return nil
	}
	for _, p := range parts(v) {
		all = append(all, f.problems(p.value, path+p.name)...)
	}
	return all
}

// part is a value in a table or an array, with what a path has for it: ".name", "[1]".
type part struct {
	name  string
	value reflect.Value
}

// parts returns the values of a table or an array.
func parts(v reflect.Value) (all []part) {
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if name := field.Tag.Get("toml"); name != "" {
				all = append(all, part{"." + name, value})
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, part{fmt.Sprintf("[%d]", i), v.Index(i)})
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			p := reflect.New(value.Type()).Elem()
			p.Set(value)
			all = append(all, part{"." + key.String(), p})
		}
	default:
	}
	return all
}

// wrong returns an error about a setting, with the place where it stands.
func (f *File) wrong(path string, err error) error {
	path = strings.TrimPrefix(path, ".")
	if from := f.given[path]; from != "" {
		return fmt.Errorf("%s: %w", from, err)
	}
	if line := f.where.line(path); f.path != "" {
		return fmt.Errorf("%s:%d: %w", f.path, line, err)
	}
	return err
}

// Values returns all values of the file in their order.
func (f *File) Values() []Value { return f.values }

// Value returns the value that a key has in the file.
func (f *File) Value(key string) (Value, bool) {
	i := slices.IndexFunc(f.values, func(v Value) bool { return v.Key == key })
	if i < 0 {
		return Value{}, false
	}
	return f.values[i], true
}
