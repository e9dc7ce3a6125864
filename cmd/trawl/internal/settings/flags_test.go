package settings

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// TestDurationFlag reads durations of flags, and writes them in a form that is read again.
func TestDurationFlag(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"24h": day, "1d": day, "2w": 14 * day, "1w1d12h": 8*day + 12*time.Hour, "90m": 90 * time.Minute, "0": 0, "0d": 0, "1h0m5s": time.Hour + 5*time.Second,
		"": -1, "d": -1, "1": -1, "1x": -1, "1d2w": -1, "99999d": -1, "-1d": -1,
	} {
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		got := time.Duration(0)
		DurationVar(flags, &got, "d", -1, "")
		err := flags.Set("d", text)
		if got != want {
			t.Errorf("%q is %s, %v, want %s", text, got, err, want)
		}
		if again, err := ParseDuration(flags.Lookup("d").Value.String()); want >= 0 && (again != want || err != nil) {
			t.Errorf("%q is written as %s", text, flags.Lookup("d").Value)
		}
	}
}

// TestBytesFlags reads sizes and rates of flags, and writes them in a form that is read again.
func TestBytesFlags(t *testing.T) {
	for _, test := range []struct {
		text       string
		size, rate int64 // -1: refused
	}{
		{"0", 0, 0},
		{"1024", 1024, 1024},
		{"10MiB", 10 << 20, -1},
		{"2MiB/s", -1, 2 << 20},
		{"500kB/s", -1, 500_000},
		{"1025", 1025, 1025},
		{"700MB", 700_000_000, -1},
		{"", -1, -1},
		{"-1", -1, -1},
		{"x", -1, -1},
		{"99999999999999999999", -1, -1},
	} {
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		size, rate := int64(0), 0
		SizeVar(flags, &size, "size", -1, "")
		RateVar(flags, &rate, "rate", -1, "")
		errs := [2]error{flags.Set("size", test.text), flags.Set("rate", test.text)}
		if size != test.size || rate != int(test.rate) || (errs[0] == nil) != (size >= 0) || (errs[1] == nil) != (rate >= 0) {
			t.Errorf("%q is %d and %d a second, %v, want %d and %d", test.text, size, rate, errs, test.size, test.rate)
		}
		if size >= 0 {
			if again, err := ParseSize(flags.Lookup("size").Value.String()); again != size {
				t.Errorf("%q is written as %s, %v", test.text, flags.Lookup("size").Value, err)
			}
		}
		if rate >= 0 {
			if again, err := ParseRate(flags.Lookup("rate").Value.String()); again != int64(rate) {
				t.Errorf("%q is written as %s, %v", test.text, flags.Lookup("rate").Value, err)
			}
		}
	}
}
