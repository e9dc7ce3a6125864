package gopher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// Stat looks for a file in its menu, since Gopher has no other way to ask for one; see
// crawler.Server. The size is unknown.
func (s *server) Stat(ctx context.Context, p index.Path) (crawler.Fact, error) {
	fact := crawler.Fact{Size: index.UnknownSize}
	it, err := s.search(ctx, p)
	if err != nil {
		return fact, fmt.Errorf("ask for %s: %w", index.Visible(string(p)), err)
	}
	if _, unix, precision := s.dated(it.title); precision != index.Unknown {
		fact.Time, fact.Precision = time.Unix(unix, 0).UTC(), precision
	}
	return fact, nil
}

// The bounds of what is read of a menu, in bytes, to find an item, and of the items that are
// remembered.
const (
	findBytes = 16 << 20
	mostFound = 1000
)

// errMenu is the error of a path that is a menu.
var errMenu = errors.New("it is a menu")

// find returns the item of a file in its menu. It is a zero item if the menu cannot be read
// whole, and an ErrAbsent if it has no such item.
func (s *server) find(ctx context.Context, p index.Path) (item, error) {
	s.mu.Lock()
	it, known := s.found[p]
	s.mu.Unlock()
	if known {
		return it, nil
	}
	return s.search(ctx, p)
}

// search is find that reads the menu in any case.
func (s *server) search(ctx context.Context, p index.Path) (item, error) {
	it, err := item{kind: '1'}, error(nil)
	if p != "/" {
		it, err = s.inMenu(ctx, p)
	}
	if err == nil && it.kind == '1' {
		err = fmt.Errorf("%w: %w", crawler.ErrDenied, errMenu)
	}
	if err != nil {
		return item{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil || len(s.found) >= mostFound {
		s.found = map[index.Path]item{}
	}
	s.found[p] = it
	return it, nil
}

// inMenu returns the item of a path in its menu.
func (s *server) inMenu(ctx context.Context, p index.Path) (item, error) {
	answer, err := s.ask(ctx, s.request(p.Dir()))
	if err != nil {
		return item{}, err
	}
	defer answer.Close()
	m := newMenu(answer, findBytes)
	items := 0
	for it, ok := m.next(); ok; it, ok = m.next() {
		if it = s.resolve(it); it.kind == 'i' || it.kind == '3' || !s.own(it) {
			continue
		}
		items++
		if s.place(p.Dir(), it) == p {
			return it, nil
		}
	}
	if ctx.Err() != nil {
		return item{}, ctx.Err()
	}
	if m.err != nil || items == 0 { // it is no menu, or not whole: nothing is known
		return item{}, nil
	}
	return item{}, fmt.Errorf("%w: its menu does not have it", crawler.ErrAbsent)
}
