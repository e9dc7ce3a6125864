package query

import (
	"iter"
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
	blanks  bool                                   // the value may have blanks in it
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
		return p.otherField(t)
	case strings.TrimSpace(t.text) == "" && !t.quoted:
		if n := p.apart(f, t); n != nil {
			return n, nil
		}
		return nil, p.fail(t.pos, t.field+": needs a value", "such as "+f.example)
	case f.whole:
		p.whole = append(p.whole, t.pos)
	}
	n, err := f.read(p, t)
	if err != nil && f.blanks {
		if n := p.apart(f, t); n != nil {
			return n, nil
		}
	}
	return n, err
}

// mostBlanks is how many words the value of a field goes on in.
const mostBlanks = 3

// apart reads the value of a field that goes on behind a blank, or returns nil.
//
//	size: >1GB    => size:>1GB
//	time:<30 days => time:<30d
func (p *parser) apart(f field, t token) Node {
	before := *p
	noted := len(p.notes)
	for range mostBlanks {
		next := p.tok
		if next.sort != value || next.field != "" || next.regexp || t.end == len(p.text) {
			break
		}
		if t.text == "" {
			next.field = t.field
			next.pos, t = t.pos, next
		} else {
			t.text, t.pattern, t.end = t.text+next.text, t.pattern+next.pattern, next.end
		}
		p.advance()
		if n, err := f.read(p, t); err == nil {
			if f.whole {
				p.whole = append(p.whole, t.pos)
			}
			if len(p.notes) == noted {
				p.note("the value of " + f.name + ": was taken from behind the blank")
			}
			return n
		}
		if !f.blanks {
			break
		}
	}
	*p = before
	return nil
}

// otherField reads a field that the language does not have: that of another program by its
// meaning, a URL, or a word with a colon, as in the titles of films. It refuses a slip, and the
// times of other programs, with the mend.
func (p *parser) otherField(t token) (Node, error) {
	if place, err := Parse(ofURL(t.field+":"+t.text), p.now); err == nil {
		p.note("the URL was read as " + clean(short(place.String())))
		return place, nil
	}
	name := alias(t.field)
	msg := "there is no field " + t.field + ":"
	switch near := Nearest(t.field, fieldNames()); {
	case t.text == "" && !t.quoted:
		return Word{Text: p.text[t.pos:t.end]}, nil
	case aboutTime(t.field):
		return nil, p.failSure(t.pos, msg, p.timeHint(t))
	case aboutOrder(t.field):
		return nil, p.failSure(t.pos, msg, "a query has no order: choose it beside the query, such as --sort size")
	case aboutExpressions(t.field) && t.text != "":
		p.note(t.field + ": was read as a regular expression")
		t.text, t.regexp = p.text[t.at:t.end], true
		return p.match(t, Anywhere)
	case sizeSign(t.field) != "" && t.text != "":
		t.text = sizeSign(t.field) + t.text
		p.note(t.field + ": was read as size:" + sizeSign(t.field))
		return p.size(t)
	case name != "":
		f, _ := fieldNamed(name)
		p.note(t.field + ": was read as " + name + ":")
		if f.whole {
			p.whole = append(p.whole, t.pos)
		}
		return f.read(p, t)
	case near != "" && t.field != "not" && p.fits(near, t): // not:word is an exclusion of others
		return nil, p.mended(p.failSure(t.pos, msg, "did you mean "+near+":?"), t.pos, t.pos+len(t.field), near)
	}
	field := p.text[t.pos:t.at]
	p.note(field + " is no field, so that " + clean(short(field+t.text)) + " was read as a word")
	return Word{Text: field + t.text}, nil
}

// fits reports whether a field reads the value of a token.
func (p *parser) fits(name string, t token) bool {
	f, _ := fieldNamed(name)
	_, err := f.read(&parser{text: p.text, now: p.now}, t)
	return err == nil
}

// fieldNames returns the names of all fields.
func fieldNames() (names []string) {
	for _, f := range fields() {
		names = append(names, f.name)
	}
	return names
}

// short cuts a text that is quoted in a note.
func short(s string) string {
	const most = 60 // characters
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
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
	for v := range listed(t.text) {
		if !slices.Contains(allowed, v) {
			msg := "there is no " + t.field + " " + quote(v)
			if near := Nearest(v, allowed); near != "" {
				err := p.failSure(t.at, msg, "did you mean "+t.field+":"+near+"?")
				return nil, p.mended(err, t.at, t.end, strings.Replace(strings.ToLower(p.text[t.at:t.end]), v, near, 1))
			}
			return nil, p.fail(t.at, msg, t.field+": is one of "+strings.Join(allowed, ", "))
		}
		of = append(of, v)
	}
	return sorted(of), nil
}

// listed returns the values of a list, with commas or semicolons between, in lower case.
func listed(text string) iter.Seq[string] {
	return strings.SplitSeq(strings.ReplaceAll(strings.ToLower(text), ";", ","), ",")
}

// sorted sorts and removes doubles.
func sorted(of []string) []string {
	slices.Sort(of)
	return slices.Compact(of)
}
