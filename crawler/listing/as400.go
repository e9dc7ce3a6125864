package listing

import (
	"bytes"

	"trawl/index"
)

// as400 reads IBM i in both of its forms: that of libraries, whose members have neither
// size nor date, and that of its file systems. Each job has its own order of dates.
//
//	QPGMR           36864 18.09.06 14:21:26 *FILE      PAYROLL
//	QPGMR                                   *MEM       PAYROLL.JANUARY
//	FUELOEP         76350 03/09/97 08:53:48 *STMF      v4r1over.pre
//	QSYS            77824 02/23/00 15:09:55 *DDIR      home/
//
// In the file system of folders the path comes first and the type last:
//
//	/QDLS/MAIL         0 11/08/96 07:18:31 DIR
type as400 struct {
	*clock
	w words
}

var _ dialect = (*as400)(nil)

func (*as400) name() string { return "as400" }

func (a *as400) parse(line []byte, it *item) verdict {
	w := &a.w
	w.split(line)
	i := 0
	for i < w.n && (len(w.word(i)) < 2 || w.word(i)[0] != '*') {
		i++
	}
	kind, ok := as400Kind(w.word(i))
	if !ok && line[0] == '/' {
		return a.folder(line, it)
	}
	if !ok || i > 4 {
		return alien
	}
	*it = item{kind: kind, size: index.UnknownSize}
	if i >= 3 && !a.dated(w, i, it) {
		return alien
	}
	if n, ok := number(w.word(1)); ok && i == 2 && kind == index.File {
		it.size = n // there is no date
	}
	it.name = bytes.TrimLeft(w.after(i), " ")
	it.name = bytes.TrimRight(it.name, " /")
	if j := bytes.LastIndexByte(it.name, '/'); j >= 0 {
		it.name = it.name[j+1:]
	}
	if len(it.name) == 0 {
		return alien
	}
	return entry
}

// folder reads a line of QDLS: path, size, date, time and type.
func (a *as400) folder(line []byte, it *item) verdict {
	w := &a.w
	kind := w.word(w.n - 1)
	n, sized := number(w.word(w.n - 4))
	last, when, dated := a.dateTimeAt(w, w.n-3, monthFirst)
	if !sized || !dated || last != w.n-2 || !isUpper(kind) {
		return alien
	}
	path := bytes.TrimRight(line[:w.at[w.n-4].start], " /")
	*it = item{name: path[bytes.LastIndexByte(path, '/')+1:], size: n, when: when}
	switch string(kind) {
	case "DIR", "FLR":
		it.kind, it.size = index.Dir, index.UnknownSize
	}
	if len(it.name) == 0 {
		return alien
	}
	return entry
}

// dated reads size, date and time before the type at word i, and reports whether they
// are there.
func (a *as400) dated(w *words, i int, it *item) bool {
	last, when, ok := a.dateTimeAt(w, i-2, monthFirst)
	if !ok || last != i-1 {
		return false
	}
	if n, ok := size(w.word(i - 3)); ok && it.kind == index.File {
		it.size = n
	}
	it.when = when
	return true
}

// as400Kind reads the type of an object. Libraries and folders are directories. A
// physical file is a file, and its members are listed as *MEM.
func as400Kind(b []byte) (index.Kind, bool) {
	if len(b) < 3 || b[0] != '*' {
		return 0, false
	}
	for _, c := range b[1:] {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return 0, false
		}
	}
	switch {
	case equalFold(b, "*dir"), equalFold(b, "*ddir"), equalFold(b, "*lib"), equalFold(b, "*flr"):
		return index.Dir, true
	case equalFold(b, "*symlnk"):
		return index.Link, true
	}
	return index.File, true
}
