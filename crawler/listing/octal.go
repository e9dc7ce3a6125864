package listing

import "trawl/index"

// octal reads servers that show what stat returns: mode, owner, group, size and
// modification time.
//
//	0100644   500  101   12345    123456789       readme
//	0040755   500  101    4096    987654321       pub
type octal struct{ w words }

var _ dialect = (*octal)(nil)

func (*octal) name() string { return "octal" }

func (o *octal) parse(line []byte, it *item) verdict {
	w := &o.w
	w.split(line)
	mode := w.word(0)
	if len(mode) != 7 || mode[0] != '0' || !allDigits(w.word(1)) || !allDigits(w.word(2)) || w.n < 6 {
		return alien
	}
	n, sized := number(w.word(3))
	when, timed := epoch(w.word(4))
	if !sized || !timed {
		return alien
	}
	*it = item{name: w.line[w.at[5].start:], size: n, when: when}
	switch string(mode[:3]) {
	case "010", "002", "006":
	case "004":
		it.kind, it.size = index.Dir, index.UnknownSize
	case "012":
		it.kind, it.size = index.Link, index.UnknownSize
	default:
		return alien
	}
	return entry
}
