package match

import "trawl/index"

// allCond is met by every entry.
type allCond struct{}

var _ condition = allCond{}

func (allCond) level(*matcher, *index.Entry, []byte) level { return plain }

func (allCond) span(*matcher, int, *index.Entry, []byte) (least, most level) { return plain, plain }

func (allCond) spans() spans { return spansOf(plain, plain) }

func (allCond) wants(dirMask) wants {
	w := filterWants(All{})
	w.sure = true
	return w
}

// noneCond is met by no entry.
type noneCond struct{}

var _ condition = noneCond{}

func (noneCond) level(*matcher, *index.Entry, []byte) level { return none }

func (noneCond) span(*matcher, int, *index.Entry, []byte) (least, most level) { return none, none }

func (noneCond) spans() spans { return spansOf(none, none) }

func (noneCond) wants(dirMask) wants { return filterWants(None{}) }
