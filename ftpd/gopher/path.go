package gopher

import (
	"errors"
	"path"
	"strings"

	"trawl/ftpd/names"
)

// errDeep is the error of a path with more folders than the limits allow.
var errDeep = errors.New("this path is too deep")

// webPrefix begins the selectors of items that are no files, but URLs.
const webPrefix = "URL:"

// selector returns the selector of a path, which is the path itself. A byte that cannot stand in a line, or is no UTF-8, has the form of
// package names, which every client hands back as it is. A name in the root that looks like a URL is not taken for one.
//
//	/caf<E9> => /caf<U+EFE9>
//	/a<TAB>b => /a<U+EF09>b
//	/URL:x   => /./URL:x
func selector(p string) string {
	if strings.HasPrefix(p, "/"+webPrefix) {
		p = "/." + p
	}
	return shown(p)
}

// shown returns raw bytes as a text without any control character.
func shown(raw string) string { return names.Line(names.Encode(raw)) }

// resolve returns the path that a selector means: see meant.
func (s *session) resolve(sent string) (string, error) {
	p := meant(sent, func(p string) bool {
		_, err := s.login.View.Lstat(p)
		return err == nil
	})
	if strings.Count(p, "/") > s.limits.Depth {
		return "", errDeep
	}
	return p, nil
}

// meant returns the path that a selector means: clean, absolute and in raw bytes. No path leads above the root. The form of package names
// is understood and, if exists knows only these, the bytes themselves.
func meant(sent string, exists func(p string) bool) string {
	return clean(names.Find(sent, func(raw string) bool { return exists(clean(raw)) }))
}

func clean(raw string) string { return path.Clean("/" + raw) }
