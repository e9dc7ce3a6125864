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
	w words
}

var _ dialect = (*unix)(nil)

func (*unix) name() string { return "unix" }

func (u *unix) parse(line []byte, it *item) verdict {
	w := &u.w
	w.split(line)
	perms := 0
	for perms < 2 && (allDigits(w.word(perms)) && len(w.word(perms)) < 20) {
		perms++ // the inode and the blocks of ls -is
	}
	kind, ok := unixKind(w.word(perms))
	if !ok {
		return unixChatter(w)
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
		return alien
	}
	return u.finish(it, w, last)
}

// finish takes the spaces and marks of the layout off the name.
func (u *unix) finish(it *item, w *words, date span) verdict {
	usual := &u.pads[0]
	if date.first < date.last && it.when.prec == index.Day && w.at[date.last].start == w.at[date.last-1].end+1 {
		usual = &u.pads[1] // nothing made up before it for the time that is not there
	}
	pad := int8(0)
	for int(pad) < len(it.name) && it.name[pad] == ' ' && pad < 100 {
		pad++
	}
	switch {
	case int(pad) == len(it.name):
	case *usual < 0 || pad < *usual:
		*usual = pad
		it.name = it.name[pad:]
	default:
		it.name = it.name[*usual:]
	}
	if it.kind == index.Link {
		n, _ := number(w.word(date.first - 1))
		cutArrow(it, n)
	}
	if n := len(it.name); n > 1 && it.name[n-1] == '/' && it.kind == index.Dir {
		it.name = it.name[:n-1] // ls -F
	}
	if len(it.name) == 0 {
		return alien
	}
	return entry
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

// unixKind reads the word of type and permissions, "drwxr-xr-x+".
func unixKind(b []byte) (kind index.Kind, ok bool) {
	if len(b) < 7 || len(b) > 14 {
		return 0, false
	}
	switch b[0] {
	case 'd':
		kind = index.Dir
	case 'l':
		kind = index.Link
	case '-', 'b', 'c', 'p', 's', 'D', 'C', 'm', 'M', 'n', 'P', 'w', '?':
	default:
		return 0, false
	}
	for _, c := range b[1:] {
		switch c {
		case '-', 'r', 'w', 'x', 's', 'S', 't', 'T', 'l', 'L', '+', '.', '@', '*', '?':
		case 'C', 'E', 'F', 'P', 'a', 'A', 'd': // of Connect:Enterprise and Windows servers
		default:
			return 0, false
		}
	}
	return kind, true
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

// unixChatter reads "total 12" in all languages, "total 12K" and the like.
func unixChatter(w *words) verdict {
	first := w.word(0)
	number := bytes.TrimLeft(w.word(1), "-")
	_, isSize := size(number)
	switch {
	case w.n == 2 && isSize && (first[0] >= 0x80 || isTotal(first)):
		return chatter
	case w.n == 2 && len(first) > 0 && allDigits(first) && equalFold(w.word(1), "total"):
		return chatter
	case w.n > 4 && equalFold(first, "total") && equalFold(w.word(1), "used"):
		return chatter // total used in directory 4 available 500
	}
	return alien
}

// isTotal reports whether b is a word by which ls names the sum of the blocks.
func isTotal(b []byte) bool {
	b = bytes.TrimRight(b, ":")
	for _, known := range []string{
		"total", "gesamt", "insgesamt", "totale", "totalo", "totaal", "totalt", "razem", "celkem", "summa", "sammanlagt", "suma",
		"toplam", "yhteens\xc3\xa4", "yhteens\xe4", "\xc3\xb6sszesen", "\xf6sszesen", "ukupno", "sveukupno", "skupaj", "skupno", "guztira", "ioml\xc3\xa1n", "t\xe1\xbb\x95ng", "kokku", "i alt", "samtals", "viso", "celkom", "jumlah",
	} {
		if equalFold(b, known) {
			return true
		}
	}
	return false
}

// foreignDate returns how many words from i on look like a date whose month is in a
// language that is not known, if a name follows them. Such a file has no time, but
// the date is no part of its name.
func foreignDate(w *words, i int) int {
	if i+3 >= w.n || len(w.word(i)) > 24 || len(w.word(i+1)) > 24 {
		return 0
	}
	_, dated := dayNumber(w.word(i))
	if !dated {
		_, dated = dayNumber(w.word(i + 1))
	}
	_, year := yearNumber(w.word(i + 2))
	_, timed := readTime(w.word(i + 2))
	if dated && (year || timed) {
		return 3
	}
	return 0
}

// dateless reads lines without a date: "drwxr-xr-x 3 owner group 512 name", and those of
// ls -lZ, with a security context before the name. It reports whether the line is one.
func (u *unix) dateless(w *words, from int, it *item) bool {
	for i := from; i < w.n-1 && i < from+5; i++ {
		if bytes.Count(w.word(i), []byte{':'}) >= 2 {
			it.name = w.after(i)
			return true
		}
	}
	// Links, owner and group are before the size; the owner is a name.
	for i := from + 3; i >= from+1; i-- {
		n, ok := number(w.word(i))
		if ok && i+1 < w.n && !allDigits(w.word(i-1)) {
			if it.kind == index.File {
				it.size = n
			}
			it.name = w.after(i + foreignDate(w, i+1))
			return true
		}
	}
	return false
}
