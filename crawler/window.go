package crawler

import (
	"fmt"
	"strings"
	"time"
)

// Window is a daily span of local time, "22:00-06:00"; the zero value is always.
type Window struct{ from, to time.Duration } // since midnight; equal is always

// ParseWindow reads a Window from index.Settings.Window. "" is always.
func ParseWindow(s string) (Window, error) {
	if s == "" {
		return Window{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	w := Window{}
	for _, part := range []struct {
		text string
		into *time.Duration
	}{{from, &w.from}, {to, &w.to}} {
		if part.text == "24:00" {
			*part.into = 24 * time.Hour
			continue
		}
		clock, err := time.Parse("15:04", part.text)
		if !ok || err != nil {
			return Window{}, fmt.Errorf(`daily window %q: write it as "22:00-06:00"`, s)
		}
		*part.into = time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
	}
	return w, nil
}

// Open reports whether t is within the window, and when that next changes. A
// window that is always open never changes: the time is zero.
func (w Window) Open(t time.Time) (open bool, change time.Time) {
	if w.from == w.to {
		return true, time.Time{}
	}
	// The latest edge before t decides, and the next one changes it.
	for day := -1; day <= 1; day++ {
		from := edge(t, day, w.from)
		to := edge(t, day, w.to)
		if !to.After(from) {
			to = edge(t, day+1, w.to)
		}
		switch {
		case t.Before(from):
			return false, from
		case t.Before(to):
			return true, to
		}
	}
	return false, edge(t, 2, w.from)
}

// edge returns a time of day, some days from t.
func edge(t time.Time, days int, clock time.Duration) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+days, int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, t.Location())
}
