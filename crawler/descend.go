package crawler

import (
	"fmt"
	"strings"

	"trawl/crawler/loops"
	"trawl/index"
)

// subdirectories returns the directories in a listing, and which of them have
// the time that the catalogue knows.
func (w *walk) subdirectories(l *index.Listing, old earlier) []kid {
	var kids []kid
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Dir {
			continue
		}
		wire := e.Wire() // a part of all names of the listing, which should not stay for it
		if !w.run.robots.allows(l.Dir.Join(wire)) || w.bulk.has(l.Dir, wire) {
			continue
		}
		k := kid{
			name:    strings.Clone(wire),
			self:    loops.Identity{When: loops.Stamp{Unix: e.Unix, Precision: e.Precision}},
			vouched: old.vouches(e),
		}
		if l.Idents != nil {
			k.self.ID = w.run.loops.identities.Hash(l.Idents[i])
		}
		kids = append(kids, k)
	}
	return kids
}

// names returns the hashes by which a lineage remembers the directories in it.
func (w *walk) names(kids []kid) []uint32 {
	return w.run.loops.links.Names(len(kids), func(i int) string { return kids[i].name })
}

// descend goes on to the subdirectories of a directory, which is at the head of
// line, unless they are too deep or listed already.
func (w *walk) descend(line *loops.Lineage, kids []kid, way string) error {
	if len(kids) == 0 {
		return nil
	}
	if why, deep := w.run.tooDeep(line.Dir); deep {
		for _, k := range kids {
			if err := w.run.out.cut(line.Dir.Join(k.name), "", why); err != nil {
				return err
			}
		}
		return nil
	}
	kids, err := w.novel(line, kids, way)
	if err != nil {
		return err
	}
	return w.push(branch{parent: line.Dir, above: line, kids: kids})
}

// novel returns those of a directory's kids that are not listed already, as far as the
// server identifies them.
func (w *walk) novel(above *loops.Lineage, kids []kid, way string) ([]kid, error) {
	var left []kid // nil while all are
	for i, k := range kids {
		var why string
		found := false
		dir := above.Dir.Join(k.name)
		if k.self.ID != 0 {
			why, found = w.run.loops.identities.Duplicate(loops.Directory{Dir: dir, Above: above, Self: k.self})
		}
		if !found {
			if left != nil {
				left = append(left, k)
			}
			continue
		}
		if left == nil {
			left = append(make([]kid, 0, len(kids)), kids[:i]...)
		}
		if err := w.run.out.cut(dir, way, why); err != nil {
			return nil, err
		}
	}
	if left == nil {
		return kids, nil
	}
	return left, nil
}

// maxPath is the longest path that is followed, in bytes.
const maxPath = 4096

// tooDeep reports whether the directories in dir are beyond the limits, and why.
func (r *run) tooDeep(dir index.Path) (why string, deep bool) {
	if dir.Depth()-r.host.root.Depth() >= r.limits.Host.Depth {
		return fmt.Sprintf("deeper than the limit of %d directories", r.limits.Host.Depth), true
	}
	if len(dir) > maxPath {
		return fmt.Sprintf("its path is longer than the limit of %d bytes", maxPath), true
	}
	return "", false
}
