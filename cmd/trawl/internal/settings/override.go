package settings

import (
	"encoding"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Scalar is a setting of File that a flag can give: a text, a number, or a list of them.
type Scalar struct {
	Key     string // "limits.sessions"
	About   string // its meaning
	Kind    string // a word for what it takes
	Default string // what holds without it, as a file has it; "" is nothing
	Bool    bool
	List    bool
}

// IsPath reports whether the setting is a path on the disk.
func (s *Scalar) IsPath() bool { return s.Kind == "file" || s.Kind == "folder" }

// Scalars returns the scalars of File in their order.
func Scalars() []Scalar { return scalarsOf(reflect.TypeFor[File](), "") }

func scalarsOf(t reflect.Type, path string) (all []Scalar) {
	for field := range t.Fields() {
		name, about := field.Tag.Get("toml"), field.Tag.Get("about")
		switch kind := field.Type.Kind(); {
		case name == "" || kind == reflect.Map || kind == reflect.Slice && about == "":
			continue // tables of the file's own choice: a flag cannot give them
		case about == "":
			all = append(all, scalarsOf(field.Type, join(path, name))...)
		default:
			all = append(all, Scalar{
				Key: join(path, name), About: about, Kind: field.Tag.Get("kind"), Default: field.Tag.Get("default"),
				Bool: kind == reflect.Bool || field.Type == reflect.TypeFor[*bool](), List: kind == reflect.Slice || kind == reflect.Interface,
			})
		}
	}
	return all
}

// CheckScalar returns an error for a text that a setting does not take.
func CheckScalar(key, text string) error { return new(File).set(key, text) }

// Override gives a setting another value than that of the file. The text from says where it comes from, for errors: "--ftp-tls".
// Relative paths count from the working directory.
func (f *File) Override(s *Scalar, text, from string) error {
	if s.IsPath() && text != "" {
		abs, err := filepath.Abs(text)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		text = abs
	}
	if err := f.set(s.Key, text); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if f.given == nil {
		f.given = map[string]string{}
	}
	f.given[s.Key] = from
	return nil
}

// set sets a scalar.
func (f *File) set(key, text string) error {
	v := reflect.ValueOf(f).Elem()
	for name := range strings.SplitSeq(key, ".") {
		for field, value := range v.Fields() {
			if field.Tag.Get("toml") == name {
				v = value
				break
			}
		}
	}
	return setValue(v, text)
}

// setValue reads a value from a text. Lists have commas between their values.
func setValue(v reflect.Value, text string) error {
	if p, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := p.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		if p, ok := p.(interface{ problem() error }); ok {
			return p.problem()
		}
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return setValue(v.Elem(), text)
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		v.SetBool(on)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Slice:
		all := reflect.Zero(v.Type())
		for _, item := range SplitList(text) {
			value := reflect.New(v.Type().Elem()).Elem()
			if err := setValue(value, item); err != nil {
				return err
			}
			all = reflect.Append(all, value)
		}
		v.Set(all)
	case reflect.Interface: // a switch, or a list of names
		v.Set(reflect.ValueOf(eitherOf(text)))
	default:
		return fmt.Errorf("%q cannot be given here; write it in the file", text)
	}
	return nil
}

// eitherOf returns a switch or a list of names, as a file would have it.
func eitherOf(text string) any {
	if on, err := strconv.ParseBool(text); err == nil {
		return on
	}
	names := []any{}
	for _, name := range SplitList(text) {
		names = append(names, name)
	}
	return names
}

// SplitList returns the values of a list that a flag or a variable has: "a, b" => a, b.
func SplitList(text string) (all []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, item)
		}
	}
	return all
}
