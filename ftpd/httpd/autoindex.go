package httpd

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/ftpd"
	"trawl/ftpd/names"
	"trawl/ftpd/tree"
)

// sendFolder sends a folder as a page or as JSON.
func (s *session) sendFolder(a *answer, r *http.Request, p string, q asked) error {
	before := s.conn.moved.Load()
	s.activity.Moves("list", p, func() int64 { return s.conn.moved.Load() - before })
	h := a.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept, Authorization")
	if q.json {
		return s.sendJSON(a, r, p, q)
	}
	return s.sendPage(a, r, p, q)
}

// listed returns the event of a folder that is sent.
func listed(p string) *ftpd.Event {
	if p != "/" {
		p += "/"
	}
	return &ftpd.Event{Kind: ftpd.Sent, Path: p}
}

// sendJSON sends a folder in the form of nginx's autoindex_format json, where names are in UTF-8 as [names.Encode] writes them. Links
// are shown as what they lead to. An entry without a known time, such as a folder of a mount, has no mtime.
//
//	[
//	{ "name":"pub", "type":"directory", "mtime":"Mon, 30 Nov 2026 12:00:00 GMT" },
//	{ "name":"a.iso", "type":"file", "mtime":"Mon, 30 Nov 2026 12:00:00 GMT", "size":4096 }
//	]
func (s *session) sendJSON(a *answer, r *http.Request, p string, q asked) error {
	out := bufio.NewWriterSize(a, pageBuffer)
	begun := false
	var b []byte
	err := s.read(r.Context(), p, q, func(some []entry) error {
		if a.status == 0 {
			a.Header().Set("Content-Type", "application/json")
			a.event = listed(p)
			_, _ = out.WriteString("[") // bufio keeps the error
		}
		for i := range some {
			b = b[:0]
			if begun {
				b = append(b, ',')
			}
			begun = true
			if _, err := out.Write(appendJSON(append(b, "\r\n"...), &some[i])); err != nil {
				return fmt.Errorf("send a folder: %w", err)
			}
		}
		if a.status == 0 {
			a.WriteHeader(http.StatusOK)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, _ = out.WriteString("\r\n]") // bufio keeps the error
	if err := out.Flush(); err != nil {
		return fmt.Errorf("send a folder: %w", err)
	}
	return nil
}

// appendJSON appends an entry.
func appendJSON(b []byte, e *entry) []byte {
	b = appendQuoted(append(b, `{ "name":`...), names.Encode(e.Name))
	switch {
	case e.folder():
		b = append(b, `, "type":"directory"`...)
	case e.Mode.IsRegular():
		b = append(b, `, "type":"file"`...)
	default:
		b = append(b, `, "type":"other"`...)
	}
	if e.Time != tree.UnknownTime {
		b = append(b, `, "mtime":"`...)
		b = time.Unix(e.Time, 0).UTC().AppendFormat(b, http.TimeFormat)
		b = append(b, '"')
	}
	if e.sized() {
		b = fmt.Appendf(b, `, "size":%d`, e.Size)
	}
	return append(b, " }"...)
}

// appendQuoted appends a string of JSON (RFC 8259 section 7). The string is valid UTF-8.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' && strings.IndexByte("\b\t\n\f\r", byte(r)) >= 0:
			b = append(b, '\\', "btn_fr"[r-'\b'])
		case r < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
