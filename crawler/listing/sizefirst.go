package listing

import (
	"bytes"

	"trawl/index"
)

// sizeFirst reads servers that put the size first: VShell, and VxWorks in routers:
//
//	206876  Apr 04, 2000 21:06 notes.txt
//	0  Dec 12, 2002 02:13 pub/
//	  size          date       time       name
//	--------       ------     ------    --------
//	    2048    Feb-28-1998  05:23:30   config          <DIR>
//	<DIR>       01-05-2024   10:20      pub
type sizeFirst struct {
	*clock
	w words
}

var _ dialect = (*sizeFirst)(nil)

func (*sizeFirst) name() string { return "size-first" }

func (s *sizeFirst) parse(line []byte, it *item) verdict {
	w := &s.w
	w.split(line)
	if equalFold(w.word(0), "size") && equalFold(w.word(1), "date") || bytes.HasPrefix(w.word(0), []byte("------")) {
		return chatter
	}
	n, ok := size(w.word(0))
	dir := equalFold(w.word(0), "<dir>")
	if !ok && !dir {
		return alien
	}
	*it = item{size: n}
	if dir {
		it.kind = index.Dir
	}
	last, when, ok := s.dateTimeAt(w, 1, monthFirst)
	if !ok {
		return alien
	}
	it.when = when
	it.name = bytes.TrimLeft(w.after(last), " ")
	if stem, ok := cutFold(it.name, "<dir>"); ok {
		it.name, it.kind = bytes.TrimRight(stem, " "), index.Dir
	} else if len(it.name) > 1 && it.name[len(it.name)-1] == '/' {
		it.name, it.kind = it.name[:len(it.name)-1], index.Dir
	}
	if len(it.name) == 0 {
		return alien
	}
	if it.kind == index.Dir {
		it.size = index.UnknownSize
	}
	return entry
}
