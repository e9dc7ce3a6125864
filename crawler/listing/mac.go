package listing

import "trawl/index"

// mac reads NetPresenz, WebStar, Rumpus and Peter's server for MacOS. They imitate
// ls -l, but show the resource fork, the data fork and their sum, and "folder":
//
//	-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit
//	drwxrwxr-x               folder        2 May 10  1996 network
type mac struct{ unix }

var _ dialect = (*mac)(nil)

func (*mac) name() string { return "mac" }

func (m *mac) parse(line []byte, it *item) verdict {
	w := &m.w
	w.split(line)
	kind, ok := unixKind(w.word(0))
	if !ok {
		return unixChatter(w)
	}
	switch kind {
	case index.Dir:
		if !equalFold(w.word(1), "folder") {
			return alien
		}
	default:
		rsrc, ok1 := number(w.word(1))
		data, ok2 := number(w.word(2))
		sum, ok3 := number(w.word(3))
		if !ok1 || !ok2 || !ok3 || sum != rsrc+data && rsrc != 0 {
			return alien
		}
	}
	date, _, ok := m.findDate(w, 1)
	if !ok || kind == index.Dir && date.first != 3 || kind != index.Dir && date.first != 4 {
		return alien
	}
	return m.unix.parse(line, it)
}
