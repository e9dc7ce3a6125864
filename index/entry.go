package index

import (
	"cmp"
	"path"
	"strings"
	"time"
)

// Path names a directory or a file on its host in the bytes of the wire. It starts
// with a slash and is clean ("/", "/pub", "/pub/caf\xe9.txt"). It identifies the
// directory or file; people read its decoded form.
type Path string

// Join returns the path of the entry that is called raw in the directory p.
func (p Path) Join(raw string) Path {
	if p == "/" {
		return "/" + Path(raw)
	}
	return p + "/" + Path(raw)
}

// Dir returns the directory that holds p; that of "/" is "/".
func (p Path) Dir() Path { return Path(path.Dir(string(p))) }

// Base returns the last name in p: "/pub/a" => "a", "/" => "/".
func (p Path) Base() string { return path.Base(string(p)) }

// Within reports whether p is dir or below it.
func (p Path) Within(dir Path) bool {
	return p == dir || dir == "/" || strings.HasPrefix(string(p), string(dir)+"/")
}

// Depth counts the names in p: "/" => 0, "/pub/a" => 2.
func (p Path) Depth() int {
	if p == "/" {
		return 0
	}
	return strings.Count(string(p), "/")
}

// Compare compares p with q in tree order: right behind a directory comes all that is below it.
// It is negative if p comes first, 0 if they are the same.
func (p Path) Compare(q Path) int {
	for i := range min(len(p), len(q)) {
		switch a, b := p[i], q[i]; {
		case a == b:
		case a == '/':
			return -1
		case b == '/':
			return 1
		default:
			return cmp.Compare(a, b)
		}
	}
	return cmp.Compare(len(p), len(q))
}

// Kind says what an entry is.
type Kind uint8

// The kinds of entries.
const (
	File Kind = iota
	Dir
	Link // a symbolic link, whatever it points at
)

// String returns "file", "dir" or "link".
func (k Kind) String() string { return [...]string{"file", "dir", "link"}[min(k, Link)] }

// MarshalText returns the same as String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Precision says how exact a time in a listing is.
type Precision uint8

// The precisions, least first.
const (
	Unknown Precision = iota // there is no time
	Day
	Minute
	Second
)

// String returns "unknown", "day", "minute" or "second".
func (p Precision) String() string {
	return [...]string{"unknown", "day", "minute", "second"}[min(p, Second)]
}

// MarshalText returns the same as String.
func (p Precision) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// SameTime reports whether two times are known and the same, as precisely as both are known.
//
//	12:30:07 to the second, 12:30 to the minute => true
func SameTime(a time.Time, of Precision, b time.Time, as Precision) bool {
	unit := time.Second
	switch min(of, as) {
	case Unknown:
		return false
	case Day:
		unit = 24 * time.Hour
	case Minute:
		unit = time.Minute
	case Second:
	}
	return a.UTC().Truncate(unit).Equal(b.UTC().Truncate(unit))
}

// UnknownSize is the size of an entry whose listing has none.
const UnknownSize int64 = -1

// Counted returns the part of a size that counts in a sum of bytes: 0 if it is unknown,
// and at most 64 TiB, since a server may claim any size and sums must not overflow.
func Counted(size int64) int64 { return min(max(size, 0), 64<<40) }

// Entry is one line of a listing.
type Entry struct {
	Name      string    // decoded: valid UTF-8, never empty, ".", "..", nor with a slash or NUL
	Raw       string    // the bytes of the wire where they differ from Name, else ""
	Kind      Kind      //
	Size      int64     // in bytes, or UnknownSize; of a directory always UnknownSize
	Unix      int64     // modification time in seconds since 1970 UTC; 0 if Precision is Unknown
	Precision Precision // of Unix
	Target    string    // of a link, decoded, as in the listing
}

// Wire returns the name in the bytes of the wire.
func (e *Entry) Wire() string {
	if e.Raw != "" {
		return e.Raw
	}
	return e.Name
}

// Time returns the modification time in UTC, or the zero time if it is unknown.
func (e *Entry) Time() time.Time {
	if e.Precision == Unknown {
		return time.Time{}
	}
	return time.Unix(e.Unix, 0).UTC()
}
