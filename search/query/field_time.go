package query

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Time matches known times, From <= Unix seconds < To.
type Time struct{ From, To int64 }

// Age matches known times that are Min <= age < Max seconds old.
type Age struct{ Min, Max int64 }

func (Time) node()   {}
func (Time) filter() {}
func (Age) node()    {}
func (Age) filter()  {}

func (Age) relative() {}

func (n Time) and(o Node) Node {
	if o, ok := o.(Time); ok && max(n.From, o.From) < min(n.To, o.To) {
		return Time{max(n.From, o.From), min(n.To, o.To)}
	}
	return nil
}

func (n Age) and(o Node) Node {
	if o, ok := o.(Age); ok && max(n.Min, o.Min) < min(n.Max, o.Max) {
		return Age{max(n.Min, o.Min), min(n.Max, o.Max)}
	}
	return nil
}

func timeField() field {
	return field{name: "time", example: "time:2024-05..2024-07", read: (*parser).time, blanks: true}
}

// periods returns the units of ages, in seconds. A month is 30 days, a year 365.
func periods() []struct {
	name    string
	seconds int64
} {
	return []struct {
		name    string
		seconds int64
	}{{"y", 365 * 86400}, {"m", 30 * 86400}, {"w", 7 * 86400}, {"d", 86400}, {"h", 3600}, {"s", 1}}
}

// layouts returns the ways to write a date, the coarsest first, with how to go on to
// the next of their kind.
func layouts() []struct {
	layout string
	next   func(t time.Time, n int) time.Time
} {
	return []struct {
		layout string
		next   func(t time.Time, n int) time.Time
	}{
		{"2006", func(t time.Time, n int) time.Time { return t.AddDate(n, 0, 0) }},
		{"2006-01", func(t time.Time, n int) time.Time { return t.AddDate(0, n, 0) }},
		{"2006-01-02", func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }},
		{"2006-01-02T15:04:05", func(t time.Time, n int) time.Time { return t.Add(time.Duration(n) * time.Second) }},
	}
}

// time reads time:2024, time:2024-05..2024-07, time:<30d and the like.
func (p *parser) time(t token) (Node, error) {
	s := comparison(strings.ToLower(t.text))
	if n, err := p.period(t, s); n != nil || err != nil {
		return n, err
	}
	if lo, hi, ok := interval(strings.Replace(s, "=", "", 1), math.MinInt64, age); ok {
		return p.age(t, s, lo, hi)
	}
	lo, hi, ok := interval(strings.ToUpper(s), math.MinInt64, func(s string) (int64, int64, bool) { return date(isoDate(s), p.now) })
	switch {
	case !ok:
		return nil, p.fail(t.at, "this is no time", "such as time:2024, time:2024-05..2024-07, time:today or time:<30d")
	case lo > hi:
		return nil, p.mended(p.fail(t.at, "no time is in there", "the earlier one comes first: time:2024-05..2024-07"), t.at, t.end, p.turned(t))
	}
	if hi < math.MaxInt64 {
		hi++
	}
	return Time{lo, hi}, nil
}

// age makes an Age of what interval read of s. The ends of ages are not sharp: >
// is >=, and what is between ends before the second one.
func (p *parser) age(t token, s string, lo, hi int64) (Node, error) {
	switch {
	case strings.HasPrefix(s, ">"):
		lo--
	case strings.HasPrefix(s, "<"):
		hi++
	case !strings.Contains(s, ".."):
		err := p.fail(t.at, "an age needs < or > before it", "time:<"+s+" is younger, time:>"+s+" is older")
		return nil, p.mended(err, t.at, t.end, "<"+s)
	}
	if lo >= hi {
		return nil, p.mended(p.fail(t.at, "no age is in there", "the younger one comes first: time:7d..30d"), t.at, t.end, p.turned(t))
	}
	return Age{lo, hi}, nil
}

// age reads "30d" as an interval's end.
func age(s string) (first, last int64, ok bool) {
	for _, long := range []string{"years", "year", "months", "month", "weeks", "week", "days", "day", "hours", "hour"} {
		if number, found := strings.CutSuffix(s, long); found {
			s = number + long[:1]
			break
		}
	}
	for _, u := range periods() {
		number, found := strings.CutSuffix(s, u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt32 {
			return 0, 0, false
		}
		return n * u.seconds, n * u.seconds, true
	}
	return 0, 0, false
}

// date reads a year, a month, a day or a second, and returns its first and its
// last second.
func date(s string, now time.Time) (first, last int64, ok bool) {
	switch s {
	case "TODAY":
		s = now.UTC().Format(time.DateOnly)
	case "YESTERDAY":
		s = now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	}
	for _, l := range layouts() {
		if t, err := time.Parse(l.layout, s); err == nil && inYears(t) {
			return t.Unix(), l.next(t, 1).Unix() - 1, true
		}
	}
	return 0, 0, false
}

// inYears reports whether a date can be written, and those beside it too.
func inYears(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9998 }

func (n Time) String() string {
	l := layouts()[0]
	for _, l = range layouts() {
		if starts(n.From, l.layout) && starts(n.To, l.layout) {
			break
		}
	}
	from, to := time.Unix(n.From, 0).UTC(), time.Unix(n.To, 0).UTC()
	last := l.next(to, -1)
	first, final := from.Format(l.layout), last.Format(l.layout)
	switch {
	case n.To == math.MaxInt64 && inYears(from):
		return "time:>=" + first
	case n.To == math.MaxInt64:
		return "time:>" + l.next(from, -1).Format(l.layout)
	case n.From == math.MinInt64 && inYears(last):
		return "time:<=" + final
	case n.From == math.MinInt64:
		return "time:<" + to.Format(l.layout)
	case first == final:
		return "time:" + first
	}
	return "time:" + first + ".." + final
}

// starts reports whether a date written so begins at that second, or whether that
// is an open end.
func starts(unix int64, layout string) bool {
	if unix == math.MinInt64 || unix == math.MaxInt64 {
		return true
	}
	t := time.Unix(unix, 0).UTC()
	back, err := time.Parse(layout, t.Format(layout))
	return err != nil && t.YearDay() == 1 || err == nil && back.Equal(t)
}

func (n Age) String() string {
	switch {
	case n.Max == math.MaxInt64:
		return "time:>" + formatAge(n.Min)
	case n.Min == math.MinInt64:
		return "time:<" + formatAge(n.Max)
	}
	return "time:" + formatAge(n.Min) + ".." + formatAge(n.Max)
}

// formatAge writes seconds in the largest unit that holds them.
func formatAge(n int64) string {
	for _, u := range periods() {
		if n != 0 && n%u.seconds == 0 {
			return strconv.FormatInt(n/u.seconds, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "s"
}
