package match

// level says how an entry matches a condition. It is the reason why a directory that
// is called kernel is one result and not ten thousand: a word counts as matched
// above when it is in the path but not in the own name, and a query whose words
// are all matched above does not match.
//
//	(and above own)   => own
//	(and above plain) => above
//	(or above plain)  => plain
type level uint8

const (
	none  level = iota
	above       // only the directory has the words
	plain       // there are no words: filters match
	own         // a word is in the own name
)

// levelCount is the number of levels.
const levelCount = 4

func when(yes bool, l level) level {
	if yes {
		return l
	}
	return none
}

// levels joins the levels of the branches of an And.
type levels struct{ least, best level }

func allOfLevels() levels { return levels{least: own} }

func (a *levels) add(l level) { a.least, a.best = min(a.least, l), max(a.best, l) }

func (a *levels) level() level {
	if a.least != none && a.best == own {
		return own
	}
	return a.least
}

// both returns the level of an And of two conditions with these levels.
func both(a, b level) level {
	l := allOfLevels()
	l.add(a)
	l.add(b)
	return l.level()
}

// spans is a set of pairs of a least and a greatest level, a bit each.
type spans uint16

// spansOf returns the set of one pair.
func spansOf(least, most level) spans { return 1 << (least*levelCount + most) }

// filterSpans returns the spans of a filter that names, kinds and sizes decide.
func filterSpans() spans { return spansOf(none, none) | spansOf(plain, plain) }

// all calls yield with each pair.
func (s spans) all(yield func(least, most level) bool) {
	for least := range level(levelCount) {
		for most := range level(levelCount) {
			if s&spansOf(least, most) != 0 && !yield(least, most) {
				return
			}
		}
	}
}

// join returns the set of the pairs that two makes of the levels of a pair of each.
func (s spans) join(o spans, two func(a, b level) level) (out spans) {
	for least, most := range s.all {
		for l, m := range o.all {
			out |= spansOf(two(least, l), two(most, m))
		}
	}
	return out
}

// decided reports whether each entry is known to match or known not to match.
func (s spans) decided() bool {
	for least, most := range s.all {
		if least < plain && most >= plain {
			return false
		}
	}
	return true
}
