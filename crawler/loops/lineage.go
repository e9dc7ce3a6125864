package loops

import (
	"slices"

	"trawl/index"
)

// Lineage is a directory that was listed and those above it, nearest first.
type Lineage struct {
	Dir   index.Path
	Self  Identity
	Print Fingerprint
	Above *Lineage

	Names []uint32 // of the directories in it, see Links.Names
	Ties  Ties     // of it, see Links.Check
}

// repeats is how many directories above one must hold the same before it is cut
// whatever they hold.
const repeats = 4

// same returns the directory above that holds the same as p, if so many do: the
// farthest of them.
func (l *Lineage) same(p Fingerprint, times int) (above index.Path, ok bool) {
	for ; l != nil && p.Dirs > 0; l = l.Above {
		if l.Print != p {
			continue
		}
		if times--; times == 0 {
			return l.Dir, true
		}
	}
	return "", false
}

// alike returns directories above that have the same names in them as p, nearest
// first, the first few.
func (l *Lineage) alike(p Fingerprint) (all []*Lineage) {
	for ; l != nil && p.Dirs > 0 && len(all) < repeats; l = l.Above {
		if l.Print.Names == p.Names && l.Print.Count == p.Count {
			all = append(all, l)
		}
	}
	return all
}

// known returns the directory above that is d too.
func (l *Lineage) known(d Identity) (index.Path, bool) {
	n := 0
	for ; l != nil && d.ID != 0; l = l.Above {
		if l.Self.ID != d.ID {
			continue
		}
		if n++; l.Self.agrees(d) || n >= repeats {
			return l.Dir, true
		}
	}
	return "", false
}

// knows reports whether a directory above has this identifier.
func (l *Lineage) knows(id uint64) bool {
	for ; l != nil && id != 0; l = l.Above {
		if l.Self.ID == id {
			return true
		}
	}
	return false
}

// holds reports whether a directory above the first one holds a directory of this name.
func (l *Lineage) holds(name uint32) bool {
	for l = l.Above; l != nil; l = l.Above {
		if _, ok := slices.BinarySearch(l.Names, name); ok {
			return true
		}
	}
	return false
}
