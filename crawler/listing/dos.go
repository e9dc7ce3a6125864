package listing

import (
	"bytes"
	"unicode/utf8"

	"trawl/index"
)

// dos reads what DIR shows and IIS, Serv-U and many others list:
//
//	04-27-00  12:09PM       <DIR>          pub
//	2002-09-02  19:06                9,730 readme.txt
//	27.04.2012  18:48       <JUNCTION>     link [C:\target]
//
// IIS writes the month first. Where others write the day first, numbers above 12 show it.
type dos struct {
	*clock
	w       words
	lessons *[2]padding // behind sizes and behind kinds, while the sample is read; then nil
	before  pads        // the sample
}

var (
	_ dialect = (*dos)(nil)
	_ student = (*dos)(nil)
)

func newDos(c *clock) *dos { return &dos{clock: c, lessons: &[2]padding{}, before: c.pads} }

func (*dos) name() string { return "dos" }

// settle draws conclusions for the host from the blanks before the names of the sample.
func (d *dos) settle() {
	if d.lessons == nil {
		return
	}
	for i, p := range d.lessons {
		d.pads[sizePad+i] = p.usual(d.before[sizePad+i])
	}
	d.lessons = nil
}

func (d *dos) parse(line []byte, it *item) verdict {
	w := &d.w
	w.split(line)
	first := w.word(0)
	*it = item{size: index.UnknownSize}
	at := -1
	switch {
	case len(first) > 4 && first[0] == '<' && line[0] == ' ':
		at = 0 // there is no date
	case len(first) >= 6 && (isDigit(first[0]) || first[0] == '-'):
		at = d.dated(it)
	}
	if at < 0 || at >= w.n || !d.kindOrSize(w.word(at), it) {
		return dosChatter(line, it)
	}
	if it.name = w.after(at); w.n-at > 4 && d.twice(at+2) {
		return alien
	}
	d.unpad(it, at)
	if len(it.name) == 0 {
		return alien
	}
	if it.kind == index.Link {
		cutReparse(it)
	}
	return entry
}

// twice reports whether words from i on hold another entry: a line of several entries.
func (d *dos) twice(i int) bool {
	w := &d.w
	for ; i < w.n-2; i++ {
		if b := w.word(i); len(b) >= 6 && isDigit(b[0]) {
			_, _, _, ok := d.triple(b)
			if _, timed := readTime(w.word(i + 1)); ok && timed {
				return true
			}
		}
	}
	return false
}

// dated reads the date and the time, and returns the word behind them, -1 if they are not there.
func (d *dos) dated(it *item) int {
	w := &d.w
	year, month, dom, ok := d.triple(w.word(0))
	t, timed := readTime(w.word(1))
	if _, half := halfAt(w, 2); ok && timed && half == 0 {
		it.when, _ = d.at(year, month, dom, t)
		return 2
	}
	last, when, ok := d.dateTimeAt(w, 0, monthFirst)
	if !ok || last == 0 && (allDigits(w.word(0)) || w.word(0)[0] == '-') {
		return -1
	}
	it.when = when
	if _, timed := readTime(w.word(1)); last == 0 && timed {
		last++
	}
	return last + 1
}

// maxKindPad is how far behind the "<" of "<DIR>" DIR and IIS begin the name.
const maxKindPad = 15

// unpad takes the blanks off the name that are before all names behind a size, or behind a kind.
func (d *dos) unpad(it *item, at int) {
	w := &d.w
	place, before, most := sizePad, 0, int8(100)
	if it.kind != index.File {
		// After <DIR> the name is lined up with those that follow a size.
		place, before, most = kindPad, utf8.RuneCount(w.word(at))+1, maxKindPad
	}
	blanks := 0
	for blanks < len(it.name) && it.name[blanks] == ' ' && blanks < 100 {
		blanks++
	}
	if blanks == len(it.name) {
		return
	}
	usual := &d.pads[place]
	pad := min(int8(before+blanks), most)
	if d.lessons != nil {
		likely := int8(-1)
		if place == sizePad && at == 2 && len(w.word(1)) == 7 && w.at[1].start == w.at[0].end+2 {
			likely = 0 // IIS, which writes the date in this way, begins the name a blank behind the size
		}
		d.lessons[place-sizePad].note(pad, likely)
		*usual = pad
	}
	if *usual < 0 || pad < *usual {
		*usual = pad
	}
	it.name = it.name[max(0, int(*usual)-before):]
}

