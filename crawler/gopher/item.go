package gopher

import (
	"cmp"
	"net"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trawl/index"
)

// own reports whether an item is on the server itself.
func (s *server) own(it item) bool {
	if it.port != s.port {
		return false
	}
	for _, name := range s.names {
		if strings.EqualFold(it.host, name) {
			return true
		}
	}
	return false
}

// resolve returns an item with the host and the port that its line left out: what is left out
// is the server's own, but the port of another server is 70. An item whose selector is a
// Gopher URL is what that URL names (RFC 4266).
func (s *server) resolve(it item) item {
	if rest, found := strings.CutPrefix(it.webPage(), "gopher://"); found {
		if named, ok := named(rest); ok {
			named.title = it.title
			it = named
		}
	}
	if it.host == "" {
		it.host = s.names[0]
	}
	if it.port == "" {
		it.port = s.port
		if !s.own(it) {
			it.port = "70"
		}
	}
	return it
}

// named returns the item that a Gopher URL names, without its scheme.
func named(rest string) (it item, ok bool) {
	addr, place, _ := strings.Cut(rest, "/")
	u, err := url.Parse("gopher://" + addr)
	if err != nil || u.User != nil || !hostname(u.Hostname()) {
		return it, false
	}
	if place, err = url.PathUnescape(place); err != nil || strings.ContainsAny(place, "\t\r\n\x00") {
		return it, false
	}
	it = item{kind: '1', host: u.Hostname(), port: cmp.Or(readPort(u.Port()), "70")}
	if place != "" {
		it.kind, it.selector = place[0], place[1:]
	}
	return it, it.kind > ' ' && it.kind <= '~'
}

// entry makes an entry of an item in the menu dir. It is not ok for items that are no
// entries: text, and the way back to a menu above.
//
// A menu has one place in the tree, the first at which a crawl meets it; elsewhere it is
// a link to that place. Links are also made of items on other servers, of items outside
// of the crawled part, and of items that are no files: searches, telnet sessions, the web.
func (s *server) entry(dir index.Path, it item) (e index.Entry, ok bool) {
	switch {
	case it.kind == 'i' || it.kind == '3':
		return e, false
	case !s.own(it) || it.elsewhere():
		return s.link(dir, it, it.url()), true
	case it.kind == '1' && above(dir, it.selector):
		return e, false
	case !s.inside(it.selector):
		return s.link(dir, it, it.url()), true
	}
	p := s.place(dir, it)
	if it.kind == '1' && !s.claim(p, it.selector) {
		return s.link(dir, it, s.decoder.Decode(it.selector)), true
	}
	e = index.Entry{Name: s.name(p, it), Size: index.UnknownSize}
	if it.kind == '1' {
		e.Kind = index.Dir
	}
	_, e.Unix, e.Precision = s.dated(it.title)
	return withRaw(e, p.Base()), true
}

// withRaw returns e with its name on the wire.
func withRaw(e index.Entry, wire string) index.Entry {
	if e.Name != wire {
		e.Raw = wire
	}
	return e
}

// link returns an entry that is not followed. Its name on the wire has the form
// of which index.HostID.URL makes the link to it.
func (s *server) link(dir index.Path, it item, target string) index.Entry {
	title, unix, precision := s.dated(it.title)
	wire := joinLiteral(dir, string(it.kind)+it.selector+"\t"+net.JoinHostPort(it.host, it.port)).Base()
	e := index.Entry{Name: s.readable(title, it.selector), Kind: index.Link, Size: index.UnknownSize, Unix: unix, Precision: precision, Target: target}
	return withRaw(e, wire)
}

// place returns the path of an item of the server itself.
func (s *server) place(dir index.Path, it item) index.Path {
	if !s.slash || it.kind != '1' {
		return join(dir, it.selector)
	}
	if without, with := strings.CutSuffix(it.selector, "/"); with {
		if p := join(dir, without); !isLiteral(p) {
			return p
		}
	}
	return joinLiteral(dir, it.selector)
}

// request returns the selector of the menu at a path; see place.
func (s *server) request(dir index.Path) string {
	selector := selectorAt(dir)
	if s.slash && selector != "" && !isLiteral(dir) {
		selector += "/"
	}
	return selector
}

// same returns a selector in the form that distinguishes menus.
func same(selector string) string { return strings.Trim(selector, "/") }

