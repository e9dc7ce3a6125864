// Package accesslog writes a line for each answer over HTTP, in the combined form of Apache and nginx, or in JSON.
//
// accesslog.go says what a line holds, combined.go and json.go write it.
package accesslog

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"trawl/cmd/trawl/internal/logfile"
	"trawl/web/answered"
	"trawl/web/visitor"
)

// Options are how lines are written.
type Options struct {
	Format  Format
	Queries bool // addresses are logged with their queries, which say what people look for
}

// Format is how lines are written. It is the value of a flag.
type Format string

// The formats.
const (
	Combined Format = "combined"
	JSON     Format = "json"
)

// Set reads the format.
func (f *Format) Set(s string) error {
	switch Format(s) {
	case Combined, JSON:
		*f = Format(s)
		return nil
	}
	return fmt.Errorf("a format of access logs is %s or %s, not %q", Combined, JSON, s)
}

// String returns the word for the format.
func (f *Format) String() string { return string(*f) }

// Type is that of the flag.
func (*Format) Type() string { return "format" }

// To returns an observer that writes answers of a door to a log. The door is "portal" or "files". User returns the name by which the
// visitor has logged in, "" for guests; nil: all are guests.
func To(log *logfile.File, o Options, door string, user func(*http.Request) string) func(*answered.Answer) {
	return func(a *answered.Answer) {
		l := lineOf(a, o.Queries)
		l.door = door
		if user != nil {
			l.user = user(a.Request)
		}
		if o.Format == JSON {
			log.Write(l.json())
			return
		}
		log.Write(l.combined())
	}
}

// line is what is logged of an answer. Its strings are foreign, and not too long.
type line struct {
	began                 time.Time
	took                  time.Duration
	door, user            string
	addr                  netip.Addr
	secure                bool
	method, target, proto string
	host                  string
	referrer, agent       string
	status                int
	bytes                 int64
	broken                bool // the answer ended before its end
}

// lineOf returns what is logged of an answer, besides its door and user.
func lineOf(a *answered.Answer, queries bool) *line {
	r := a.Request
	v := visitor.Of(r)
	l := &line{
		began: a.Began, took: a.Took, addr: v.Addr, secure: v.Secure, method: r.Method, target: r.RequestURI, proto: r.Proto, host: r.Host,
		referrer: r.Header.Get("Referer"), agent: r.Header.Get("User-Agent"), status: a.Status, bytes: a.Bytes, broken: a.Broken,
	}
	if !queries {
		l.target, l.referrer = withoutQuery(l.target), withoutQuery(l.referrer)
	}
	for _, s := range []*string{&l.method, &l.target, &l.host, &l.referrer, &l.agent} {
		*s = (*s)[:min(len(*s), mostOfField)]
	}
	return l
}

// mostOfField is how many bytes of a field are logged.
const mostOfField = 2 << 10

// withoutQuery returns an address without its query: that of this portal, and of the search engine that has led here.
func withoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	return address
}
