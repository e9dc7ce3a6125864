package crawler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trawl/index"
)

// The file at the root of a host that says what crawlers may list (RFC 9309,
// with the wide-spread Crawl-delay), and how much of it is read.
const (
	robots     = "robots.txt"
	robotsSize = 512 << 10
	agent      = "trawl"
	mostDelay  = time.Minute // of Crawl-delay
)

// rules are what a robots.txt asks of us. The zero value allows everything.
type rules struct {
	plain   map[string]bool // beginnings of paths, and whether they are allowed
	longest int             // of plain
	wild    []rule          // with * or $, which are slower: no more than mostWild
	delay   time.Duration   // between commands; 0 is none
}

// mostWild is how many rules with wildcards are kept to: each is held against
// each path, and no honest archive has so many.
const mostWild = 256

type rule struct {
	parts  []string // that follow each other in a path, the first at its beginning
	whole  bool     // the last part is its end
	length int      // as it was written
	allow  bool
}

// parseRules reads a robots.txt: the groups that name trawl, else those of *.
func parseRules(r io.Reader) rules {
	var ours, anyone rules
	named, forUs, forAll, open := false, false, false, false
	text, _ := io.ReadAll(io.LimitReader(r, robotsSize)) // what was read before an error counts
	if len(text) == robotsSize {
		text = text[:bytes.LastIndexByte(text, '\n')+1] // half a rule asks for more than was meant
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
		return ours
	}
	return anyone
}

func (r *rules) add(field, value string) {
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
			r.delay = min(time.Duration(min(s, 3600)*float64(time.Second)), mostDelay)
		}
	}
}

// keep takes a rule in.
//
//	"/pub" fits "/public", "/*.iso$" fits "/a/b.iso", "/pub/$" does not fit "/pub/a"
func (r *rules) keep(pattern string, allow bool) {
	text, whole := strings.CutSuffix(pattern, "$")
	switch {
	case !whole && !strings.Contains(text, "*"):
		if r.plain == nil {
			r.plain = make(map[string]bool)
		}
		r.plain[text] = r.plain[text] || allow
		r.longest = max(r.longest, len(text))
	case len(r.wild) < mostWild:
		r.wild = append(r.wild, rule{strings.Split(text, "*"), whole, len(pattern), allow})
	}
}

// none reports whether everything is allowed.
func (r *rules) none() bool { return len(r.plain)+len(r.wild) == 0 }

// allows reports whether a path may be listed: the longest rule that fits
// decides, and allows if there are two of a length. A directory fits with and
// without its last slash.
func (r *rules) allows(p index.Path) bool {
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

// errRobots ends a listing of the root that holds a robots.txt. It must be read
// first, and not while a listing is under way: the host may take one connection.
var errRobots = errors.New("robots.txt is to be read")

// meet returns errRobots if a listing of the root shows a robots.txt that was not
// yet read.
func (p *pass) meet(l *index.Listing) error {
	if l.Dir == "/" && p.robotsName(l.Entries) != "" {
		return errRobots
	}
	return nil
}

// robotsName returns the name of a robots.txt that is to be read, or "".
func (p *pass) robotsName(root []index.Entry) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range root {
		if !p.ruled && root[i].Kind != index.Dir && strings.EqualFold(root[i].Name, robots) {
			p.robots = root[i].Wire()
			return p.robots
		}
	}
	return ""
}

// readRules reads the robots.txt and keeps to it from now on. One that cannot be
// read asks for nothing, nor does one that is no file of the archive: where there is
// none ProFTPD makes one up that forbids all (AnonAllowRobots, off unless somebody
// sets it), but neither lists it nor knows it otherwise. RFC 9309 section 2.3 speaks
// of a file.
func (p *pass) readRules(ctx context.Context) error {
	p.mu.Lock()
	name, seen := cmp.Or(p.robots, robots), p.robots != ""
	p.ruled = true
	p.mu.Unlock()
	server, _ := p.link.now()
	watched, _, release := p.watch(ctx)
	defer release()
	f, err := server.Open(watched, index.Path("/").Join(name), 0)
	if err != nil {
		p.c.log.Debug("no robots.txt", "host", p.id, "err", err)
		return context.Cause(ctx)
	}
	r := parseRules(f)
	f.Close()
	if !seen && !r.none() && p.lacks(ctx, name) {
		p.c.log.Info("a robots.txt is told that is no file of the host", "host", p.id)
		return context.Cause(ctx)
	}
	p.mu.Lock()
	p.rules = r
	p.mu.Unlock()
	if r.delay > 0 {
		p.link.guest.slower(r.delay)
	}
	if !r.allows(p.root) {
		return ErrUnwelcome
	}
	return nil
}

// lacks reports whether the root of the host can be listed and shows no such file.
func (p *pass) lacks(ctx context.Context, name string) bool {
	_, lists := p.waysOf()
	if len(lists) == 0 {
		return false
	}
	way, _, ok := p.link.way(lists[0])
	if !ok {
		return false
	}
	found, whole := false, false
	watched, heard, release := p.watch(ctx)
	defer release()
	err := way.List(watched, "/", func(l index.Listing) error {
		return heard(func() (bool, error) {
			whole = l.State == index.Complete && !l.More
			found = found || slices.ContainsFunc(l.Entries, func(e index.Entry) bool { return strings.EqualFold(e.Name, name) })
			return true, nil
		})
	})
	return err == nil && whole && !found
}

// allowed reports whether the host lets a path be listed.
func (p *pass) allowed(path index.Path) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rules.allows(path)
}

// admit leaves out the entries that the host asks to leave out.
func (p *pass) admit(l *index.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rules.none() {
		return
	}
	kept := make([]index.Entry, 0, len(l.Entries))
	var idents []string
	for i, e := range l.Entries {
		if !p.rules.allows(l.Dir.Join(e.Wire())) {
			continue
		}
		kept = append(kept, e)
		if l.Idents != nil {
			idents = append(idents, l.Idents[i])
		}
	}
	l.Entries, l.Idents = kept, idents
}
