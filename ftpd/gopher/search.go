package gopher

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"trawl/ftpd"
	"trawl/ftpd/tree"
)

// findSelector is the selector of the search. No file has it: theirs begin with a slash.
const findSelector = "find"

// searches reports whether a request is a search. The root takes one, too.
func (s *session) searches(r *request) bool {
	if s.Find == nil {
		return false
	}
	return r.selector == findSelector || strings.Trim(r.selector, "/") == "" && r.field != "" && !r.plus()
}

// search answers a query by a menu of what is found. Without a query it offers the search.
func (s *session) search(ctx context.Context, query string) error {
	s.shows("search", query)
	if strings.TrimSpace(query) == "" {
		return s.say(string(s.here(findSelector).append(nil, kindSearch, "Search")) + lastLine)
	}
	answer, err := s.Find(ctx, s.peer.Addr(), query, s.Results)
	if err != nil {
		s.log.Debug("refused a search", "query", query, "err", err)
		return s.say(failure(verdict(err)))
	}
	var b strings.Builder
	for _, text := range append([]string{"Results of " + query}, said(&answer)...) {
		b.WriteString(info(text))
	}
	b.WriteString(info(""))
	for i := range answer.Found {
		s.writeFound(&b, &answer.Found[i])
	}
	b.WriteString(lastLine)
	return s.say(b.String())
}

// said returns what is said about an answer.
func said(a *ftpd.Answer) []string {
	switch {
	case len(a.Said) > 0:
		return a.Said
	case len(a.Found) == 0:
		return []string{"Nothing is found."}
	case a.More:
		return []string{"There are more. More words narrow them."}
	}
	return nil
}

// writeFound writes the item of what was found, and its place below it.
func (s *session) writeFound(b *strings.Builder, f *ftpd.Found) {
	kind := kindOf(f.Name)
	e := tree.Entry{Size: f.Size, Time: tree.UnknownTime}
	if f.Dir {
		kind, e.Mode = kindMenu, fs.ModeDir
	}
	if !f.Time.IsZero() {
		e.Time = f.Time.Unix()
	}
	at, ok := place{}, false
	switch {
	case f.Path != "":
		at = s.here(selector(path.Clean("/" + f.Path)))
	default:
		if kind, at, ok = ofURL(f.URL, kind); !ok {
			kind, at = kindHTML, s.here(webPrefix+line(f.URL))
		}
	}
	b.Write(at.append(nil, kind, string(appendTitle(nil, &e, line(f.Name)))))
	where := "    " + f.URL
	if f.More > 0 {
		where += fmt.Sprintf(" and %d more", f.More)
	}
	b.WriteString(info(where))
}

// ofURL returns the item of a Gopher URL (RFC 4266). It reports false if the URL is another one, or has what cannot stand in a line.
func ofURL(text string, kind byte) (byte, place, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "gopher" || line(u.Path) != u.Path {
		return kind, place{}, false
	}
	at := place{host: line(u.Hostname()), port: 70}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		at.port = uint16(port)
	}
	if item := strings.TrimPrefix(u.Path, "/"); item != "" {
		if item[0] >= utf8.RuneSelf {
			return kind, place{}, false
		}
		at.selector = item[1:]
		if kind != kindMenu && item[0] != kindBinary {
			kind = item[0]
		}
	}
	return kind, at, true
}
