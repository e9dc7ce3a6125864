package listing

import (
	"bytes"

	"trawl/index"
)

// dls reads /bin/dls: name, size or a mark for directories, perhaps a date, and a description or
// the target of a link. A long name has a line of its own.
//
//	README              763  Jul 11 21:05  Information about this server
//	bin/                  -  Apr 28  1994
//	etc/                  =
//	morgan               14  -> ../real/morgan
//	A.NAME.THAT.IS.LONG.Z
//	                  79215
type dls struct {
	*clock
	w    words
	seen bool // a directory, which shows that this is dls
}

var _ dialect = (*dls)(nil)

// dlsColumn is where sizes end.
const dlsColumn = 23

func (*dls) name() string { return "dls" }

func (d *dls) parse(line []byte, it *item) verdict {
	w := &d.w
	w.split(line)
	if line[0] == ' ' || w.n == 0 {
		return alien
	}
	if w.n == 1 && d.seen && line[len(line)-1] != ':' {
		return wrapped
	}
	at := 1
	for at < w.n && int(w.at[at].end) < dlsColumn {
		at++ // words of the name
	}
	if at >= w.n || int(w.at[at].end) != dlsColumn {
		if at = 1; w.n < 2 || int(w.at[1].end) != int(w.at[0].end)+1+dlsColumn {
			return alien
		}
	}
	mark := w.word(at)
	*it = item{name: line[:w.at[at-1].end], size: index.UnknownSize}
	n, sized := number(mark)
	end := len(it.name) - 1
	switch {
	case it.name[end] == '/' && end > 0 && (sized || string(mark) == "-" || string(mark) == "="):
		it.name, it.kind, d.seen = it.name[:end], index.Dir, true
	case sized:
		it.size = n
	default:
		return alien
	}
	if !d.seen {
		return alien
	}
	d.rest(at+1, it)
	return entry
}

// rest reads what follows the size from word i on.
func (d *dls) rest(i int, it *item) {
	w := &d.w
	if last, when, ok := d.dateAt(w, i); ok {
		it.when = when
		i = last + 1
	}
	if string(w.word(i)) == "->" && i+1 < w.n {
		it.kind, it.size = index.Link, index.UnknownSize
		it.target = bytes.TrimRight(w.after(i), " ")
	}
}
