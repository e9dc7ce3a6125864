package web

import (
	"time"

	"trawl/index"
)

// The units of a moment, which is said in the largest that fits.
const (
	day   = 24 * time.Hour
	month = 30 * day
	year  = 365 * day
)

// ago writes how long ago a time was, or in how long it will be, in the reader's language.
//
//	3 days ago, in 2 hours, just now, never
func (v visit) ago(t time.Time) string {
	if t.IsZero() {
		return v.Text("moment.never")
	}
	tense, d := "ago", time.Since(t)
	if d < 0 {
		tense, d = "in", -d
	}
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"years", year}, {"months", month}, {"days", day}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		if n := int64(d / unit.long); n > 0 {
			return v.Count("moment."+tense+"."+unit.name, n)
		}
	}
	return v.Text("moment.now")
}

// date writes the day of a time, or a dash if there is none.
func date(t time.Time) string { return drawTime(t.UTC(), index.Day) }

// stamp writes a time for programs (the attribute datetime).
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// drawTime writes a time, no finer than its listing had it.
func drawTime(t time.Time, p index.Precision) string {
	switch {
	case t.IsZero() || p == index.Unknown:
		return "–"
	case p == index.Day:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}
