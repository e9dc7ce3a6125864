package gateway

import (
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"

	"trawl/index"
)

// span is a part of a file: length bytes from start on.
type span struct{ start, length int64 }

// contentRange returns the header of the answer with the part of a file of a size (RFC 9110 section 14.4).
func (s span) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", s.start, s.start+s.length-1, size)
}

// errBehind says that a range begins behind the end of the file.
var errBehind = errors.New("the range begins behind the end")

// readRange reads a header Range (RFC 9110 section 14.2) for a file of a known size. It reports
// false if the whole file is the answer: there is no range, it has another unit, it cannot be read,
// or there are several, which a server may ignore. The range of an empty file is all of it.
//
//	bytes=0-, bytes=2-4, bytes=-5, bytes=2- => the part
//	bytes=0-1,4-5, lines=1-2, bytes=5-2     => false
func readRange(header string, size int64) (span, bool, error) {
	unit, set, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(textproto.TrimString(unit), "bytes") || size == 0 {
		return span{}, false, nil
	}
	one := ""
	for part := range strings.SplitSeq(set, ",") {
		switch part = textproto.TrimString(part); {
		case part == "": // an empty element of a list counts nothing (RFC 9110 section 5.6.1)
		case one != "":
			return span{}, false, nil
		default:
			one = part
		}
	}
	first, last, ok := strings.Cut(one, "-")
	if !ok {
		return span{}, false, nil
	}
	first, last = textproto.TrimString(first), textproto.TrimString(last)
	if first == "" {
		n, ok := number(last)
		switch {
		case !ok:
			return span{}, false, nil
		case n == 0:
			return span{}, false, errBehind
		}
		n = min(n, size)
		return span{size - n, n}, true, nil
	}
	start, ok := number(first)
	if !ok {
		return span{}, false, nil
	}
	end := size - 1
	if last != "" {
		n, ok := number(last)
		if !ok || n < start {
			return span{}, false, nil
		}
		end = min(n, end)
	}
	if start >= size {
		return span{}, false, errBehind
	}
	return span{start, end - start + 1}, true, nil
}

// number reads digits. A number that is too large is the largest one.
func number(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// whole returns all of a file.
func whole(size int64) span { return span{0, max(size, index.UnknownSize)} }
