package gateway

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
)

// validators are what says whether a file is still the same one (RFC 9110 section 8.8). Either may be
// empty.
type validators struct {
	tag      string    // of size and time; weak if the file may change twice within the time's precision
	modified time.Time // to the second
}

// validatorsOf returns the validators of a file at a moment. A time to the day has none: the file may have changed since,
// on the same day.
func validatorsOf(info fetch.Info, now time.Time) validators {
	if info.Precision < index.Minute || info.Time.IsZero() {
		return validators{}
	}
	v := validators{modified: info.Time.UTC().Truncate(time.Second)}
	if info.Size == index.UnknownSize {
		return v
	}
	v.tag = fmt.Sprintf(`"%x-%x"`, info.Size, info.Time.UnixMilli())
	if info.Precision < index.Second || now.Sub(info.Time) < 2*time.Second {
		v.tag = "W/" + v.tag
	}
	return v
}

// set sets the headers.
func (v validators) set(h http.Header) {
	if v.tag != "" {
		h.Set("ETag", v.tag)
	}
	if !v.modified.IsZero() {
		h.Set("Last-Modified", v.modified.Format(http.TimeFormat))
	}
}

// conditional reports whether a request has a condition of its own, beside If-Range.
func conditional(h http.Header) bool {
	for _, name := range []string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// check returns the status that the conditions of a request lead to, in the order of RFC 9110 section 13.2.2: 412, 304
// or 200.
func (v validators) check(h http.Header) int {
	switch match, since := h.Get("If-Match"), h.Get("If-Unmodified-Since"); {
	case match != "" && !v.among(match, true):
		return http.StatusPreconditionFailed
	case match == "" && since != "" && v.modifiedAfter(since):
		return http.StatusPreconditionFailed
	}
	switch match, since := h.Get("If-None-Match"), h.Get("If-Modified-Since"); {
	case match != "" && v.among(match, false):
		return http.StatusNotModified
	case match == "" && since != "" && v.notModifiedSince(since):
		return http.StatusNotModified
	}
	return http.StatusOK
}

// modifiedAfter reports whether the file has changed after a time. An unknown time counts as changed, an unreadable
// condition not.
func (v validators) modifiedAfter(header string) bool {
	t, err := http.ParseTime(header)
	return err == nil && (v.modified.IsZero() || v.modified.After(t))
}

// notModifiedSince reports whether the file has surely not changed after a time.
func (v validators) notModifiedSince(header string) bool {
	t, err := http.ParseTime(header)
	return err == nil && !v.modified.IsZero() && !v.modified.After(t)
}

// keepsRange reports whether a condition If-Range lets a part of the file be sent (RFC 9110 section 13.1.5). It takes
// a strong tag, or the very time.
func (v validators) keepsRange(header string) bool {
	header = textproto.TrimString(header)
	switch {
	case header == "":
		return true
	case strings.HasPrefix(header, `"`), strings.HasPrefix(header, "W/"):
		return strong(header) && header == v.tag
	}
	t, err := http.ParseTime(header)
	return err == nil && strong(v.tag) && v.modified.Equal(t)
}

func strong(tag string) bool { return strings.HasPrefix(tag, `"`) }

// among reports whether a list of tags has that of the file, or is "*". A strong comparison takes strong
// tags alone (RFC 9110 section 8.8.3.2).
func (v validators) among(list string, strongly bool) bool {
	if textproto.TrimString(list) == "*" {
		return true
	}
	if v.tag == "" || strongly && !strong(v.tag) {
		return false
	}
	for {
		list = strings.TrimLeft(list, " \t,")
		tag, rest, ok := cutTag(list)
		if !ok {
			return false
		}
		if tag == v.tag || !strongly && strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(v.tag, "W/") {
			return true
		}
		list = rest
	}
}

// cutTag cuts the tag at the beginning of a list.
func cutTag(list string) (tag, rest string, ok bool) {
	start := 0
	if strings.HasPrefix(list, "W/") {
		start = 2
	}
	if !strings.HasPrefix(list[start:], `"`) {
		return "", "", false
	}
	end := strings.IndexByte(list[start+1:], '"')
	if end < 0 {
		return "", "", false
	}
	end += start + 2
	return list[:end], list[end:], true
}
