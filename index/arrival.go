package index

import "time"

// Arrival is an entry that a crawl found new on a host, or changed.
type Arrival struct {
	Path    Path   // on the wire
	Shown   string // Path decoded, for people; never empty
	Entry   Entry  // as it is now
	Changed bool   // it was there before with another size or time; see [Replaced]
}

// Arrivals are what one step of a crawl found new on a host that was crawled whole before, or the host itself, when it
// was crawled whole for the first time.
type Arrivals struct {
	Host    HostID
	Begun   time.Time // when the crawl began; zero outside of a crawl
	Entries []Arrival // in the order of the tree
	More    int64     // how many others the step found, which are not in Entries since they are too many
	Whole   *Tally    // not nil: the host was crawled whole for the first time, and this is all that it has
}

// zones bounds the differences between two zones: UTC-12 and UTC+14.
const zones = 26 * time.Hour

// Replaced reports whether now is another file than was, of the same name: it has another size or time, as far as both
// are known. Times that differ by whole quarters of an hour, as zones do, are those of one file whose host was understood
// in another way. A file in place of a directory or a link is another one; a directory is never replaced, since its time
// changes with each file in it.
//
//	700 bytes, 12:30      => 701 bytes, 12:30       true
//	700 bytes, 12:30      => 700 bytes, 12:31       true
//	700 bytes, 12:30      => 700 bytes, 13:30       false
//	unknown size, no time => 700 bytes, 12:30       false
func Replaced(was, now *Entry) bool {
	if was.Kind != now.Kind {
		return true
	}
	if now.Kind != File {
		return false
	}
	if was.Size != UnknownSize && now.Size != UnknownSize && was.Size != now.Size {
		return true
	}
	if was.Precision == Unknown || now.Precision == Unknown || SameTime(was.Time(), was.Precision, now.Time(), now.Precision) {
		return false
	}
	apart := now.Time().Sub(was.Time()).Abs()
	if min(was.Precision, now.Precision) == Day {
		return apart > zones
	}
	if min(was.Precision, now.Precision) == Minute {
		apart = apart.Round(time.Minute)
	}
	return apart > zones || apart%(15*time.Minute) != 0
}
