package match

import (
	"math"

	"trawl/index"
	"trawl/search/query"
)

// timeCond is met by entries of known time, in seconds since 1970, both inclusive.
type timeCond struct{ first, last int64 }

var (
	_ condition = (*timeCond)(nil)
	_ timed     = (*timeCond)(nil)
)

// newTime returns the condition of times: from <= t < to.
func newTime(from, to int64) condition {
	if from >= to {
		return noneCond{}
	}
	if to != math.MaxInt64 {
		to--
	}
	return &timeCond{from, to}
}

// aheadMost is how far a time may be in the future, in seconds, and still be that of a young file: the
// clocks of hosts differ, and most listings do not say their time zone.
const aheadMost = 24 * 3600

// newAge returns the condition of ages: Min <= now-t < Max. Times far in the future have no
// age.
func newAge(n query.Age, now int64) condition {
	from, to := int64(math.MinInt64), now+aheadMost+1
	if n.Max != math.MaxInt64 {
		from = now - n.Max + 1
	}
	if n.Min != math.MinInt64 {
		to = now - n.Min + 1
	}
	return newTime(from, to)
}

func (c *timeCond) level(_ *matcher, e *index.Entry, _ []byte) level {
	return when(e.Precision != index.Unknown && c.first <= e.Unix && e.Unix <= c.last, plain)
}

func (c *timeCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *timeCond) spans() spans { return spansOf(none, plain) }

func (c *timeCond) wants(dirMask) wants { return filterWants(Time{c.first, c.last}) }

func (c *timeCond) timed() {}
