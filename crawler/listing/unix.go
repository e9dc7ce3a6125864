package listing

import (
	"bytes"

	"trawl/index"
)

// unix reads what ls -l shows, and the many servers (WFTPD, Serv-U, Synchronet,
// IIS, ...) that imitate it:
//
//	-rw-r--r--    1 ftp      ftp           528 Nov 01  2007 README
//	 12345 8 drwxrwsr-x+ 25 root staff        1024 Aug 10 12:30 pub
//	lrwxrwxrwx    1 root     7 2007-10-23 12:30:15.000000000 +0200 bin -> usr/bin
//
// Between the permissions and the date there may be links, owners and groups, with
// spaces or left out. So the parser looks for the date first: the size is before it
// and the name after.
type unix struct {
	*clock
	w       words
	lessons *lessons // while the sample is read; then nil
	half    int      // how long the line before was, if it had the first columns of an entry alone
}

var (
	_ dialect = (*unix)(nil)
	_ student = (*unix)(nil)
)

func newUnix(c *clock) unix { return unix{clock: c, lessons: &lessons{}} }

func (*unix) name() string { return "unix" }

func (u *unix) parse(line []byte, it *item) verdict {
	w := &u.w
	w.split(line)
	perms := 0
	for perms < 2 && (allDigits(w.word(perms)) && len(w.word(perms)) < 20 || w.n > 6 && string(w.word(perms)) == "?") {
		perms++ // the inode and the blocks of ls -is
	}
	kind, ok := unixKind(w.word(perms))
	if !ok {
		return u.odd(perms, it)
	}
	last, when, ok := u.findDate(w, perms+1)
	*it = item{kind: kind, size: index.UnknownSize, when: when}
	if ok {
		if kind == index.File && !isDevice(w.word(perms)[0]) {
			it.size = unixSize(w, last.first)
		}
		it.name = w.after(last.last)
		if last.first == last.last && isWide(w, last.last) {
			it.name = it.name[1:]
		}
	} else if last.last > 0 || !u.dateless(w, perms+1, it) {
		return u.wrap(perms, last)
	}
	if half := u.half; half > 0 {
		// The rest of the columns is indented, and is no entry of its own.
		if u.half = 0; half+1 >= len(line) || line[half+1] != ' ' || u.holdsMode(perms+1, last.first) {
			return alien
		}
	}
	return u.finish(it, perms, last)
}

// finish takes the spaces and marks of the layout off the name, and settles the kind. The mode is
// word perms.
func (u *unix) finish(it *item, perms int, date span) verdict {
	w := &u.w
	u.unpad(it, date)
	if w.n-date.last > 9 && u.twice(date.last+1) {
		return alien
	}
	letter := w.word(perms)[0]
	if (u.short || letter != '-' && letter != 'd') && !u.settleKind(it, letter) {
		return alien
	}
	if it.kind == index.Link {
		if bytes.HasSuffix(it.name, []byte(" ->")) {
			return wrapped
		}
		n, _ := number(w.word(date.first - 1))
		cutArrow(it, n)
	}
	if u.lessons != nil {
		u.lessons.note(it, w.word(perms))
		if date.last > 0 && isLetter(w.word(date.first)[0]) {
			u.lessons.led++
		}
	}
	if u.marks.star || u.marks.at {
		u.marks.unmark(it, w.word(perms))
	}
	if n := len(it.name); n > 1 && it.name[n-1] == '/' && it.kind == index.Dir {
		it.name = it.name[:n-1] // ls -F
	}
	it.name = unremarked(it.name)
	if len(it.name) == 0 {
		return alien
	}
	return entry
}

// unremarked takes a remark of the server off a name, "PORT1     <- default port".
func unremarked(name []byte) []byte {
	if bytes.IndexByte(name, '<') < 0 {
		return name
	}
	i := bytes.Index(name, []byte("<-"))
	if i < 3 || name[i-1] != '\t' && (name[i-1] != ' ' || name[i-2] != ' ') || !bytes.HasPrefix(bytes.TrimLeft(name[i+2:], "-"), []byte{' '}) {
		return name
	}
	return bytes.TrimRight(name[:i], " \t")
}

