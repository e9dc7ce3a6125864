package listing

import (
	"time"

	"trawl/index"
)

// instant is a time as a listing shows it, in seconds since 1970 UTC.
type instant struct {
	unix int64
	prec index.Precision
}

// dateOrder is the order in which a host writes dates of numbers.
type dateOrder uint8

const (
	orderUnknown dateOrder = iota
	monthFirst
	dayFirst
	yearFirst
)

// dateHabit is the order in which a host writes dates of one form.
type dateHabit struct {
	order dateOrder
	firm  bool // some date has no other order, even in the future
}

// habits are the traits that the lines of a host have in common.
type habits struct {
	orders [3]dateHabit // of dates with dots, with slashes and with dashes
	pads   pads
	marks  marks
	folder byte // the letter that unix directories begin with, 0 if it is not known
	halves bool // the time of day is followed by AM or PM in a word of its own
	clocks bool // a day with its year is followed by a time of day too
	leads  bool // months by name come before the day
	sticks bool // the name follows the date without a space
	short  bool // a year of two digits and a time follow the day; such servers have no letter for links
}

// pads are the spaces that belong to the layout before each name, besides one; -1: not known.
//
//  15. Feb 10:00 name
//  15. Feb 2025  name
type pads [4]int8

// The places of pads.
const (
	timePad = iota // behind a time
	yearPad        // behind a year in place of a time, which is shorter
	sizePad        // behind the size, in the dialect dos
	kindPad        // behind <DIR>, in the dialect dos
)

// noHabits returns the habits of a host before anything was read.
func noHabits() habits { return habits{pads: pads{-1, -1, -1, -1}} }

// merge returns h with the habits of a later listing.
func (h habits) merge(later habits) habits {
	for i, habit := range later.orders {
		if habit.order != orderUnknown {
			h.orders[i] = habit
		}
	}
	if later.folder != 0 {
		h.folder = later.folder
	}
	h.short, h.leads, h.clocks = h.short || later.short, h.leads || later.leads, h.clocks || later.clocks
	h.marks, h.halves, h.sticks = later.marks, h.halves || later.halves, h.sticks || later.sticks
	for i, pad := range later.pads {
		if pad >= 0 && (h.pads[i] < 0 || pad < h.pads[i]) {
			h.pads[i] = pad
		}
	}
	return h
}

// clock turns the dates of a listing into instants. It is for one listing.
type clock struct {
	months
	habits
	now  int64 // as the server's clock shows it, in seconds since 1970
	year int   // of now
	zone int64
	cuts map[string]int // months that were found by cutMonth, and 0 for words that are none
}

func newClock(now time.Time, zone int, m months, h habits) *clock {
	wall := now.Unix() + int64(zone)
	return &clock{months: m, habits: h, now: wall, year: time.Unix(wall, 0).UTC().Year(), zone: int64(zone)}
}

const day = 24 * 60 * 60

// days counts the days from 1970-01-01 to a date; ok is false if there is none.
func days(year, month, dom int) (n int64, ok bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || dom < 1 || dom > 31 {
		return 0, false
	}
	if dom > 28 && dom > lengthOf(year, month) {
		return 0, false
	}
	// Howard Hinnant, days_from_civil: years begin in March. time.Date would make
	// listings of find -ls 1.06 times and those of ls -lR 1.03 times as slow.
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400
	inEra := y - era*400
	inYear := int64((153*((month+9)%12)+2)/5 + dom - 1)
	return era*146097 + inEra*365 + inEra/4 - inEra/100 + inYear - 719468, true
}

