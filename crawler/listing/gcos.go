package listing

import "trawl/index"

// gcos reads Bull GCOS 8 and GCOS 7, which shows no sizes:
//
//   - rwx rwx ---     1075200 02/24/97 09:53:18  guest         large
//     d rwx rwx ---           0 02/26/97           guest         shelf
//   - - -----0 SEPT         SYSADMIN         AUG 26, 1997 SEQ1
type gcos struct {
	*clock
	w words
}

var _ dialect = (*gcos)(nil)

func (*gcos) name() string { return "gcos" }

func (g *gcos) parse(line []byte, it *item) verdict {
	w := &g.w
	w.split(line)
	kind := w.word(0)
	if len(kind) != 1 || kind[0] != '-' && kind[0] != 'd' {
		return alien
	}
	*it = item{size: index.UnknownSize}
	if kind[0] == 'd' {
		it.kind = index.Dir
	}
	switch {
	case isRWX(w.word(1)) && isRWX(w.word(2)) && isRWX(w.word(3)):
		return g.eight(it)
	case len(w.word(1)) == 1 && len(w.word(2)) >= 6 && w.word(2)[0] == '-':
		return g.seven(it)
	}
	return alien
}

// eight reads what follows the permissions in GCOS 8: size, date, owner and name. The owner may be
// blank.
func (g *gcos) eight(it *item) verdict {
	w := &g.w
	n, sized := number(w.word(4))
	last, when, dated := g.dateTimeAt(w, 5, monthFirst)
	if !sized || !dated || last+1 >= w.n || last+3 < w.n {
		return alien
	}
	it.when, it.name = when, w.word(w.n-1)
	if it.kind == index.File {
		it.size = n
	}
	return entry
}

// seven reads what follows the flags in GCOS 7: security, owner, date and name.
func (g *gcos) seven(it *item) verdict {
	w := &g.w
	if isDashes(w.word(1)) == isLetter(w.word(1)[0]) || w.n < 6 {
		return alien
	}
	last, when, dated := g.dateTimeAt(w, 5, monthFirst)
	if !dated {
		last = 4
	}
	it.when, it.name = when, w.word(w.n-1)
	if last+2 != w.n {
		return alien
	}
	return entry
}

// isRWX reports whether b is three permissions.
func isRWX(b []byte) bool {
	if len(b) != 3 {
		return false
	}
	for _, c := range b {
		switch c {
		case 'r', 'w', 'x', 's', 't', '-':
		default:
			return false
		}
	}
	return true
}
