package listing

import (
	"bytes"

	"trawl/index"
)

// os9 reads Microware OS-9, dir -e: owner, date with the year first, time, attributes,
// sector and size:
//
//	                 Directory of . 10:20:30
//	 Owner    Last modified  Attributes Sector Bytecount Name
//	-------   -------------  ---------- ------ --------- ----
//	   1.78    98/01/31 1204   ----r-wr     5F       312 readme
//	  20.20    07/03/29 1026   d-ewrewr   2650     85920 cmds
type os9 struct {
	*clock
	w words
}

var _ dialect = (*os9)(nil)

func (*os9) name() string { return "os9" }

func (o *os9) parse(line []byte, it *item) verdict {
	w := &o.w
	w.split(line)
	attrs := w.word(3)
	if w.n < 7 || !isOwner(w.word(0)) || !isOS9(attrs) || !allDigits(w.word(2)) || len(w.word(2)) != 4 {
		return os9Chatter(line)
	}
	_, year, month, dom, ok := o.dayAt(w, 1, yearFirst)
	t, timed := packedTime(w.word(2))
	n, sized := number(w.word(5))
	if !ok || !timed || !sized {
		return alien
	}
	*it = item{size: n, name: w.after(5)}
	it.when, _ = o.at(year, month, dom, t)
	if attrs[0] == 'd' {
		it.kind, it.size = index.Dir, index.UnknownSize
	}
	return entry
}

// isOwner reports whether b is a group and a user, "20.20".
func isOwner(b []byte) bool {
	group, user, ok := bytes.Cut(b, []byte{'.'})
	return ok && allDigits(group) && allDigits(user)
}

// isOS9 reports whether b is eight attributes: directory, sharable, and execute,
// write and read of public and owner.
func isOS9(b []byte) bool {
	if len(b) != 8 {
		return false
	}
	for i, c := range b {
		if c != '-' && c != "dsewrewr"[i] {
			return false
		}
	}
	return true
}

func os9Chatter(line []byte) verdict {
	text := bytes.TrimLeft(line, " ")
	if hasFold(text, "directory of ") || hasFold(text, "owner ") || bytes.HasPrefix(text, []byte("------")) {
		return chatter
	}
	return alien
}
