package index_test

import (
	"testing"
	"time"

	"trawl/index"
)

func TestSameTime(t *testing.T) {
	at := time.Date(2024, 5, 1, 12, 30, 7, 0, time.UTC)
	for _, tt := range []struct {
		b    time.Time
		as   index.Precision
		want bool
	}{
		{at, index.Second, true},
		{at.Add(time.Second), index.Second, false},
		{at.Truncate(time.Minute), index.Minute, true},
		{at.Add(time.Minute), index.Minute, false},
		{at.Truncate(24 * time.Hour), index.Day, true},
		{at, index.Unknown, false},
	} {
		if got := index.SameTime(at, index.Second, tt.b, tt.as); got != tt.want {
			t.Errorf("SameTime(%v, %v to the %v) = %v, want %v", at, tt.b, tt.as, got, tt.want)
		}
	}
}
