package index

import (
	"fmt"
	"slices"
	"strings"
)

// Reached returns the host among hosts that a URL reaches: it is the host's ID or one of its doors. It reports false if there
// is none.
func Reached(hosts []Host, by HostID) (Host, bool) {
	for i := range hosts {
		if slices.Contains(hosts[i].Bases(), by) {
			return hosts[i], true
		}
	}
	return Host{}, false
}

// Locate returns the host among hosts that p of the server with a scheme and a name
// (HostID.Name) belongs to, be they those of a door: the one with the deepest root that p is within. It reports false if
// there is none.
//
//	ftp, h, /pub/a; ftp://h/, ftp://h/pub/ => ftp://h/pub/
func Locate(hosts []Host, scheme, name string, p Path) (Host, bool) {
	best := -1
	for i := range hosts {
		root := hosts[i].ID.Root()
		if !p.Within(root) || !hosts[i].named(scheme, name) {
			continue
		}
		if best < 0 || root.Depth() > hosts[best].ID.Root().Depth() {
			best = i
		}
	}
	if best < 0 {
		return Host{}, false
	}
	return hosts[best], true
}

// named reports whether a scheme and a name are those by which the host is reached.
func (h *Host) named(scheme, name string) bool {
	return slices.ContainsFunc(h.Bases(), func(id HostID) bool { return id.Scheme() == scheme && id.Name() == name })
}

// Locate returns the host and the path that a URL means, as a person types or pastes it and as
// [Schemes.URL] writes it; its host may have been added by the URL of a directory above. Without a
// scheme it is tried in all schemes, in their order. A "?", a "#" and a "%" that escapes nothing are
// parts of names. ErrNoHost if no host holds the path; ErrHostURL if the text is no URL.
//
//	ftp.example.org/pub/a b%231  => ftp://ftp.example.org/, /pub/a b#1
func (s Schemes) Locate(hosts []Host, text string) (id HostID, p Path, err error) {
	text = strings.TrimRight(EscapeLoose(text), "/")
	tries := []string{text}
	if !strings.Contains(text, "://") {
		tries = nil
		for i := range s.list {
			tries = append(tries, s.list[i].Name+"://"+text)
		}
	}
	var first HostID
	for _, try := range tries {
		named, _, _, wrong := s.Parse(try)
		if wrong != nil {
			return "", "", wrong
		}
		if first == "" {
			first = named
		}
		p = named.Root()
		if rest, is := strings.CutPrefix(string(p), "/9/"); is && s.Lookup(named.Scheme()).Selectors {
			p = Path("/" + rest) // the item type of a file (RFC 4266)
		}
		if host, ok := Locate(hosts, named.Scheme(), named.Name(), p); ok {
			return host.ID, p, nil
		}
	}
	return "", "", fmt.Errorf("%s: %w", strings.TrimSuffix(string(first), "/"), ErrNoHost)
}

// EscapeLoose escapes what would end the path of a URL or be no escape in it: "C%23/a #1 5%.txt" =>
// "C%23/a %231 5%25.txt". The result can be unescaped.
func EscapeLoose(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '?', c == '#', c == '%' && !isEscape(text[i:]), c < ' ', c == 0x7f:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// isEscape reports whether text begins with a percent-encoded byte.
func isEscape(text string) bool {
	hex := func(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }
	return len(text) >= 3 && hex(text[1]) && hex(text[2])
}
