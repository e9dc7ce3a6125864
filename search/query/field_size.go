package query

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Size matches known sizes in bytes, Min <= size <= Max.
type Size struct{ Min, Max int64 }

func (Size) node()   {}
func (Size) filter() {}

func (n Size) and(o Node) Node {
	if o, ok := o.(Size); ok && max(n.Min, o.Min) <= min(n.Max, o.Max) {
		return Size{max(n.Min, o.Min), min(n.Max, o.Max)}
	}
	return nil
}

func sizeField() field {
	return field{name: "size", example: "size:>700MB", read: (*parser).size, blanks: true}
}

// units returns the units of sizes, in bytes. A letter alone is binary, as ls -h and
// du print it.
func units() []struct {
	name  string
	bytes int64
} {
	return []struct {
		name  string
		bytes int64
	}{
		{"PiB", 1 << 50},
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"PB", 1e15},
		{"TB", 1e12},
		{"GB", 1e9},
		{"MB", 1e6},
		{"KB", 1e3},
		{"P", 1 << 50},
		{"T", 1 << 40},
		{"G", 1 << 30},
		{"M", 1 << 20},
		{"K", 1 << 10},
		{"bytes", 1},
		{"byte", 1},
		{"B", 1},
	}
}

// size reads size:>700MB and the like. The unit may stand behind a blank.
func (p *parser) size(t token) (Node, error) {
	text := comparison(t.text)
	if last := len(text) - 1; last >= 0 && '0' <= text[last] && text[last] <= '9' && p.tok.sort == value && p.tok.field == "" && isUnit(p.tok.text) {
		text += p.tok.text
		p.advance()
		p.note("the unit was taken from behind the blank: size:" + text)
	}
	lo, hi, ok := interval(text, 0, func(s string) (int64, int64, bool) {
		n, ok := bytes(s)
		return n, n, ok
	})
	if !ok {
		if lo, hi, ok = roughly(text); ok {
			p.note("size:" + text + " was read as " + Size{lo, hi}.String())
		}
	}
	switch {
	case !ok:
		return nil, p.fail(t.at, "this is no size", "such as size:>700MB, size:1GiB..4GiB or size:0")
	case lo > hi:
		return nil, p.mended(p.fail(t.at, "no size is in there", "the smaller one comes first: size:1GiB..4GiB"), t.at, t.end, p.turned(t))
	}
	return Size{lo, hi}, nil
}

// isUnit reports whether a word is a unit of sizes of two letters or more.
func isUnit(word string) bool {
	for _, u := range units() {
		if len(u.name) > 1 && strings.EqualFold(u.name, word) {
			return true
		}
	}
	return false
}

// roughly reads what other file searches have for sizes: words, as Everything and Windows have
// them, and a dash between two sizes.
//
//	empty, tiny, ... gigantic, 1GB-2GB
func roughly(text string) (lo, hi int64, ok bool) {
	const kib, mib = 1 << 10, 1 << 20
	switch strings.ToLower(text) {
	case "empty", "zero":
		return 0, 0, true
	case "tiny":
		return 1, 10 * kib, true
	case "small":
		return 10*kib + 1, 100 * kib, true
	case "medium":
		return 100*kib + 1, mib, true
	case "large":
		return mib + 1, 16 * mib, true
	case "huge":
		return 16*mib + 1, 128 * mib, true
	case "gigantic":
		return 128*mib + 1, math.MaxInt64, true
	}
	from, to, found := strings.Cut(text, "-")
	if !found {
		return 0, 0, false
	}
	if unit := strings.TrimLeft(to, "0123456789.,"); strings.Trim(from, "0123456789.,") == "" {
		from += unit
	}
	lo, known := bytes(from)
	hi, ok = bytes(to)
	return lo, hi, known && ok
}

// bytes reads a size: "0", "700MB", "1.5GiB", "4g".
func bytes(s string) (int64, bool) {
	unit := int64(1)
	for _, u := range units() {
		if n := len(s) - len(u.name); n > 0 && strings.EqualFold(s[n:], u.name) {
			s, unit = s[:n], u.bytes
			break
		}
	}
	s = decimal(s)
	if strings.Trim(s, "0123456789.") != "" || len(s) > 20 {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(unit))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	return n.Int64(), n.IsInt64()
}

// decimal writes a number with a point, and without signs between thousands.
//
//	1,5 => 1.5
//	1,000,000, 1.000.000, 1_000_000 => 1000000
func decimal(s string) string {
	s = strings.ReplaceAll(s, "_", "")
	if strings.Count(s, ".") > 1 && !strings.Contains(s, "..") {
		s = strings.ReplaceAll(s, ".", "")
	}
	head, tail, found := strings.Cut(s, ",")
	switch {
	case !found:
		return s
	case strings.Contains(tail, ",") || len(tail) == 3 && head != "0":
		return strings.ReplaceAll(s, ",", "")
	}
	return head + "." + tail
}

// formatSize writes a number of bytes exactly, in the unit that makes it
// shortest, such that size: reads it back: 1073741824 => "1GiB".
func formatSize(n int64) string {
	best := strconv.FormatInt(n, 10)
	for _, u := range units() {
		if len(u.name) > 1 && n >= u.bytes && n%u.bytes == 0 {
			if s := strconv.FormatInt(n/u.bytes, 10) + u.name; len(s) < len(best) {
				best = s
			}
		}
	}
	return best
}

func (n Size) String() string {
	from, to := formatSize(n.Min), formatSize(n.Max)
	switch {
	case n.Min == n.Max:
		return "size:" + from
	case n.Max == math.MaxInt64:
		if below := formatSize(max(n.Min-1, 0)); len(below) < len(from) {
			return "size:>" + below
		}
		return "size:>=" + from
	case n.Min == 0:
		if above := formatSize(n.Max + 1); len(above) < len(to) {
			return "size:<" + above
		}
		return "size:<=" + to
	}
	return "size:" + from + ".." + to
}
