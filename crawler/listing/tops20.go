package listing

import (
	"bytes"

	"trawl/index"
)

// tops20 reads TOPS-20 and TENEX: names with their generation under the name of the directory, or
// joined with it, with account, pages, and the times of creation, writing and reading.
//
//	PS:<ANONYMOUS>
//	00-READ-ME.TXT.1
//	TAPES.DIR.1
//	<ANONYMOUS>INSTALL.MEM.1;P775252;A,210,10-Apr-1990 13:17:41,10-Apr-1990 13:18:26,11-Jan-2003 11:34:26
//
// The names lose the generation.
type tops20 struct {
	*clock
	w      words
	headed bool
	path   []byte
}

var (
	_ dialect = (*tops20)(nil)
	_ student = (*tops20)(nil)
)

func (*tops20) name() string { return "tops20" }

func (t *tops20) settle() { t.headed = false }

func (t *tops20) parse(line []byte, it *item) verdict {
	line = bytes.TrimRight(line, " ")
	if path, ok := t.directory(bytes.TrimLeft(line, " ")); ok {
		t.headed = true
		*it = item{name: path}
		return heading
	}
	if t.headed && (noise{"total of # file*", "# file*"}).has(line) {
		return chatter
	}
	*it = item{size: index.UnknownSize}
	if close := bytes.IndexByte(line, '>'); len(line) > 0 && line[0] == '<' && close > 0 {
		return t.long(line[close+1:], it)
	}
	if t.headed && len(line) > 0 && line[0] == ' ' {
		if line = bytes.TrimLeft(line, " "); bytes.IndexByte(line, ' ') > 0 {
			return t.columns(line, it)
		}
	}
	if name, ok := oldName(line); ok && t.headed {
		it.name = name
		return entry
	}
	name, attributes, _ := bytes.Cut(line, []byte{';'})
	if !t.headed || bytes.IndexByte(name, ' ') >= 0 || bytes.IndexByte(attributes, ' ') >= 0 || !generation(name, it) {
		return alien
	}
	return entry
}

// directory reads the name of a directory, "PS:<ANONYMOUS.TOOLS>" => "/PS:/ANONYMOUS/TOOLS".
func (t *tops20) directory(line []byte) ([]byte, bool) {
	open := bytes.IndexByte(line, '<')
	if open < 1 || line[open-1] != ':' || line[len(line)-1] != '>' || bytes.IndexByte(line, ' ') >= 0 || bytes.Count(line, []byte{'<'}) > 1 {
		return nil, false
	}
	t.path = append(append(t.path[:0], '/'), line[:open]...)
	t.path = append(append(t.path, '/'), bytes.ReplaceAll(line[open+1:len(line)-1], []byte{'.'}, []byte{'/'})...)
	return t.path, true
}

// long reads what follows the directory in the long form.
func (t *tops20) long(line []byte, it *item) verdict {
	fields := bytes.Split(line, []byte{','})
	name, _, ok := bytes.Cut(fields[0], []byte{';'})
	if !ok || len(fields) < 4 || !allDigits(fields[1]) || !generation(name, it) {
		return alien
	}
	t.w.split(fields[3])
	if _, it.when, ok = t.dateTimeAt(&t.w, 0, dayFirst); !ok {
		return alien
	}
	return entry
}

// columns reads name and attributes, pages, bytes with their bits, and the time of writing.
//
//	INSTALL.MEM.1;P777700;A1     5 12345(7)  12-Mar-1985 10:11:12
func (t *tops20) columns(line []byte, it *item) verdict {
	w := &t.w
	w.split(line)
	name, _, _ := bytes.Cut(w.word(0), []byte{';'})
	count, bits, sized := bytes.Cut(w.word(2), []byte{'('})
	n, counted := number(count)
	if !allDigits(w.word(1)) || !sized || !counted || !generation(name, it) {
		return alien
	}
	if it.kind == index.File && (string(bits) == "7)" || string(bits) == "8)") {
		it.size = n // bytes of 36 bits are sent as more
	}
	var ok bool
	if _, it.when, ok = t.dateTimeAt(w, 3, dayFirst); !ok {
		return alien
	}
	return entry
}

// oldName reads a name of TENEX, whose generation is behind a semicolon: "LETTER.TXT;2".
func oldName(line []byte) ([]byte, bool) {
	name, number, ok := bytes.Cut(line, []byte{';'})
	return name, ok && len(name) > 1 && allDigits(number) && bytes.Count(name, []byte{'.'}) == 1 && bytes.IndexByte(name, ' ') < 0
}

// generation reads NAME.TYPE.GENERATION, perhaps with further generations. It reports whether b is
// that.
func generation(b []byte, it *item) bool {
	for comma := bytes.LastIndexByte(b, ','); comma > 0 && allDigits(b[comma+1:]); comma = bytes.LastIndexByte(b, ',') {
		b = b[:comma]
	}
	dot := bytes.LastIndexByte(b, '.')
	if dot < 1 || !allDigits(b[dot+1:]) || bytes.Count(b, []byte{'.'}) != 2 {
		return false
	}
	it.name = b[:dot]
	for _, suffix := range []string{".dir", ".directory"} {
		if stem, ok := cutFold(it.name, suffix); ok {
			it.name, it.kind = stem, index.Dir
		}
	}
	it.name = bytes.TrimSuffix(it.name, []byte{'.'})
	return len(it.name) > 0
}
