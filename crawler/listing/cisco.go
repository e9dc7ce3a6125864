package listing

import (
	"bytes"

	"trawl/index"
)

// cisco reads what DIR shows in routers and switches of Cisco, Huawei and H3C: number, mode, size, date
// and name.
//
//	Directory of flash:/
//	    2  -rwx         736  Mar 1 1993 10:11:12 +00:00  vlan.dat
//	   10  -rw-    10401837               <no date>  c1841.bin
//	    3  drw-           -  Mar 01 2012 10:11:12  logs
type cisco struct {
	*clock
	w words
}

var _ dialect = (*cisco)(nil)

func (*cisco) name() string { return "cisco" }

func (c *cisco) parse(line []byte, it *item) verdict {
	w := &c.w
	w.split(line)
	mode := w.word(1)
	if !allDigits(w.word(0)) || !isFourMode(mode) {
		return c.chatter(line, it)
	}
	*it = item{size: index.UnknownSize}
	n, sized := dosSize(w.word(2))
	last, when, dated := c.dateAt(w, 3)
	if !dated || last >= w.n-1 || !sized && string(w.word(2)) != "-" {
		return alien
	}
	it.when, it.name = when, bytes.TrimLeft(w.after(last), " ")
	switch {
	case mode[0] == 'd':
		it.kind = index.Dir
		it.name = bytes.TrimSuffix(it.name, []byte{'/'})
	case sized:
		it.size = n
	}
	if len(it.name) == 0 {
		return alien
	}
	return entry
}

// isFourMode reports whether b is a type and three permissions, "drwx".
func isFourMode(b []byte) bool {
	if len(b) != 4 || b[0] != '-' && b[0] != 'd' {
		return false
	}
	for i, c := range b[1:] {
		if c != '-' && c != "rwx"[i] {
			return false
		}
	}
	return true
}

// chatter reads the head of a directory, "Directory of flash:/logs/", and sums.
func (c *cisco) chatter(line []byte, it *item) verdict {
	w := &c.w
	if w.n == 3 && equalFold(w.word(0), "directory") && equalFold(w.word(1), "of") && bytes.ContainsAny(w.word(2), ":") {
		*it = item{name: append([]byte{'/'}, bytes.TrimRight(bytes.ReplaceAll(w.word(2), []byte{'\\'}, []byte{'/'}), "/")...)}
		return heading
	}
	if (noise{"# * total # * free*", "idx attr size* date time filename", "no files in directory", "no space information *"}).has(line) {
		return chatter
	}
	return alien
}
