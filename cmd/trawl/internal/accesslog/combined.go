package accesslog

import (
	"fmt"
	"strconv"
)

// combined returns the line in the combined form.
//
//	192.0.2.1 - ann [30/Nov/2026:21:00:00 +0000] "GET /get/ftp/h/a.iso HTTP/1.1" 200 1048576 "https://example.org/" "curl/8.1"
//
// These are: the visitor, no ident, the user, when the request came, the request, the status, the bytes of the body, the page that
// led here, the program. What is not there is "-".
func (l *line) combined() []byte {
	bytes := "-"
	if l.bytes > 0 {
		bytes = strconv.FormatInt(l.bytes, 10)
	}
	user := "-"
	if l.user != "" {
		user = escaped(l.user, " ")
	}
	return fmt.Appendf(nil, "%s - %s [%s] \"%s %s %s\" %d %s \"%s\" \"%s\"\n", l.addr, user, l.began.Format("02/Jan/2006:15:04:05 -0700"),
		escaped(l.method, " "), escaped(l.target, " "), l.proto, l.status, bytes, orNone(l.referrer), orNone(l.agent))
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return escaped(s, "")
}

// escaped returns a string as nginx and Apache write it: what is not printable ASCII, the quote, the backslash, and what also is
// harmful, are \xHH.
func escaped(s, also string) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || also != "" && c == also[0] {
			b = append(b, '\\', 'x', digits[c>>4], digits[c&0xf])
			continue
		}
		b = append(b, c)
	}
	return string(b)
}
