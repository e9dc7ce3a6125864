package listing

import "trawl/index"

// verdict is what a dialect makes of a line.
type verdict uint8

const (
	alien   verdict = iota // not understood
	entry                  // item is filled in
	chatter                // known, and not an entry: totals, headings, "." and ".."
	wrapped                // the beginning of an entry that goes on in the next line
)

// dialect reads the lines of one kind of server. A dialect lives for one listing
// and may remember headings; its parse is called with each line in order, and
// with line and next line joined by a space after it said wrapped.
type dialect interface {
	// name is how the dialect is remembered with a host.
	name() string

	// parse reads a line that is not empty. What it puts in it points into line.
	parse(line []byte, it *item) verdict
}

// item is an entry as a dialect reads it.
type item struct {
	name   []byte // the bytes of the wire
	target []byte // of a link
	ident  []byte // what the server knows it by, or nothing
	size   int64
	kind   index.Kind
	when   moment
	fold   bool // the server's names are upper case and its case means nothing
}

// dialectNames are all dialects, those that are told most surely first: of those
// that understand equally many lines the first wins.
func dialectNames() []string {
	return []string{
		"mlsx", "eplf", "mac", "unix", "dos", "vms", "netware", "hellsoft", "as400", "mvs", "zvm",
		"os2", "os9", "nonstop", "octal", "bulletin", "size-first",
	}
}

// newDialect returns the dialect of that name for one listing, or nil.
func newDialect(name string, c *clock) dialect {
	switch name {
	case "mlsx":
		return &mlsx{}
	case "eplf":
		return eplf{}
	case "mac":
		return &mac{unix{clock: c}}
	case "unix":
		return &unix{clock: c}
	case "dos":
		return &dos{clock: c}
	case "vms":
		return &vms{clock: c}
	case "netware":
		return &netware{clock: c}
	case "hellsoft":
		return &hellsoft{clock: c}
	case "as400":
		return &as400{clock: c}
	case "mvs":
		return &mvs{clock: c}
	case "zvm":
		return &zvm{clock: c}
	case "os2":
		return &os2{clock: c}
	case "os9":
		return &os9{clock: c}
	case "nonstop":
		return &nonstop{clock: c}
	case "octal":
		return &octal{}
	case "bulletin":
		return &bulletin{clock: c}
	case "size-first":
		return &sizeFirst{clock: c}
	}
	return newList(name, c)
}

// words are the first words of a line, split at spaces and tabs.
type words struct {
	line []byte
	n    int
	at   [24]struct{ start, end int32 }
}

func (w *words) split(line []byte) {
	w.line, w.n = line, 0
	i := 0
	for w.n < len(w.at) {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		if i == len(line) {
			return
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		w.at[w.n].start, w.at[w.n].end = int32(start), int32(i)
		w.n++
	}
}

// word returns the i-th word, or nothing beyond the last.
func (w *words) word(i int) []byte {
	if i < 0 || i >= w.n {
		return nil
	}
	return w.line[w.at[i].start:w.at[i].end]
}

// after returns what follows the i-th word and one space.
func (w *words) after(i int) []byte {
	if i < 0 || i >= w.n {
		return nil
	}
	end := int(w.at[i].end)
	if end >= len(w.line) {
		return nil
	}
	return w.line[end+1:]
}

// number reads digits; ok is false if there is anything else or more than an
// int64 holds.
func number(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n >= 0
}

// allDigits reports whether b is digits only, however many.
func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// size reads a size in bytes: "1024", "1,234,567", "33.5k", "2M". What is beyond
// an int64, or negative, is index.UnknownSize; ok is false if b is no size.
func size(b []byte) (n int64, ok bool) {
	if n, ok := number(b); ok {
		return n, true
	}
	if len(b) > 1 && b[0] == '-' && allDigits(b[1:]) || allDigits(b) {
		return index.UnknownSize, true
	}
	return roundSize(b)
}

// roundSize reads sizes that are written for people: "1,234,567", "33.5k", "2M".
func roundSize(b []byte) (n int64, ok bool) {
	var whole, part, scale int64 = 0, 0, 1
	point := false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' && scale < 1000 && whole < 1<<52:
			if point {
				part, scale = part*10+int64(c-'0'), scale*10
			} else {
				whole = whole*10 + int64(c-'0')
			}
		case c == ',' && !point && i > 0 && grouped(b[i:]):
		case c == '.' && !point && i > 0:
			point = true
		case i > 0 && i >= len(b)-2:
			unit := magnitude(b[i:])
			if unit == 0 || whole > (1<<62)/unit {
				return index.UnknownSize, unit != 0
			}
			return whole*unit + part*unit/scale, true
		default:
			return 0, false
		}
	}
	return whole, len(b) > 0 && !point
}

// grouped reports whether b begins with a comma and three digits that end a group.
func grouped(b []byte) bool {
	return len(b) >= 4 && allDigits(b[1:4]) && (len(b) == 4 || b[4] == ',')
}

// magnitude returns the bytes of a unit: k or kB is 1024, and so on; 0 if it is none.
func magnitude(b []byte) int64 {
	if len(b) == 2 && (b[1] == 'B' || b[1] == 'b') {
		b = b[:1]
	}
	if len(b) != 1 {
		return 0
	}
	switch b[0] | 0x20 {
	case 'b':
		return 1
	case 'k':
		return 1 << 10
	case 'm':
		return 1 << 20
	case 'g':
		return 1 << 30
	case 't':
		return 1 << 40
	}
	return 0
}