// unpad takes the spaces of the layout off the name.
func (u *unix) unpad(it *item, date span) {
	w := &u.w
	if it.when.prec == index.Unknown && date.last > 0 {
		it.name = bytes.TrimLeft(it.name, " ") // the layout of dates that are none is not known
		return
	}
	place := timePad
	if date.first < date.last && it.when.prec == index.Day && w.at[date.last].start == w.at[date.last-1].end+1 {
		place = yearPad // nothing made up before it for the time that is not there
	}
	usual := &u.pads[place]
	pad := int8(0)
	for int(pad) < len(it.name) && it.name[pad] == ' ' && pad < 100 {
		pad++
	}
	if int(pad) == len(it.name) {
		return
	}
	if u.lessons != nil {
		u.lessons.pads[place].note(pad, u.likelyPad(date, place))
		it.name = it.name[pad:]
		return
	}
	if *usual < 0 {
		*usual = u.likelyPad(date, place)
		if *usual < 0 {
			*usual = pad
		}
	}
	*usual = min(*usual, pad)
	it.name = it.name[*usual:]
}

// likelyPad returns how many blanks the layout has before the names if only one is seen, -1 if that is not
// known. The date of ls in English is twelve wide and has none; a year in place of a time has one more
// than the time.
func (u *unix) likelyPad(date span, place int) int8 {
	w := &u.w
	first, last := w.at[date.first], w.at[date.last]
	switch {
	case place == yearPad && u.pads[timePad] >= 0:
		return u.pads[timePad] + 1
	case place == timePad && date.last == date.first+2 && last.end-first.start == 12 && first.end-first.start == 3 && isLetter(w.line[first.start]):
		return 0
	}
	return -1
}

// wrap says what a line is that ends before the date: the first columns of an entry, or nothing known.
func (u *unix) wrap(perms int, date span) verdict {
	if u.half > 0 || date.last > 0 || u.w.n > perms+4 {
		u.half = 0
		return alien
	}
	u.half = len(u.w.line)
	return wrapped
}

// holdsMode reports whether a mode is among words from i to before end: the line is two entries.
func (u *unix) holdsMode(i, end int) bool {
	for ; i < end; i++ {
		if b := u.w.word(i); len(b) >= 10 && (b[0] == '-' || b[0] == 'd' || b[0] == 'l') {
			if _, ok := unixKind(b); ok {
				return true
			}
		}
	}
	return false
}

// twice reports whether words from i on hold another entry: a line of several entries.
func (u *unix) twice(i int) bool {
	w := &u.w
	for ; i < w.n-5; i++ {
		if u.holdsMode(i, i+1) {
			_, _, ok := u.findDate(w, i+1)
			return ok
		}
	}
	return false
}

// cutArrow parts "name -> target". Where there are several arrows, it cuts at the one
// that leaves a target as long as the link's size, else at the first.
func cutArrow(it *item, size int64) {
	arrow := []byte(" -> ")
	first := bytes.Index(it.name, arrow)
	if first <= 0 {
		return
	}
	cut := first
	if right := len(it.name) - int(min(size, int64(len(it.name)))) - len(arrow); right > first && bytes.HasPrefix(it.name[right:], arrow) {
		cut = right
	}
	it.name, it.target = it.name[:cut], it.name[cut+len(arrow):]
}

// unixKind reads the word of type and permissions, "drwxr-xr-x+", to which the number of links may
// be glued. settleKind finds out what the rarer letters mean.
func unixKind(b []byte) (kind index.Kind, ok bool) {
	if len(b) < 7 || len(b) > 20 {
		return 0, false
	}
	switch b[0] {
	case 'd':
		kind = index.Dir
	case 'l':
		kind = index.Link
	case '-', 'b', 'c', 'p', 's', 'D', 'C', 'm', 'M', 'n', 'P', 'w', '?', 'f', 'F', 'e', 'S', 'L', 'v', 'V':
	default:
		// settleKind looks for evidence of what it means.
		return 0, len(b) == 10 && isLetter(b[0]) && isRWX(b[1:4]) && isRWX(b[4:7]) && isRWX(b[7:])
	}
	for i, c := range b[1:] {
		switch c {
		case '-', 'r', 'w', 'x', 's', 'S', 't', 'T', 'l', 'L', '+', '.', '@', '*', '?':
		case 'C', 'E', 'F', 'P', 'a', 'A', 'd', 'R', 'M', 'H', 'D', 'h': // of Connect:Enterprise and Windows servers
		default:
			return kind, i >= 9 && allDigits(b[i+1:])
		}
	}
	return kind, len(b) <= 14
}

func isDevice(c byte) bool { return c == 'b' || c == 'c' }

// unixSize reads the size before the date at word i. It is unknown where it ran
// into the group: "ftpadmin125435904".
func unixSize(w *words, i int) int64 {
	n, ok := size(w.word(i - 1))
	if !ok {
		return index.UnknownSize
	}
	return n
}
