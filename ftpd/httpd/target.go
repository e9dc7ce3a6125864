package httpd

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"trawl/ftpd/names"
)

// errTarget is the error of a request whose path no file can have.
var errTarget = errors.New("no file can have this path")

// target is what a request is about.
type target struct {
	path   string // clean, absolute, in raw bytes
	folder bool   // it was written with a slash at its end
	plain  bool   // it was written as path says
}

// targetOf reads the path of a request. Each part is decoded by itself, so that no %2F divides parts; . and .. are resolved here, in
// any spelling.
//
//	/pub/caf%E9       => /pub/caf\xe9
//	/pub/./%2e%2e//a/ => /a, folder
//	/a%2fb            => errTarget
func targetOf(u *url.URL) (t target, err error) {
	written := u.EscapedPath()
	if written == "" {
		written = "/"
	}
	if written[0] != '/' {
		return t, errTarget
	}
	parts := strings.Split(written, "/")
	for i, part := range parts {
		if parts[i], err = url.PathUnescape(part); err != nil || strings.ContainsAny(parts[i], "/\x00") {
			return t, errTarget
		}
	}
	raw := strings.Join(parts, "/")
	last := parts[len(parts)-1]
	t = target{path: path.Clean(raw), folder: last == "" || last == "." || last == ".."}
	t.plain = raw == t.path || raw == t.path+"/"
	return t, nil
}

// find makes the path that of the file that is meant: see [names.Find].
func (s *session) find(t *target) {
	if raw := names.Decode(t.path); raw == t.path {
		return
	}
	t.path = names.Find(t.path, func(raw string) bool {
		_, err := s.login.View.Lstat(raw)
		return err == nil
	})
}

// escape returns a path as a URL has it: "/caf\xe9:" => "/caf%E9%3A". A name is escaped so that it can stand in a page, and so that
// no browser takes it for a scheme.
func escape(p string) string { return string(appendEscaped(nil, p)) }

func appendEscaped(b []byte, p string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(p) {
		switch c := p[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~/+,=@!", c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

// redirect sends the client to the path itself, with a slash if it is a folder. The address is
// made of the path and is no copy of what the client has written, so it leads nowhere else.
func redirect(w http.ResponseWriter, q asked, p string, folder bool) {
	to := escape(p)
	if folder && p != "/" {
		to += "/"
	}
	if query := q.query(); query != "" {
		to += "?" + query
	}
	w.Header().Set("Location", to)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}

// asked is what a request says of how a folder is shown.
type asked struct {
	sort    string // "name", "size" or "time"
	reverse bool
	json    bool
	login   bool // the client wants to give a password
}

// askedFor reads the query of a request, and what it accepts. Unknown parameters are left out.
func askedFor(r *http.Request) asked {
	a := asked{sort: "name"}
	if r.URL.RawQuery != "" {
		q := r.URL.Query()
		if s := q.Get("sort"); s == "size" || s == "time" {
			a.sort = s
		}
		a.reverse, a.json, a.login = q.Get("order") == "desc", q.Get("format") == "json", q.Has("login")
	}
	if accept := r.Header.Get("Accept"); !a.json {
		a.json = strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
	}
	return a
}

// query returns a query that asks for the same, without the login.
func (a asked) query() string {
	var parts []string
	if a.sort != "name" {
		parts = append(parts, "sort="+a.sort)
	}
	if a.reverse {
		parts = append(parts, "order=desc")
	}
	if a.json {
		parts = append(parts, "format=json")
	}
	return strings.Join(parts, "&")
}
