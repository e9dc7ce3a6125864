package listing

import (
	"bytes"

	"trawl/index"
)

// eplf reads the Easily Parsed LIST Format (https://cr.yp.to/ftp/list/eplf.html):
//
//	+i8388621.48594,m825718503,r,s280,	readme
//	+i8388621.50690,m824255907,/,	pub
type eplf struct{}

var _ dialect = eplf{}

func (eplf) name() string { return "eplf" }

func (eplf) parse(line []byte, it *item) verdict {
	tab := bytes.IndexByte(line, '\t')
	if tab < 0 || line[0] != '+' {
		return alien
	}
	facts := line[1:tab]
	*it = item{name: line[tab+1:], size: index.UnknownSize}
	for len(facts) > 0 {
		one := facts
		if i := bytes.IndexByte(facts, ','); i >= 0 {
			one, facts = facts[:i], facts[i+1:]
		} else {
			facts = nil
		}
		if len(one) == 0 {
			continue
		}
		switch one[0] {
		case '/':
			it.kind = index.Dir
		case 'i':
			it.ident = one[1:]
		case 's':
			if n, ok := number(one[1:]); ok {
				it.size = n
			}
		case 'm':
			if m, ok := epoch(one[1:]); ok {
				it.when = m
			}
		}
	}
	if it.kind == index.Dir {
		it.size = index.UnknownSize
	}
	return entry
}
