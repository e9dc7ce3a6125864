package listing

// clearpath reads Unisys ClearPath MCP and OS 2200: name, kind, size, date and time. A name may
// have slashes in it, "TOOLS/COPY", beside a file "TOOLS".
//
//	Report for: (GUEST)TOOLS ON PACK
//	TOOLS                   SEQDATA    84 03/08/1998  15:32
//	          6 Files     504 Octets
type clearpath struct {
	*clock
	w      words
	headed bool
}

var _ dialect = (*clearpath)(nil)

func (*clearpath) name() string { return "clearpath" }

func (c *clearpath) parse(line []byte, it *item) verdict {
	w := &c.w
	w.split(line)
	if equalFold(w.word(0), "report") && equalFold(w.word(1), "for:") || (noise{"# file* # octet*", "total file* #", "total # file*"}).has(line) {
		c.headed = true
		return chatter
	}
	if w.n == 1 && line[0] != ' ' && c.headed {
		return wrapped
	}
	day := w.n - 2
	if halfOf(w.word(w.n-1)) != 0 {
		day--
	}
	n, sized := dosSize(w.word(day - 1))
	last, when, dated := c.dateTimeAt(w, day, monthFirst)
	if day < 3 || !sized || !dated || last != w.n-1 || when.prec < 2 || !isUpper(w.word(day-2)) || line[0] == ' ' {
		return alien
	}
	*it = item{name: line[:w.at[day-3].end], size: n, when: when, slash: true}
	return entry
}

// isUpper reports whether b is capital letters and digits, the first of which is a letter.
func isUpper(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && !isDigit(c) {
			return false
		}
	}
	return len(b) > 1 && !isDigit(b[0])
}
