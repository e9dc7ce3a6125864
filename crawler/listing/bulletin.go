package listing

import (
	"bytes"

	"trawl/index"
)

// bulletin reads servers that put the name first: the file lists of bulletin boards
// (files.bbs of Worldgroup, Wildcat! and the like, with a description), SuperTCP,
// Chameleon and Nortel's wfFtp:
//
//	PKZ204G.EXE   202,574  02-01-93  PKZIP 2.04g, the standard archiver
//	                               | now with multi-volume archives
//	CMT           <DIR>    11-21-94  10:17
//	image.bin     1014196  06/03/04  Thur.   10:20:03
type bulletin struct {
	*clock
	w words
}

var _ dialect = (*bulletin)(nil)

func (*bulletin) name() string { return "bulletin" }

func (b *bulletin) parse(line []byte, it *item) verdict {
	w := &b.w
	w.split(line)
	if line[0] == ' ' || line[0] == '\t' || line[0] == '|' {
		return b.described(w)
	}
	year, month, dom, ok := b.triple(w.word(2), monthFirst)
	if !ok {
		return boardChatter(line)
	}
	*it = item{name: w.word(0)}
	if it.size, ok = size(w.word(1)); !ok {
		if !equalFold(w.word(1), "<dir>") {
			return alien
		}
		it.kind, it.size = index.Dir, index.UnknownSize
	}
	t, timed := readTime(w.word(3))
	if !timed && len(w.word(3)) > 2 && isWeekday(w.word(3)[:3]) {
		t, timed = readTime(w.word(4))
	}
	if timed {
		it.when, ok = b.at(year, month, dom, t)
	} else {
		it.when, ok = b.date(year, month, dom)
	}
	if !ok {
		return alien
	}
	return entry
}

// described reads a further line of a description: indented, perhaps after a bar.
func (b *bulletin) described(w *words) verdict {
	if w.n == 0 || w.word(0)[0] == '|' || w.at[0].start >= 20 {
		return chatter
	}
	return alien
}

// boardChatter reads the rules and headings of file lists.
func boardChatter(line []byte) verdict {
	if len(bytes.Trim(line, "-=_* ")) == 0 {
		return chatter
	}
	if hasFold(line, "filename ") || hasFold(line, "file name ") || hasFold(line, "area ") {
		return chatter
	}
	return alien
}
