package listing

import (
	"testing"
	"time"

	"trawl/index"
)

// written returns an instant as a test writes it.
func written(m instant) string {
	t := time.Unix(m.unix, 0).UTC()
	switch m.prec {
	case index.Day:
		return t.Format("2006-01-02")
	case index.Minute:
		return t.Format("2006-01-02 15:04")
	case index.Second:
		return t.Format("2006-01-02 15:04:05")
	case index.Unknown:
	}
	return "none"
}

// The reader of dates reads all forms and finds their end: the name, if there is one, is "x".
func TestDateTimeAt(t *testing.T) {
	for text, want := range map[string]string{
		"04-27-00 12:09PM x":              "2000-04-27 12:09",
		"9/21/2017 2:17 PM x":             "2017-09-21 14:17",
		"9/21/2017 2:17 p.m. x":           "2017-09-21 14:17",
		"9/21/2017 12:17 AM x":            "2017-09-21 00:17",
		"06:25:08 01:09PM x":              "2008-06-25 13:09",
		"2002/09/02 x":                    "2002-09-02",
		"2002.09.02 19.06 x":              "2002-09-02 19:06",
		"2002-09-02 19:06:07.123 +0200 x": "2002-09-02 17:06:07",
		"27.04.2012 18:48 x":              "2012-04-27 18:48",
		"01-jun-99 10:15:22.47 x":         "1999-06-01 10:15:22",
		"1-JUN-1999 x":                    "1999-06-01",
		"Feb-28-1998 05:23:30 x":          "1998-02-28 05:23:30",
		"Dec 28,2001 7:01 x":              "2001-12-28 07:01",
		"Dec 28, 2001 7:01 x":             "2001-12-28 07:01",
		"Nov 16 1994 17:16 x":             "1994-11-16 17:16",
		"Fri Nov 16 1994 17:16 x":         "1994-11-16 17:16",
		"16. Nov 1994 x":                  "1994-11-16",
		"16 Nov '94 17:16 x":              "1994-11-16 17:16",
		"AUG 26, 1997 x":                  "1997-08-26",
		"990926-1431 x":                   "1999-09-26 14:31",
		"20190926 x":                      "2019-09-26",
		"Nov 16 17:16 x":                  "2026-11-16 17:16",
		"Dec 16 17:16 x":                  "2025-12-16 17:16",
		"2562/11/22 10:15 x":              "2019-11-22 10:15",
		"108/11/22 10:15 x":               "2019-11-22 10:15",
		"1398/09/01 10:15 x":              "2019-11-22 10:15",
		"1441/03/25 10:15 x":              "none",
		"H31.04.01 10:15 x":               "2019-04-01 10:15",
		"令和01年05月02日 10:15 x":             "2019-05-02 10:15",
		"--- -- --:-- x":                  "none",
		"---------- x":                    "none",
		"00-00-80 12:00AM x":              "none",
		"02/30/2001 10:00 x":              "none",
		"10-05-100 23:38 x":               "2000-10-05 23:38",
		"15-JUI-2002 x":                   "2002-07-15",
		"25/12/01 x":                      "2001-12-25",
		"1999/10/12 17:12 x":              "1999-10-12 17:12",
	} {
		var w words
		w.split([]byte(text))
		c := newClock(benchNow, 0, newMonths(), noHabits())
		last, m, ok := c.dateTimeAt(&w, 0, monthFirst)
		if got := written(m); !ok || got != want || string(w.word(last+1)) != "x" {
			t.Errorf("%q: %s, %v, before %q, want %s", text, got, ok, w.word(last+1), want)
		}
	}
}

// What is no date is read as none.
func TestNoDate(t *testing.T) {
	c := newClock(benchNow, 0, newMonths(), noHabits())
	for _, text := range []string{"", "x", "12", "12:34 x", "1.2.3.4 x", "10.0.0.255 x", "-", "- x", "-rw-r--r-- x", "12345678 x", "123456 x", "may x", "12/34 x", "1999 x"} {
		var w words
		w.split([]byte(text))
		if last, m, ok := c.dateTimeAt(&w, 0, monthFirst); ok {
			t.Errorf("%q: %s up to %q", text, written(m), w.word(last))
		}
	}
}

// The order of day and month, once it is certain, is that of the host.
func TestOrder(t *testing.T) {
	for _, dates := range [][]string{
		{"13.01.2019", "2019-01-13", "02.01.2019", "2019-01-02"},
		{"01-13-19", "2019-01-13", "01-02-19", "2019-01-02"},
		{"98-11-22", "1998-11-22", "19-11-22", "2019-11-22", "02-01-03", "2002-01-03"},
		{"22-11-19", "2019-11-22", "02-01-03", "2003-01-02"},
		{"02-01-03", "2003-02-01"},
	} {
		c := newClock(benchNow, 0, newMonths(), noHabits())
		for i := 0; i < len(dates); i += 2 {
			year, month, dom, ok := c.triple([]byte(dates[i]))
			m, _ := c.date(year, month, dom)
			if !ok || written(m) != dates[i+1] {
				t.Errorf("%s of %q: %s, want %s", dates[i], dates, written(m), dates[i+1])
			}
		}
	}
}

// Persian dates are converted to the day, in leap years, too.
func TestPersian(t *testing.T) {
	for _, pair := range [][6]int{
		{1398, 9, 1, 2019, 11, 22},
		{1399, 12, 30, 2021, 3, 20},
		{1400, 1, 1, 2021, 3, 21},
		{1403, 12, 30, 2025, 3, 20},
		{1404, 1, 1, 2025, 3, 21},
		{1357, 11, 22, 1979, 2, 11},
		{1398, 7, 30, 2019, 10, 22},
		{1398, 8, 1, 2019, 10, 23},
	} {
		if y, m, d := persian(pair[0], pair[1], pair[2]); y != pair[3] || m != pair[4] || d != pair[5] {
			t.Errorf("%v: %d-%d-%d", pair, y, m, d)
		}
	}
}

// Months that lost letters are found, unless several can be meant.
func TestCutMonth(t *testing.T) {
	c := newClock(benchNow, 0, newMonths(), noHabits())
	for word, want := range map[string]int{
		"fbro": 2, "agto": 8, "dbre": 12, "setbre": 9, "novbr": 11, "septem": 9, "Octob": 10, "janvi": 1, "tammik": 1, "oktbr": 10,
		"jr": 0, "the": 0, "root": 0, "staff": 0, "users": 0, "x": 0,
	} {
		if got := c.cutMonth([]byte(word)); got != want {
			t.Errorf("%s: month %d, want %d", word, got, want)
		}
	}
}

func TestNoise(t *testing.T) {
	for line, want := range map[string]bool{
		"Bytes Available: 123456789":       true,
		"No files found.":                  true,
		"2 files, 3 directories":           true,
		"  Wall clock: 10:15 ":             true,
		"226 Transfer complete.":           true,
		"":                                 false,
		"no files here that I know":        false,
		"12 files and nothing else":        false,
		"filename":                         false,
		"-rw-r--r-- 1 a b 1 Nov 22 2019 x": false,
	} {
		if got := isRemark([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
