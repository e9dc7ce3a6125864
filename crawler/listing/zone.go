package listing

import (
	"bytes"

	"trawl/index"
)

// This file reads the zones that are beside times.

// readZone reads +0200, +02:00, +02, Z, UTC or GMT+2.
func readZone(b []byte) (seconds int, ok bool) {
	switch string(b) {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	}
	if len(b) > 4 && (hasFold(b, "utc") || hasFold(b, "gmt")) {
		b = b[3:]
	}
	if len(b) == 2 {
		b = []byte{b[0], '0', b[1]}
	}
	if len(b) == 6 && b[3] == ':' {
		b = []byte{b[0], b[1], b[2], b[4], b[5]}
	}
	if len(b) == 3 {
		b = []byte{b[0], b[1], b[2], '0', '0'}
	}
	if len(b) != 5 || (b[0] != '+' && b[0] != '-') || !allDigits(b[1:]) {
		return 0, false
	}
	hour, minute := int(b[1]-'0')*10+int(b[2]-'0'), int(b[3]-'0')*10+int(b[4]-'0')
	if hour > 14 || minute > 59 {
		return 0, false
	}
	seconds = hour*3600 + minute*60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// zoneHours returns the names of zones that mean one offset alone, in hours ahead of UTC. CST, BST and
// IST are those of several countries.
func zoneHours(b []byte) (hours int, ok bool) {
	switch string(b) {
	case "WET":
		return 0, true
	case "CET", "MET", "MEZ", "WEST":
		return 1, true
	case "CEST", "MEST", "MESZ", "EET":
		return 2, true
	case "EEST", "MSK":
		return 3, true
	case "MSD":
		return 4, true
	case "JST", "KST":
		return 9, true
	case "AEST":
		return 10, true
	case "AEDT":
		return 11, true
	case "NZST":
		return 12, true
	case "NZDT":
		return 13, true
	case "EDT":
		return -4, true
	case "EST", "CDT":
		return -5, true
	case "MDT":
		return -6, true
	case "MST", "PDT":
		return -7, true
	case "PST", "AKDT":
		return -8, true
	case "AKST":
		return -9, true
	case "HST":
		return -10, true
	}
	return 0, false
}

// zoneAt reads the zone at word i behind a time with seconds, if a name follows. It returns the last
// word of the time.
func zoneAt(w *words, i int, t timeOfDay) (last int, in timeOfDay) {
	if t.prec != index.Second || i >= w.n-1 {
		return i - 1, t
	}
	b := w.word(i)
	seconds, ok := readZone(b)
	if !ok {
		var hours int
		hours, ok = zoneHours(b)
		seconds = hours * 3600
	}
	if !ok {
		return i - 1, t
	}
	t.zone, t.zoned = seconds, true
	return i, t
}

// isZoneName reports whether b has the form of the name of a zone.
func isZoneName(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) >= 3 && len(b) <= 5
}

// yearBehind reads what date(1) writes behind the day: the time at word i, perhaps AM or PM and a
// zone, and the year. A zone that is not known is that of the server.
//
//	10:06:33 2011; 10:06:33 EDT 2011; 10:06:33 PM CEST 2011; 10:06:33 +0200 2011; 10:06:33 2011 EDT
func yearBehind(w *words, i int) (last, year int, t timeOfDay, ok bool) {
	last, t, ok = clockAt(w, i)
	if !ok {
		return 0, 0, t, false
	}
	next := last + 1
	last, t = zoneAt(w, next, t)
	if last < next && isZoneName(w.word(next)) {
		last = next
	}
	last++
	year, ok = yearNumber(w.word(last))
	ok = ok && last < w.n-1
	if !t.zoned {
		last, t = zoneAt(w, last+1, t)
	}
	return last, year, t, ok
}

// isoStamp reads date and time of ISO 8601 in one word.
//
//	2011-07-13T10:06:33Z; 2011-07-13T10:06:33.125+02:00; 2011/07/13_10:06; 20110713T100633Z
func (c *clock) isoStamp(b []byte) (m instant, ok bool) {
	at := bytes.IndexAny(b, "Tt_")
	if at != 10 && at != 8 || len(b) > 40 {
		return m, false
	}
	day, rest := b[:at], b[at+1:]
	if at == 8 {
		t := timeOfDay{}
		if z := bytes.IndexAny(rest, "Zz+-"); z >= 0 {
			t.zone, t.zoned = readZone(rest[z:])
			rest = rest[:z]
		}
		return c.basicStamp(day, rest, t)
	}
	t, ok := zonedTime(rest)
	if !ok || day[4] != '-' && day[4] != '/' || day[7] != day[4] {
		return m, false
	}
	year, ok1 := number(day[:4])
	month, ok2 := number(day[5:7])
	dom, ok3 := number(day[8:])
	m, _ = c.at(int(year), int(month), int(dom), t)
	return m, ok1 && ok2 && ok3
}

// zonedTime reads a time to which its zone may be glued, "10:06:33Z".
func zonedTime(b []byte) (t timeOfDay, ok bool) {
	z := bytes.IndexAny(b, "Zz+-")
	if z < 0 {
		return readTime(b)
	}
	if t, ok = readTime(b[:z]); ok {
		t.zone, t.zoned = readZone(b[z:])
	}
	return t, ok && t.zoned
}

// basicStamp reads 20110713 and 100633, whose zone is that of t.
func (c *clock) basicStamp(day, rest []byte, t timeOfDay) (m instant, ok bool) {
	if !allDigits(day) || !allDigits(rest) || len(rest) != 4 && len(rest) != 6 {
		return m, false
	}
	year, _ := number(day[:4])
	m, ok = stamp(int(year), append(append([]byte{}, day[4:]...), rest...))
	switch {
	case !ok:
		return m, true
	case t.zoned:
		m.unix -= int64(t.zone)
	default:
		m.unix -= c.zone
	}
	return m, true
}
