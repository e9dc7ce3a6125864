package query

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// fields are the names of fields, with an example of each.
func fields() []struct{ name, example string } {
	return []struct{ name, example string }{
		{"name", "name:kernel"},
		{"path", "path:/pub/**/*.iso"},
		{"dir", "dir:/pub/linux"},
		{"host", "host:ftp.example.org"},
		{"ext", "ext:iso,img"},
		{"type", "type:video"},
		{"kind", "kind:dir"},
		{"size", "size:>700MB"},
		{"time", "time:2024-05..2024-07"},
		{"places", "places:>1"},
		{"case", "case:README"},
		{"text", `text:"linux kernel"`},
	}
}

// Types returns the values of type:.
func Types() []string {
	return []string{
		"video", "audio", "image", "archive", "disk", "document", "source",
		"package", "font", "text", "executable",
	}
}

// field makes a leaf of a token that has a field.
func (p *parser) field(t token) (Node, error) {
	if err := p.known(t); err != nil {
		return nil, err
	}
	switch t.field {
	case "name":
		return p.match(t, InName)
	case "path":
		return p.match(t, InPath)
	case "dir":
		return p.match(t, InDir)
	case "case":
		return p.match(t, AsWritten)
	case "host":
		return p.host(t)
	case "ext":
		return p.ext(t)
	case "type":
		of, err := p.list(t, Types())
		return Type{of}, err
	case "kind":
		t.text = strings.NewReplacer("directory", "dir", "folder", "dir", "symlink", "link").Replace(strings.ToLower(t.text))
		of, err := p.list(t, []string{"file", "dir", "link"})
		return Kind{of}, err
	case "size":
		return p.size(t)
	case "time":
		return p.time(t)
	case "places":
		p.whole = append(p.whole, t.pos)
		return p.places(t)
	default:
		if t.glob {
			return nil, p.fail(t.at, "text: looks for whole words and knows no patterns", "write them out: text:"+quote("linux kernel"))
		}
		if !strings.ContainsFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			return nil, p.fail(t.at, "there is no word in this", `such as text:"linux kernel"`)
		}
		p.whole = append(p.whole, t.pos)
		return Text{strings.Join(strings.Fields(t.text), " ")}, nil
	}
}

// known refuses fields that there are not, and those without a value.
func (p *parser) known(t token) error {
	var names []string
	for _, f := range fields() {
		names = append(names, f.name)
		if f.name == t.field && strings.TrimSpace(t.text) == "" {
			return p.fail(t.pos, t.field+": needs a value", "such as "+f.example)
		}
	}
	if slices.Contains(names, t.field) {
		return nil
	}
	if near := nearest(t.field, names); near != "" {
		return p.fail(t.pos, "there is no field "+t.field+":", "did you mean "+near+":?")
	}
	if place := ofURL(t.field + ":" + t.text); place != "" {
		return p.fail(t.pos, "there is no field "+t.field+":", "what is at a URL is found by "+place)
	}
	return p.fail(t.pos, "there is no field "+t.field+":",
		"to search for the text itself, quote it: "+quote(t.field+":"+t.text))
}

// ofURL returns the query that finds the file or directory of a URL, or "" if s is no
// URL or that of a web page.
//
//	ftp://h/pub/a%20b/ => host:h path:"/pub/a b"
func ofURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || slices.Contains([]string{"http", "https"}, u.Scheme) {
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

// host reads the name of a host, or its URL.
//
//	host:ftp://user@ftp.example.org:2121/pub/ => host:ftp.example.org:2121
func (p *parser) host(t token) (Node, error) {
	name := strings.ToLower(t.text)
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name, _, _ = strings.Cut(rest, "/")
		name = name[strings.LastIndexByte(name, '@')+1:]
	}
	if name == "" || strings.Contains(name, "/") {
		return nil, p.fail(t.at, "this is no host", "such as host:ftp.example.org; what is in its directory pub is found by dir:/pub")
	}
	return Host{name}, nil
}

func (p *parser) ext(t token) (Node, error) {
	var of []string
	for v := range strings.SplitSeq(strings.ToLower(t.text), ",") {
		v = strings.TrimLeft(strings.TrimPrefix(v, "*"), ".")
		if v == "" || strings.Contains(v, "/") {
			return nil, p.fail(t.at, "an extension is missing", "such as ext:iso or ext:tar.gz,zip")
		}
		if t.glob && strings.ContainsAny(v, "*?") {
			return nil, p.fail(t.at, "an extension has no wildcards", "did you mean *."+v+"?")
		}
		of = append(of, v)
	}
	return Ext{sorted(of)}, nil
}

func (p *parser) places(t token) (Node, error) {
	lo, hi, ok := interval(t.text, 1, func(s string) (int64, int64, bool) {
		n, err := strconv.ParseInt(s, 10, 32)
		return n, n, err == nil && n >= 0
	})
	switch {
	case !ok:
		return nil, p.fail(t.at, "places: counts hosts and paths, and this is no number", "such as places:>1 or places:2..5")
	case lo > hi:
		return nil, p.fail(t.at, "nothing has so many places", "the smaller one comes first: places:2..5")
	}
	return Places{int(lo), int(hi)}, nil
}

// sorted sorts and removes doubles.
func sorted(of []string) []string {
	slices.Sort(of)
	return slices.Compact(of)
}

// interval reads >x, >=x, <x, <=x, x..y, x.., ..y or x into the numbers from lo
// to hi inclusive; lowest is the least there is. one reads what stands for x: a
// number, or all from its first to its last.
func interval(s string, lowest int64, one func(string) (first, last int64, ok bool)) (lo, hi int64, ok bool) {
	lo, hi = lowest, math.MaxInt64
	var first, last int64
	switch {
	case strings.HasPrefix(s, ">="):
		lo, _, ok = one(s[2:])
	case strings.HasPrefix(s, "<="):
		_, hi, ok = one(s[2:])
	case strings.HasPrefix(s, ">"):
		_, last, ok = one(s[1:])
		lo = last + 1
		ok = ok && last < math.MaxInt64
	case strings.HasPrefix(s, "<"):
		first, _, ok = one(s[1:])
		hi = first - 1
	case strings.Contains(s, ".."):
		from, to, _ := strings.Cut(s, "..")
		ok = from != "" || to != ""
		if from != "" {
			lo, _, ok = one(from)
		}
		if to != "" && ok {
			_, hi, ok = one(to)
		}
	default:
		lo, hi, ok = one(strings.TrimPrefix(s, "="))
	}
	return lo, hi, ok
}
