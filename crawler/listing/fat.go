package listing

import (
	"bytes"

	"trawl/index"
)

// fat reads DIR of MS-DOS and Windows 95: name and extension in columns, size, date and time, and
// perhaps the long name, which counts.
//
//	README   TXT         1,234  03-15-94   9:20a
//	SUB          <DIR>          03-15-94   9:20a
//	LETTER~1 DOC         9,730  04-27-98  10:05a Letter to all.doc
type fat struct {
	*clock
	w    words
	full []byte // the name of the line that is read
}

var _ dialect = (*fat)(nil)

func (*fat) name() string { return "fat" }

func (f *fat) parse(line []byte, it *item) verdict {
	w := &f.w
	w.split(line)
	at := f.columns(line)
	if at == 0 {
		return dosChatter(line, it)
	}
	*it = item{name: f.full, size: index.UnknownSize}
	if n, sized := dosSize(w.word(at)); sized {
		it.size = n
	} else {
		it.kind = index.Dir
	}
	last, when, ok := f.dateTimeAt(w, at+1, monthFirst)
	if !ok || last == at+1 {
		return alien // there is a time
	}
	it.when = when
	if last < w.n-1 {
		it.name = w.after(last)
		if !isLongOf(it.name, w.word(0)) {
			return alien // a description
		}
	}
	return entry
}

// isLongOf reports whether Windows made the short name of a long one: of its first letters, without
// blanks and dots, perhaps with a number.
//
//	Letter to all.doc => LETTER~1
func isLongOf(long, short []byte) bool {
	short, _, _ = bytes.Cut(short, []byte{'~'})
	for _, c := range bytes.ToUpper(long) {
		switch {
		case len(short) == 0:
			return true
		case c == ' ' || c == '.':
		case c == short[0] || c >= 0x80 || short[0] == '_' || short[0] >= 0x80:
			short = short[1:]
		default:
			return false
		}
	}
	return len(short) == 0
}

// columns reads name and extension, and returns the word of the size, 0 if they are not there.
func (f *fat) columns(line []byte) (at int) {
	w := &f.w
	stem, extension := w.word(0), w.word(1)
	if w.n < 4 || line[0] == ' ' || !isShortName(stem, 8) && !isDots(stem) {
		return 0
	}
	f.full = append(f.full[:0], stem...)
	start := w.at[1].start
	if (start == 8 || start == 9) && isShortName(extension, 3) && f.isSize(2) && w.at[2].start > 9 {
		f.full = append(append(f.full, '.'), extension...)
		return 2
	}
	if f.isSize(1) && start > 9 {
		return 1
	}
	return 0
}

// isSize reports whether word i is a size or says that there is a directory.
func (f *fat) isSize(i int) bool {
	b := f.w.word(i)
	if equalFold(b, "<dir>") {
		return true
	}
	_, ok := dosSize(b)
	return ok && len(b) > 0
}

// isShortName reports whether b can be a name or an extension of DOS, of so many bytes at most.
func isShortName(b []byte, most int) bool {
	for _, c := range b {
		switch {
		case c <= ' ', c >= 'a' && c <= 'z':
			return false
		}
		switch c {
		case '.', '/', '\\', ':', '*', '?', '"', '<', '>', '|', ',', ';', '=', '[', ']':
			return false
		}
	}
	return len(b) > 0 && len(b) <= most
}