// kindOrSize reads the word in the place of the size, and reports whether it is valid.
func (d *dos) kindOrSize(b []byte, it *item) bool {
	switch {
	case len(b) == 0:
		return false
	case b[0] != '<':
		n, ok := dosSize(b)
		it.size = n
		return ok
	case b[len(b)-1] != '>' || len(b) < 3:
		return false
	case equalFold(b, "<dir>"), equalFold(b, "<rep>"), equalFold(b, "<d>"), equalFold(b, "<directory>"):
		it.kind = index.Dir
	case equalFold(b, "<junction>"), equalFold(b, "<symlinkd>"), equalFold(b, "<symlink>"), equalFold(b, "<link>"):
		it.kind = index.Link
	default:
		// Whatever the word is in another language, that which points elsewhere is a link.
		it.kind = index.Link
		return bytes.HasSuffix(d.w.line, []byte{']'}) && bytes.Contains(d.w.line, []byte(" ["))
	}
	return true
}

// dosSize reads a size with the separators of any country: 9,730 or 9.730.
func dosSize(b []byte) (int64, bool) {
	if n, ok := size(b); ok {
		return n, true
	}
	var n int64
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if n > 1<<58 {
				return index.UnknownSize, allDigits(bytes.ReplaceAll(b, []byte{'.'}, nil))
			}
			n = n*10 + int64(c-'0')
		case i > 0 && c >= 0x80 || c == '.' || c == '\'':
		default:
			return 0, false
		}
	}
	return n, true
}

// cutReparse parts "link [C:\target]".
func cutReparse(it *item) {
	i := bytes.LastIndex(it.name, []byte(" ["))
	if i > 0 && it.name[len(it.name)-1] == ']' {
		it.target = it.name[i+2 : len(it.name)-1]
		it.name = it.name[:i]
	}
}

// dosChatter reads the lines of DIR that are about the directory as a whole, in whatever language.
//
//	Verzeichnis von C:\pub
//	              2 Datei(en)         46 Bytes
func dosChatter(line []byte, it *item) verdict {
	text := bytes.Trim(line, " \t")
	if len(text) == 0 {
		return alien
	}
	if path := dirOf(line); path != nil {
		*it = item{name: slashed(path, "dos")}
		return heading
	}
	switch {
	case line[0] == ' ' && aboutDisk(text), bytes.HasPrefix(line, []byte("  ")) && text[len(text)-1] == ':':
		return chatter
	case dosNoise().has(line):
		return chatter
	}
	return alien
}

// dirOf returns the path in a line like " Directory of C:\pub", nil if it is another line.
func dirOf(line []byte) []byte {
	if rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " "), []byte(`Directory of \`)); ok {
		return line[len(line)-len(rest)-1:]
	}
	i := bytes.Index(line, []byte(`:\`))
	if i < 3 || !isLetter(line[i-1]) || line[i-2] != ' ' || i > 40 || bytes.ContainsAny(line[:i], "0123456789<") {
		return nil
	}
	if line[0] != ' ' && !hasFold(line, "directory of ") {
		return nil
	}
	return line[i-1:]
}

// aboutDisk reports whether a line is about the disk: its drive or its number.
//
//	Datenträger in Laufwerk C: ist SYSTEM
//	Volumeseriennummer: 1234-ABCD
func aboutDisk(text []byte) bool {
	if i := bytes.Index(text, []byte(": ")); i > 1 && text[i-2] == ' ' && isLetter(text[i-1]) {
		return true
	}
	last := text[bytes.LastIndexByte(text, ' ')+1:]
	high, low, ok := bytes.Cut(last, []byte{'-'})
	_, hex1 := hexadecimal(high)
	_, hex2 := hexadecimal(low)
	return ok && hex1 && hex2 && len(high) == 4 && len(low) == 4
}

func dosNoise() noise {
	return noise{
		"volume in drive *", "volume serial number *", "volume - drive *", "directory of *", "total files listed", "the volume label *",
		"# file(s) *", "# file* # byte*", "# dir(s) *", "# dir* # byte*", "# folder* *", "# bytes free", "# dir(s) # bytes free", "# bytes - *", "# bytes in # file*", "# * # byte* *",
		"file not found", "total #",
	}
}
