package query

import (
	"net/url"
	"slices"
	"strings"
)

// field is a field of the language, as in size:>1G.
type field struct {
	name    string
	example string
	read    func(p *parser, t token) (Node, error) // makes a leaf of a token with a value
	regexp  bool                                   // the value may be a regular expression
	whole   bool                                   // it is about whole results: see whole
}

// fields returns all fields. Each has a file of its own, field_*.go.
func fields() []field {
	return []field{
		nameField(), pathField(), dirField(), hostField(), extField(), typeField(), kindField(),
		sizeField(), timeField(), placesField(), caseField(), textField(),
	}
}

// fieldNamed returns the field of a name.
func fieldNamed(name string) (f field, ok bool) {
	all := fields()
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

// wholeFields lists the fields about whole results: "places: and text:".
func wholeFields() string {
	var names []string
	for _, f := range fields() {
		if f.whole {
			names = append(names, f.name+":")
		}
	}
	return strings.Join(names, " and ")
}

// field makes a leaf of a token that has a field.
func (p *parser) field(t token) (Node, error) {
	f, ok := fieldNamed(t.field)
	switch {
	case !ok:
		return nil, p.unknown(t)
	case strings.TrimSpace(t.text) == "":
		return nil, p.fail(t.pos, t.field+": needs a value", "such as "+f.example)
	case f.whole:
		p.whole = append(p.whole, t.pos)
	}
	return f.read(p, t)
}

// unknown refuses a field that does not exist.
func (p *parser) unknown(t token) error {
	var names []string
	for _, f := range fields() {
		names = append(names, f.name)
	}
	msg := "there is no field " + t.field + ":"
	if near := nearest(t.field, names); near != "" {
		return p.fail(t.pos, msg, "did you mean "+near+":?")
	}
	if place := ofURL(t.field + ":" + t.text); place != "" {
		return p.fail(t.pos, msg, "what is at a URL is found by "+place)
	}
	return p.fail(t.pos, msg, "to search for the text itself, quote it: "+quote(t.field+":"+t.text))
}

// ofURL returns the query that finds the file or directory of a URL, or "" if s is no URL.
//
//	ftp://h/pub/a%20b/ => host:h path:"/pub/a b"
func ofURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	place := Host{strings.ToLower(u.Host)}.String()
	if path := strings.TrimRight(u.Path, "/"); path != "" {
		place += " " + Word{Text: path, In: InPath}.String()
	}
	return place
}

// list reads values with commas between, each one of allowed.
func (p *parser) list(t token, allowed []string) ([]string, error) {
	var of []string
	for v := range strings.SplitSeq(strings.ToLower(t.text), ",") {
		if !slices.Contains(allowed, v) {
			hint := t.field + ": is one of " + strings.Join(allowed, ", ")
			if near := nearest(v, allowed); near != "" {
				hint = "did you mean " + t.field + ":" + near + "?"
			}
			return nil, p.fail(t.at, "there is no "+t.field+" "+quote(v), hint)
		}
		of = append(of, v)
	}
	return sorted(of), nil
}

// sorted sorts and removes doubles.
func sorted(of []string) []string {
	slices.Sort(of)
	return slices.Compact(of)
}