// lengthOf returns the days of a month.
func lengthOf(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// date returns a day without a time; it is the same day in all zones.
func (c *clock) date(year, month, dom int) (instant, bool) {
	n, ok := days(year, month, dom)
	if !ok {
		return instant{}, false
	}
	return instant{n * day, index.Day}, true
}

// at returns a time that the server's clock shows.
func (c *clock) at(year, month, dom int, t timeOfDay) (instant, bool) {
	n, ok := days(year, month, dom)
	if !ok {
		return instant{}, false
	}
	zone := c.zone
	if t.zoned {
		zone = int64(t.zone)
	}
	return instant{n*day + int64(t.seconds) - zone, t.prec}, true
}

// recent returns a time in a year that the listing does not show: the latest that is not in
// the future, with a day allowed for clocks that differ.
//
//	now 2026-01-02: Dec 31 23:59 => 2025, Jan 3 00:10 => 2026, Feb 29 12:00 => 2024
func (c *clock) recent(month, dom int, t timeOfDay) instant {
	for year := c.year + 1; year > c.year-9; year-- {
		n, ok := days(year, month, dom)
		if ok && n*day+int64(t.seconds) <= c.now+day {
			return instant{n*day + int64(t.seconds) - c.zone, t.prec}
		}
	}
	return instant{}
}

// epoch reads a time in seconds since 1970.
func epoch(b []byte) (instant, bool) {
	n, ok := number(b)
	if !ok || n >= 1<<38 {
		return instant{}, false
	}
	return instant{n, index.Second}, true
}

// timeOfDay is a time without a date.
type timeOfDay struct {
	seconds int
	prec    index.Precision
	zone    int // seconds ahead of UTC
	zoned   bool
}

// readTime reads 9:30, 09:30, 09:30:15, 09:30:15.123, 9:30PM, 09:30a, 24:00.
func readTime(b []byte) (t timeOfDay, ok bool) {
	i := 0
	two := func() (int, bool) {
		if i >= len(b) || b[i] < '0' || b[i] > '9' {
			return 0, false
		}
		n := int(b[i] - '0')
		i++
		if i < len(b) && b[i] >= '0' && b[i] <= '9' {
			n = n*10 + int(b[i]-'0')
			i++
		}
		return n, true
	}
	hour, ok := two()
	if !ok || i >= len(b) || b[i] != ':' {
		return t, false
	}
	i++
	minute, ok := two()
	if !ok {
		return t, false
	}
	second, prec := 0, index.Minute
	if i < len(b) && b[i] == ':' {
		i++
		if second, ok = two(); !ok {
			return t, false
		}
		prec = index.Second
		if i+1 < len(b) && (b[i] == '.' || b[i] == ',') && allDigits(b[i+1:]) {
			i = len(b)
		}
	}
	if hour, ok = twelveHours(hour, b[i:]); !ok || hour > 24 || minute > 59 || second > 60 {
		return t, false
	}
	return timeOfDay{seconds: hour*3600 + minute*60 + second, prec: prec}, true
}

// twelveHours applies AM or PM, if there is one, to an hour.
func twelveHours(hour int, suffix []byte) (int, bool) {
	switch len(suffix) {
	case 0:
		return hour, true
	case 2:
		if suffix[1]|0x20 != 'm' {
			return 0, false
		}
	case 1:
	default:
		return 0, false
	}
	return halfDay(hour, suffix[0]|0x20)
}

// halfDay applies 'a' of AM or 'p' of PM to an hour.
func halfDay(hour int, half byte) (int, bool) {
	if hour < 1 || hour > 12 {
		// Some servers write 00:30AM and 13:05PM.
		return hour, half == 'a' || half == 'p'
	}
	switch half {
	case 'a':
		return hour % 12, true
	case 'p':
		return hour%12 + 12, true
	}
	return 0, false
}

// readStamp reads the time of MLSx and MDTM, YYYYMMDDHHMMSS[.sss] in UTC, and the form
// of programs that were not ready for 2000, 191YYMMDDHHMMSS.
func readStamp(b []byte) (instant, bool) {
	for i, c := range b {
		if c == '.' {
			b = b[:i]
			break
		}
	}
	if !allDigits(b) {
		return instant{}, false
	}
	if len(b) == 15 && b[0] == '1' && b[1] == '9' {
		year, _ := number(b[2:5])
		return stamp(int(1900+year), b[5:])
	}
	if len(b) < 8 || len(b) > 14 || len(b)%2 != 0 {
		return instant{}, false
	}
	year, _ := number(b[:4])
	return stamp(int(year), b[4:])
}

// stamp reads MMDD, MMDDHHMM or MMDDHHMMSS.
func stamp(year int, b []byte) (instant, bool) {
	var part [5]int
	for i := 0; i < len(b)/2; i++ {
		part[i] = int(b[2*i]-'0')*10 + int(b[2*i+1]-'0')
	}
	n, ok := days(year, part[0], part[1])
	if !ok || part[2] > 23 || part[3] > 59 || part[4] > 60 {
		return instant{}, false
	}
	prec := index.Second
	switch len(b) {
	case 4:
		prec = index.Day
	case 6, 8:
		prec = index.Minute
	}
	return instant{n*day + int64(part[2]*3600+part[3]*60+part[4]), prec}, true
}

// triple reads a date of three numbers: 04-27-00, 2002/09/02, 27.04.2000,
// triple reads a date of three numbers: 04-27-00, 2002/09/02, 27.04.2000,
// 10-05-100. Order.go finds which of them is the year, the month and the day; where nothing
// shows it, the month is first.
func (c *clock) triple(b []byte) (year, month, dom int, ok bool) {
	year, month, dom, exists, ok := c.shape(b, monthFirst)
	return year, month, dom, exists && ok
}

// shape reads a date of three numbers, as triple does. ok means that it has the shape of one, and
// exists that there is such a day.
func (c *clock) shape(b []byte, fallback dateOrder) (year, month, dom int, exists, ok bool) {
	var part [3]int
	var digits [3]int
	n := 0
	var sep byte
	for _, ch := range b {
		switch {
		case ch >= '0' && ch <= '9':
			if digits[n]++; digits[n] > 4 {
				return 0, 0, 0, false, false
			}
			part[n] = part[n]*10 + int(ch-'0')
		case (ch == '-' || ch == '/' || ch == '.') && n < 2 && (n == 0 || ch == sep) && digits[n] > 0:
			sep = ch
			n++
		default:
			return 0, 0, 0, false, false
		}
	}
	if n != 2 || digits[2] == 0 || digits[1] > 2 || digits[0]+digits[2] < 3 {
		return 0, 0, 0, false, false
	}
	t := numbers{part, digits, sep}
	year, month, dom = c.ordered(t, c.settle(t, fallback))
	_, exists = days(year, month, dom)
	return year, month, dom, exists, true
}

// fullYear completes years of two digits (1970 to 2069) and those that were
// counted from 1900: 103 => 2003.
func fullYear(n, digits int) int {
	switch {
	case digits == 3 && n < 200:
		return 1900 + n
	case digits > 2:
		return n
	case n < 70:
		return 2000 + n
	}
	return 1900 + n
}
