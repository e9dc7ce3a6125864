package web

import (
	"context"
	"path"

	"trawl/index"
)

// pointed returns the path that a link in dir points at.
//
//	/pub, ../mirror => /mirror
func pointed(dir index.Path, target string) index.Path {
	if path.IsAbs(target) {
		return index.Path(path.Clean(target))
	}
	return index.Path(path.Join(string(dir), target))
}

// linkReader says what the links of a page of a directory point at.
type linkReader struct {
	*portal

	at      spot
	entries []index.Entry
	asked   int // of the catalogue
}

// mostFollowed is how many links of a page are looked up in the catalogue.
const mostFollowed = 100

// follow returns the kind of an entry; that of a link is the kind of what it points at, with the path of that. It is
// index.Link where the catalogue does not know.
func (l *linkReader) follow(ctx context.Context, e *index.Entry) (index.Path, index.Kind) {
	if e.Kind != index.Link || e.Target == "" {
		return "", e.Kind
	}
	dir := l.at.path
	to := pointed(dir, e.Target)
	if dir.Within(to) {
		return to, index.Dir
	}
	if to.Dir() == dir {
		for i := range l.entries {
			if l.entries[i].Wire() == to.Base() {
				return to, l.entries[i].Kind
			}
		}
	}
	if l.asked++; l.asked > mostFollowed {
		return to, index.Link
	}
	found, err := l.catalogue.Entry(ctx, l.at.host.ID, to)
	if err != nil {
		return to, index.Link
	}
	return to, found.Entry.Kind
}

// leads returns the directory that an entry is, or points at if it is a link and the catalogue has the directory.
func (p *portal) leads(ctx context.Context, at spot, e *index.Entry) (index.Path, bool) {
	if e.Kind != index.Link || e.Target == "" {
		return at.path, e.Kind == index.Dir
	}
	to := pointed(at.path.Dir(), e.Target)
	found, err := p.catalogue.Entry(ctx, at.host.ID, to)
	return to, err == nil && found.Entry.Kind == index.Dir
}
