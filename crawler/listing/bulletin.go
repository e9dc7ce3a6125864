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
	if boardNoise().has(line) {
		return chatter
	}
	if line[0] == ' ' || line[0] == '\t' || line[0] == '|' {
		return b.described(w)
	}
	day := w.word(2)
	if len(day) < 6 || !isDigit(day[0]) && day[0] != '-' {
		return boardChatter(line)
	}
	if _, _, _, ok := b.triple(day); !ok && !isDashes(day) {
		return boardChatter(line)
	}
	*it = item{name: w.word(0)}
	var ok bool
	if it.size, ok = size(w.word(1)); !ok {
		if !equalFold(w.word(1), "<dir>") {
			return alien
		}
		it.kind, it.size = index.Dir, index.UnknownSize
	}
	if !b.dated(it) {
		return alien
	}
	if n := len(it.name); it.name[n-1] == '/' && n > 1 {
		it.name, it.kind, it.size = it.name[:n-1], index.Dir, index.UnknownSize
	}
	return entry
}

// dated reads date, time and a day of the week between them. It reports whether that is all, for a
// description follows a date without a time only.
func (b *bulletin) dated(it *item) bool {
	w := &b.w
	last, when, ok := b.dateTimeAt(w, 2, monthFirst)
	if !ok {
		return false
	}
	it.when = when
	if name := bytes.TrimRight(w.word(3), "."); last == 2 && len(name) > 2 && isWeekday(name[:3]) {
		year, month, dom, ok := b.triple(w.word(2))
		if end, t, timed := clockAt(w, 4); ok && timed {
			it.when, ok = b.at(year, month, dom, t)
			return ok && end == w.n-1
		}
	}
	return last == 2 || last == w.n-1 || attributesOnly(w, last+1)
}

// attributesOnly reports whether all words from i on are letters of DOS attributes.
func attributesOnly(w *words, i int) bool {
	for ; i < w.n; i++ {
		if !isAttributes(w.word(i)) {
			return false
		}
	}
	return true
}

func boardNoise() noise {
	return noise{
		"volume - drive *", "volume in drive *", "directory of *", "file name size date day time", "# bytes - total size", "# bytes - available *",
		"# bytes - *", "# file* # bytes *", "# files *", "total files *", "total # *", "free space *", "contiguous free space *",
	}
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
