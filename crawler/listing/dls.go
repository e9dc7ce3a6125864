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
//
// Where sizes end, the directories show, whose mark is a word of its own.
type dls struct {
	*clock
	w      words
	column int // where sizes end; 0 before a directory, which shows that this is dls
}

var _ dialect = (*dls)(nil)

func (*dls) name() string { return "dls" }

func (d *dls) parse(line []byte, it *item) verdict {
	w := &d.w
	w.split(line)
	if line[0] == ' ' || w.n == 0 {
		return alien
	}
	at, folder := d.folderAt()
	if folder && d.column == 0 {
		d.column = int(w.at[at].end)
	}
	switch {
	case d.column == 0:
		return alien
	case w.n == 1 && line[len(line)-1] != ':':
		return wrapped
	case !folder:
		at = d.sizeAt()
	}
	if at == 0 {
		return alien
	}
	mark := w.word(at)
	*it = item{name: line[:w.at[at-1].end], size: index.UnknownSize}
	n, sized := number(mark)
	end := len(it.name) - 1
	switch {
	case it.name[end] == '/' && end > 0:
		it.name, it.kind = it.name[:end], index.Dir
	case sized:
		it.size = n
	default:
		return alien
	}
	d.rest(at+1, it)
	return entry
}

// folderAt returns the word that marks a directory, "-" or "=" apart from a name that ends in a slash.
func (d *dls) folderAt() (at int, ok bool) {
	w := &d.w
	for at = 1; at < w.n; at++ {
		name, mark := w.word(at-1), w.word(at)
		apart := w.at[at].start - w.at[at-1].end
		if len(mark) == 1 && (mark[0] == '-' || mark[0] == '=') && apart > 1 {
			return at, name[len(name)-1] == '/' && w.at[at-1].end > 1
		}
	}
	return 0, false
}

// sizeAt returns the word that ends where sizes do, perhaps in the line behind a long name, or 0.
func (d *dls) sizeAt() int {
	w := &d.w
	for at := 1; at < w.n; at++ {
		if end := int(w.at[at].end); end == d.column || at == 1 && end == int(w.at[0].end)+1+d.column {
			return at
		}
	}
	return 0
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