// above reports whether a selector is that of dir or of a menu above it.
func above(dir index.Path, selector string) bool {
	for ; dir != "/"; dir = dir.Dir() {
		if same(selectorAt(dir)) == same(selector) {
			return true
		}
	}
	return same(selector) == ""
}

// inside reports whether a selector is below the one that the crawl starts at.
func (s *server) inside(selector string) bool {
	root := same(selectorAt(s.host.ID.Root()))
	return root == "" || strings.HasPrefix(same(selector)+"/", root+"/")
}

// claimCosts is about the memory of a claimed menu beside its selector and path, in bytes.
const claimCosts = 96

// claim gives a menu its place if it has none yet, and reports whether p is its place.
func (s *server) claim(p index.Path, selector string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, taken := s.claimed[same(selector)]
	if taken {
		return at == p
	}
	cost := int64(len(p)+len(selector)) + claimCosts
	if !s.pacer.Spend(cost) {
		s.outOfMemory = true
		return false
	}
	s.spent += cost
	s.claimed[same(selector)] = p
	return true
}

// elsewhere reports whether an item of the server itself is neither a menu nor a file:
// a search, a directory of people, a session, a web page.
func (it item) elsewhere() bool {
	return strings.ContainsRune("278+T", rune(it.kind)) || it.webPage() != ""
}

// absolute is a URL with a server.
var absolute = regexp.MustCompile(`^/?[A-Za-z][A-Za-z0-9+.-]*://[^/]`)

// webPage returns the URL that an item may have for a selector, or "".
func (it item) webPage() string {
	for _, prefix := range []string{"URL:", "/URL:"} {
		if link, found := strings.CutPrefix(it.selector, prefix); found {
			return strings.ToValidUTF8(link, "\ufffd")
		}
	}
	if absolute.MatchString(it.selector) {
		return strings.ToValidUTF8(strings.TrimPrefix(it.selector, "/"), "\ufffd")
	}
	return ""
}

// url returns the link to an item (RFC 4266), or its target if it is a web page or a
// session.
func (it item) url() string {
	addr := it.host
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	if it.port != "70" {
		addr = net.JoinHostPort(it.host, it.port)
	}
	switch page := it.webPage(); {
	case page != "":
		return page
	case it.kind == '8' || it.kind == 'T':
		return "telnet://" + addr + "/"
	}
	return "gopher://" + addr + "/" + string(it.kind) + (&url.URL{Path: "/" + it.selector}).EscapedPath()[1:]
}

// name returns the name of an item for people: the last name of its selector if that is a
// path, and the item is a file or its selector continues that of its menu; else its title.
func (s *server) name(p index.Path, it item) string {
	title, _, _ := s.dated(it.title)
	base := path.Base(strings.TrimSuffix(it.selector, "/"))
	if isLiteral(p) && (it.kind == '1' || path.Ext(base) == "" || strings.ContainsAny(base, "?&=")) {
		return s.readable(title, it.selector)
	}
	if plain := unescape(base); plain != base && !strings.Contains(title, base) {
		base = plain
	}
	return s.readable(base, it.selector)
}

// readable returns a name that an entry can have.
func (s *server) readable(name, otherwise string) string {
	for _, name := range []string{name, otherwise} {
		name = strings.NewReplacer("/", "\u2215", "\x00", "\ufffd").Replace(s.decoder.Decode(strings.TrimSpace(name)))
		if name != "" && name != "." && name != ".." {
			return name
		}
	}
	return "untitled"
}

// escaped is a byte as gophernicus writes it in selectors.
var escaped = regexp.MustCompile(`#[0-3][0-7][0-7]`)

// unescape undoes what gophernicus does: "a#040b" => "a b".
func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(code string) string {
		n, _ := strconv.ParseUint(code[1:], 8, 8)
		return string([]byte{byte(n)})
	})
}

// tail is the time and the rounded size that gophernicus appends to titles.
var tail = regexp.MustCompile(`^(.*?)\s+(\d{4}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2})\s+(?:-+|[0-9.]+ [A-Za-z]+)$`)

// dated returns a title without its time, and that.
func (s *server) dated(title string) (name string, unix int64, precision index.Precision) {
	if m := tail.FindStringSubmatch(title); m != nil {
		if t, err := time.Parse("2006-Jan-02 15:04", m[2]); err == nil {
			return m[1], t.Unix() - int64(s.host.Known.Zone), index.Minute
		}
	}
	return title, 0, index.Unknown
}
