package query

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// period reads a period by its name, as other file searches have it, and notes how. It returns nil
// if s is none.
//
//	lastweek, this-month, last30days, may2024 => time:2024-05
func (p *parser) period(t token, s string) (Node, error) {
	name := strings.NewReplacer("-", "", "_", "", " ", "").Replace(s)
	var n Node
	if days, ok := strings.CutPrefix(name, "last"); ok {
		if _, most, ok := age(days); ok && most > 0 {
			n = Age{math.MinInt64, most}
		}
	}
	if n == nil {
		if from, to, ok := named(name, p.now.UTC()); ok {
			n = Time{from.Unix(), to.Unix()}
		}
	}
	if n != nil {
		p.note(t.field + ":" + s + " was read as " + n.String())
		return n, nil
	}
	if first, second, ok := ambiguous(s); ok {
		return nil, p.fail(t.at, "this may be one of two days", "write time:"+first+" or time:"+second)
	}
	return nil, nil
}

// named returns the bounds of a period with a name.
func named(name string, now time.Time) (from, to time.Time, ok bool) {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	year := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	switch name {
	case "thisweek":
		return monday, monday.AddDate(0, 0, 7), true
	case "lastweek":
		return monday.AddDate(0, 0, -7), monday, true
	case "thismonth":
		return month, month.AddDate(0, 1, 0), true
	case "lastmonth":
		return month.AddDate(0, -1, 0), month, true
	case "thisyear":
		return year, year.AddDate(1, 0, 0), true
	case "lastyear":
		return year.AddDate(-1, 0, 0), year, true
	}
	for m := time.January; m <= time.December; m++ {
		for _, word := range []string{strings.ToLower(m.String()), strings.ToLower(m.String()[:3])} {
			rest, found := strings.CutPrefix(name, word)
			if n, err := strconv.Atoi(rest); found && err == nil && len(rest) == 4 {
				from = time.Date(n, m, 1, 0, 0, 0, 0, time.UTC)
				return from, from.AddDate(0, 1, 0), true
			}
		}
	}
	return from, to, false
}

// isoDate writes a day with the year first and dashes, as far as it can mean one day only. Other
// texts stay.
//
//	17.05.2024, 2024/05/17, 20240517 => 2024-05-17
//	05/06/2024 => 05/06/2024
func isoDate(s string) string {
	if year, month, day, ok := splitDate(s); ok && (month <= 12 || day <= 12) {
		if month > 12 {
			month, day = day, month
		}
		return formatDate(year, month, day)
	}
	return s
}

// ambiguous returns the two days that a date with slashes may mean: Americans write the month first,
// others the day.
func ambiguous(s string) (first, second string, ok bool) {
	year, month, day, ok := splitDate(s)
	if !ok || !strings.Contains(s, "/") || strings.HasPrefix(s, year) || month > 12 || day > 12 || month == day {
		return "", "", false
	}
	return formatDate(year, month, day), formatDate(year, day, month), true
}

// splitDate cuts a date of day, month and year, or of year, month and day, at its dots, slashes or
// dashes. Of a date with the day first, slashes leave open which number is the month.
func splitDate(s string) (year string, month, day int, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '/' || r == '-' })
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" && (s[:2] == "19" || s[:2] == "20") {
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	if len(parts) != 3 || len(parts[1]) > 2 || strings.Contains(s, "..") {
		return "", 0, 0, false
	}
	if len(parts[0]) <= 2 && len(parts[2]) == 4 {
		parts[0], parts[2] = parts[2], parts[0]
	}
	month, wrongMonth := strconv.Atoi(parts[1])
	day, wrongDay := strconv.Atoi(parts[2])
	_, wrongYear := strconv.Atoi(parts[0])
	ok = len(parts[0]) == 4 && wrongMonth == nil && wrongDay == nil && wrongYear == nil && month > 0 && day > 0
	return parts[0], month, day, ok
}

func formatDate(year string, month, day int) string {
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	return year + "-" + two(month%100) + "-" + two(day%100)
}
