package listing

import (
	"bytes"

	"trawl/index"
)

// bfs reads the Byte File System of z/VM: date, time, type, links, size, and the name in quotes.
//
//	05/20/2000 13:38:19   F        1          65758 'lines.cpy'
//	05/19/2000 11:02:15   D        -              - 'work'
type bfs struct {
	*clock
	w words
}

var _ dialect = (*bfs)(nil)

func (*bfs) name() string { return "bfs" }

func (b *bfs) parse(line []byte, it *item) verdict {
	w := &b.w
	w.split(line)
	last, when, ok := b.dateTimeAt(w, 0, monthFirst)
	if !ok || last != 1 || len(w.word(2)) != 1 || w.n < 6 {
		return alien
	}
	name := line[w.at[5].start:]
	if len(name) < 3 || name[0] != '\'' {
		return alien
	}
	*it = item{name: bytes.TrimSuffix(name[1:], []byte{'\''}), size: index.UnknownSize, when: when}
	n, sized := number(w.word(4))
	switch w.word(2)[0] {
	case 'F':
		if sized {
			it.size = n
		}
	case 'D':
		it.kind = index.Dir
	case 'L', 'E': // symbolic and external links
		it.kind = index.Link
	default:
		return alien
	}
	return entry
}
