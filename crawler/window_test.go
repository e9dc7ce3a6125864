package crawler_test

import (
	"testing"
	"time"

	"trawl/crawler"
)

func TestWindow(t *testing.T) {
	day := func(clock string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", "2026-03-04 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		window, now string
		open        bool
		change      time.Time
	}{
		{"", "12:00", true, time.Time{}},
		{"08:00-08:00", "12:00", true, time.Time{}},
		{"22:00-06:00", "23:30", true, day("06:00").AddDate(0, 0, 1)},
		{"22:00-06:00", "05:59", true, day("06:00")},
		{"22:00-06:00", "06:00", false, day("22:00")},
		{"22:00-06:00", "21:59", false, day("22:00")},
		{"09:00-17:30", "08:00", false, day("09:00")},
		{"09:00-17:30", "17:00", true, day("17:30")},
		{"09:00-17:30", "18:00", false, day("09:00").AddDate(0, 0, 1)},
		{"20:00-24:00", "23:59", true, day("00:00").AddDate(0, 0, 1)},
	}
	for _, test := range tests {
		w, err := crawler.ParseWindow(test.window)
		if err != nil {
			t.Fatal(err)
		}
		open, change := w.Open(day(test.now))
		if open != test.open || !change.Equal(test.change) {
			t.Errorf("%s at %s: %t until %s, want %t until %s", test.window, test.now, open, change, test.open, test.change)
		}
	}
	for _, bad := range []string{"22", "22:00", "25:00-06:00", "22:00-06:61", "-1:00-02:00", "night", "22:00-06:00x"} {
		if _, err := crawler.ParseWindow(bad); err == nil {
			t.Errorf("window %q was taken", bad)
		}
	}
}
