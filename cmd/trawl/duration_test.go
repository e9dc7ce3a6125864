package main

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"24h": day, "1d": day, "2w": 14 * day, "1w1d12h": 8*day + 12*time.Hour, "90m": 90 * time.Minute, "0": 0, "0d": 0,
		"": -1, "d": -1, "1": -1, "1x": -1, "1d2w": -1, "99999d": -1, "-1d": -1,
	} {
		got := span(-1)
		if err := got.Set(text); time.Duration(got) != want {
			t.Errorf("%q is %s, %v, want %s", text, time.Duration(got), err, want)
		}
	}
}
