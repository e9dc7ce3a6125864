package listing

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
)

// The testdata are listings of ls -l of GNU in the locales of glibc, made in November 2026:
// a file of each month, "f 02" of 2025 and "n 02" of 2026. Dates are read in the order, with
// the months, the dots and the blanks of the language. If the language is not known, or has
// one word for two months, the time is lost, but never the name.
func TestTongues(t *testing.T) {
	names, err := filepath.Glob("testdata/tongues/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	lost := map[string][]string{
		"ta_IN": {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}, // Tamil
		"hr_HR": {"06", "07", "08", "10"},                                                 // lipanj and srpanj are July and August to Poles and Czechs, listopad is November
	}
	for _, name := range names {
		locale := strings.TrimSuffix(filepath.Base(name), ".txt")
		t.Run(locale, func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := collect(t, Options{Now: now}, bytes.NewReader(text), false)
			if err != nil || len(got) != 1 || len(got[0].Entries) != 24 || got[0].State != index.Complete {
				t.Fatalf("%+v, %v", got, err)
			}
			for i, e := range got[0].Entries {
				month := time.Date(2025, time.Month(1+i%12), 15, 0, 0, 0, 0, time.UTC)
				want, prec := "f "+month.Format("01"), index.Day
				if i >= 12 {
					month = month.AddDate(1, 0, 0)
					want = "n" + want[1:]
				}
				if month.Before(now) && month.After(now.AddDate(0, 0, -182)) {
					month, prec = month.Add(10*time.Hour), index.Minute
				}
				if e.Name != want {
					t.Errorf("%q, want %q", e.Name, want)
				}
				if !slices.Contains(lost[locale], want[2:]) && (!e.Time().Equal(month) || e.Precision != prec) {
					t.Errorf("%s is of %s (%s), want %s (%s)", e.Name, e.Time(), e.Precision, month, prec)
				}
			}
		})
	}
}
