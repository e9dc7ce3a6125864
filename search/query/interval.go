package query

import (
	"math"
	"strings"
)

// comparison writes the signs of a comparison as the language does.
//
//	≥1GB, =>1GB, 1GB+ => >=1GB
func comparison(s string) string {
	s = strings.NewReplacer("≥", ">=", "⩾", ">=", "≤", "<=", "⩽", "<=", "=>", ">=", "=<", "<=").Replace(s)
	if more, ok := strings.CutSuffix(s, "+"); ok && more != "" && !strings.ContainsAny(more, "<>") && !strings.Contains(more, "..") {
		return ">=" + more
	}
	return s
}

// interval reads >x, >=x, <x, <=x, x..y, x.., ..y or x into the numbers from lo
// to hi inclusive; lowest is the least there is. one reads what stands for x: a
// number, or all from its first to its last.
func interval(s string, lowest int64, one func(string) (first, last int64, ok bool)) (lo, hi int64, ok bool) {
	lo, hi = lowest, math.MaxInt64
	var first, last int64
	switch {
	case strings.HasPrefix(s, ">="):
		lo, _, ok = one(s[2:])
	case strings.HasPrefix(s, "<="):
		_, hi, ok = one(s[2:])
	case strings.HasPrefix(s, ">"):
		_, last, ok = one(s[1:])
		lo = last + 1
		ok = ok && last < math.MaxInt64
	case strings.HasPrefix(s, "<"):
		first, _, ok = one(s[1:])
		hi = first - 1
	case strings.Contains(s, ".."):
		from, to, _ := strings.Cut(s, "..")
		ok = from != "" || to != ""
		if from != "" {
			lo, _, ok = one(from)
		}
		if to != "" && ok {
			_, hi, ok = one(to)
		}
	default:
		lo, hi, ok = one(strings.TrimPrefix(s, "="))
	}
	return lo, hi, ok
}
