// Package robots reads what a robots.txt asks of crawlers (RFC 9309, with the widespread
// Crawl-delay): [Parse] makes [Rules] of it, and [Rules.Allows] says which paths may be
// listed.
package robots

import (
	"bytes"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"trawl/index"
)

// Name is the name of the file, at the root of a host.
const Name = "robots.txt"

const (
	readMost  = 512 << 10 // of the file, in bytes
	agent     = "trawl"
	delayMost = time.Minute // of Crawl-delay
	wildMost  = 256         // rules with wildcards: each is compared with each path, and no honest archive has so many
)

// Rules are what a robots.txt asks of us. The zero value allows everything.
type Rules struct {
	plain   map[string]bool // beginnings of paths, and whether they are allowed
	longest int             // of plain
	wild    []rule          // with * or $, which are slower: no more than wildMost
	delay   time.Duration   // between commands; 0 is none
}

type rule struct {
	parts  []string // that follow each other in a path, the first at its beginning
	whole  bool     // the last part is its end
	length int      // as it was written
	allow  bool
}

// Parse reads a robots.txt: the groups that name trawl, else those of *.
func Parse(r io.Reader) *Rules {
	var ours, anyone Rules
	named, forUs, forAll, open := false, false, false, false
	text, _ := io.ReadAll(io.LimitReader(r, readMost)) // what was read before an error counts
	if len(text) == readMost {
		text = text[:bytes.LastIndexByte(text, '\n')+1] // half a rule forbids more than was meant
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		field, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		field, value = strings.ToLower(strings.TrimSpace(field)), strings.TrimSpace(value)
		if field == "user-agent" {
			if !open { // the lines before belong to another group
				forUs, forAll, open = false, false, true
			}
			value = strings.ToLower(value)
			forUs = forUs || value == agent || strings.HasPrefix(value, agent+"/")
			forAll = forAll || value == "*"
			named = named || forUs
			continue
		}
		open = false
		if forUs {
			ours.add(field, value)
		}
		if forAll {
			anyone.add(field, value)
		}
	}
	if named {
		return &ours
	}
	return &anyone
}

func (r *Rules) add(field, value string) {
	switch field {
	case "allow", "disallow":
		if path, err := url.PathUnescape(value); err == nil {
			value = path
		}
		if value != "" {
			r.keep(value, field == "allow")
		}
	case "crawl-delay":
		if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 {
			r.delay = min(time.Duration(min(s, 3600)*float64(time.Second)), delayMost)
		}
	}
}

// keep adds a rule.
//
//	"/pub" fits "/public", "/*.iso$" fits "/a/b.iso", "/pub/$" does not fit "/pub/a"
func (r *Rules) keep(pattern string, allow bool) {
	text, whole := strings.CutSuffix(pattern, "$")
	switch {
	case !whole && !strings.Contains(text, "*"):
		if r.plain == nil {
			r.plain = make(map[string]bool)
		}
		r.plain[text] = r.plain[text] || allow
		r.longest = max(r.longest, len(text))
	case len(r.wild) < wildMost:
		r.wild = append(r.wild, rule{strings.Split(text, "*"), whole, len(pattern), allow})
	}
}

// Delay returns the time between commands that the host asks for; 0 is none.
func (r *Rules) Delay() time.Duration { return r.delay }

// Empty reports whether everything is allowed.
func (r *Rules) Empty() bool { return len(r.plain)+len(r.wild) == 0 }

// Allows reports whether a path may be listed: the longest rule that fits
// decides, and allows if there are two of a length. A directory fits with and
// without its last slash.
func (r *Rules) Allows(p index.Path) bool {
	path := string(p) + "/"
	longest, allow := 0, true
	for n := min(r.longest, len(path)); n > 0; n-- {
		if ok, ruled := r.plain[path[:n]]; ruled {
			longest, allow = n, ok
			break
		}
	}
	for i := range r.wild {
		w := &r.wild[i]
		switch {
		case w.length < longest || w.length == longest && allow:
		case w.fits(string(p)) || w.fits(path):
			longest, allow = w.length, w.allow
		}
	}
	return allow
}

// fits reports whether a rule fits the beginning of a path.
func (w *rule) fits(path string) bool {
	rest, ok := strings.CutPrefix(path, w.parts[0])
	if !ok {
		return false
	}
	for i, part := range w.parts[1:] {
		if w.whole && i == len(w.parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return !w.whole || rest == ""
}
