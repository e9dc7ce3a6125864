package ftpd

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"

	"trawl/ftpd/tree"
)

// maxGlob is how many directories a pattern may reach into.
const maxGlob = 10_000

// errGlob is the error of a pattern that reaches into more.
var errGlob = errors.New("the pattern reaches into too many directories")

// isPattern reports whether a part of a path, or a path, is a pattern that can be matched.
func isPattern(p string) bool {
	_, err := path.Match(p, "")
	return err == nil && strings.ContainsAny(p, "*?[")
}

// cutPattern cuts a pattern into the directory that it starts from, and the parts below that.
//
//	/pub/x*/[ab] => "/pub", "x*", "[ab]"
func cutPattern(p string) (dir string, parts []string) {
	parts = strings.Split(strings.TrimPrefix(p, "/"), "/")
	dir = "/"
	for len(parts) > 1 && !isPattern(parts[0]) {
		dir = path.Join(dir, parts[0])
		parts = parts[1:]
	}
	return dir, parts
}

// found is called with what matches a pattern: an entry of an open directory, or of none, and its path.
type found func(d *tree.Entries, e *tree.Entry, p string) error

// globber finds what matches a pattern.
type globber struct {
	*lister
	steps int
	each  found
}

// glob calls each with what matches the pattern of the listing. Any part of it may have *, ? and [a-z] in it; none of
// these matches a slash, nor, without -a, a dot at the beginning of a name (glob(7)).
func (l *lister) glob(ctx context.Context, each found) error {
	g := &globber{lister: l, each: each}
	dir, parts := cutPattern(l.path)
	return g.below(ctx, dir, parts)
}

// below finds what matches parts below a directory. Directories that the user may not read match nothing.
func (g *globber) below(ctx context.Context, dir string, parts []string) error {
	g.steps++
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case g.steps > maxGlob:
		return errGlob
	case isPattern(parts[0]):
		return g.match(ctx, dir, parts)
	case len(parts) > 1:
		return g.below(ctx, path.Join(dir, parts[0]), parts[1:])
	}
	p := path.Join(dir, parts[0])
	info, err := g.view.Lstat(p)
	if err != nil {
		return unlessAbsent(err)
	}
	e := g.view.EntryBy(g.clock, p, parts[0], info)
	return g.each(nil, &e, p)
}

// match reads a directory, and goes on with the entries that match the first part.
func (g *globber) match(ctx context.Context, dir string, parts []string) error {
	d, err := g.open(dir)
	if err != nil {
		return unlessAbsent(err)
	}
	var held []string
	var taken int64
	defer func() { g.memory.give(taken) }()
	last := len(parts) == 1
	q := g.sequence()
	q.names = q.names || !last
	err = q.read(ctx, d, func(e *tree.Entry) error {
		switch ok, err := path.Match(parts[0], e.Name); {
		case err != nil || !ok || e.Name[0] == '.' && parts[0][0] != '.' && !g.all:
			return err
		case last:
			return g.each(d, e, path.Join(dir, e.Name))
		}
		n := int64(len(e.Name)) + heldCosts
		if !g.memory.take(n) {
			return errMemory
		}
		taken += n
		held = append(held, strings.Clone(e.Name))
		return nil
	})
	d.Close()
	for i := 0; i < len(held) && err == nil; i++ {
		err = g.below(ctx, path.Join(dir, held[i]), parts[1:])
	}
	return err
}

// unlessAbsent returns no error for what the user does not find.
func unlessAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, tree.ErrNoDir) || errors.Is(err, tree.ErrNoFile) {
		return nil
	}
	return err
}
