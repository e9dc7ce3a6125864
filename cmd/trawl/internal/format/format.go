// Package format reads and fills the templates of --format: fields as curl and rpm write them, with the escapes of a
// shell's printf.
//
//	%{size}\t%{url}
package format

import (
	"fmt"
	"slices"
	"strings"

	"trawl/search/query"
)

// Format is a template of a record.
type Format struct{ parts []part }

// part is a field, or a text.
type part struct{ field, text string }

// Parse reads a template of fields:
//
//	%{url}           the field url
//	%%               a percent sign
//	\n \r \t \0 \\   line feed, carriage return, tab, NUL, backslash
func Parse(template string, fields []string) (Format, error) {
	var f Format
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			f.parts = append(f.parts, part{text: text.String()})
			text.Reset()
		}
	}
	named := false
	for rest := template; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "%%"):
			text.WriteByte('%')
			rest = rest[2:]
		case rest[0] == '%':
			name, after, err := field(rest, fields)
			if err != nil {
				return Format{}, err
			}
			flush()
			f.parts = append(f.parts, part{field: name})
			named, rest = true, after
		case rest[0] == '\\':
			c, err := escaped(rest)
			if err != nil {
				return Format{}, err
			}
			text.WriteByte(c)
			rest = rest[2:]
		default:
			text.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	if !named {
		return Format{}, fmt.Errorf("it names no field, such as %%{%s}; there are %s", fields[0], strings.Join(fields, ", "))
	}
	return f, nil
}

// field reads the name of a field at the beginning of a text that begins with a percent sign.
func field(text string, fields []string) (name, rest string, err error) {
	open, is := strings.CutPrefix(text, "%{")
	name, rest, closed := strings.Cut(open, "}")
	switch {
	case !is:
		return "", "", fmt.Errorf("a field is written %%{%s}, and a percent sign %%%%", fields[0])
	case !closed:
		return "", "", fmt.Errorf("%%{%s has no closing brace", name)
	case slices.Contains(fields, name):
		return name, rest, nil
	}
	if near := query.Nearest(name, fields); near != "" {
		return "", "", fmt.Errorf("there is no field %q; did you mean %%{%s}?", name, near)
	}
	return "", "", fmt.Errorf("there is no field %q; there are %s", name, strings.Join(fields, ", "))
}

// escaped reads the character at the beginning of a text that begins with a backslash.
func escaped(text string) (byte, error) {
	if len(text) > 1 {
		if i := strings.IndexByte(`nrt0\`, text[1]); i >= 0 {
			return "\n\r\t\x00\\"[i], nil
		}
		return 0, fmt.Errorf(`there is no escape %s; there are \n, \r, \t, \0 and \\`, text[:2])
	}
	return 0, fmt.Errorf(`a backslash at the end escapes nothing; write it as \\`)
}

// Ended reports whether a record ends with a line feed or a NUL of the template itself.
func (f Format) Ended() bool {
	last := f.parts[len(f.parts)-1].text
	return strings.HasSuffix(last, "\n") || strings.HasSuffix(last, "\x00")
}

// Append appends a record to a buffer.
func (f Format) Append(to []byte, value func(field string) string) []byte {
	for _, p := range f.parts {
		if p.field != "" {
			to = append(to, value(p.field)...)
		} else {
			to = append(to, p.text...)
		}
	}
	return to
}
