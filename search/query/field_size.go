package query

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Size matches known sizes in bytes, Min <= size <= Max.
type Size struct{ Min, Max int64 }

func (Size) node() {}

func (n Size) and(o Node) Node {
	if o, ok := o.(Size); ok && max(n.Min, o.Min) <= min(n.Max, o.Max) {
		return Size{max(n.Min, o.Min), min(n.Max, o.Max)}
	}
	return nil
}

func sizeField() field { return field{name: "size", example: "size:>700MB", read: (*parser).size} }

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
		{"B", 1},
	}
}

// size reads size:>700MB and the like.
func (p *parser) size(t token) (Node, error) {
	lo, hi, ok := interval(t.text, 0, func(s string) (int64, int64, bool) {
		n, ok := bytes(s)
		return n, n, ok
	})
	switch {
	case !ok:
		return nil, p.fail(t.at, "this is no size", "such as size:>700MB, size:1GiB..4GiB or size:0")
	case lo > hi:
		return nil, p.fail(t.at, "no size is in there", "the smaller one comes first: size:1GiB..4GiB")
	}
	return Size{lo, hi}, nil
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
