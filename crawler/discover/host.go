// Package discover proposes hosts to crawl, on the owner's word: those that a list of
// mirrors, a domain's DNS records, the local network or the texts of archives name.
// It contacts none of them. [New] returns a [Finder] for the schemes that can be
// crawled, with a method for each of these four.
//
// The files: host.go has the finder and the hosts that it finds; list.go reads mirror
// lists, text.go texts; dns.go asks for SRV records; lan.go asks the local network, and
// records.go joins the answers.
package discover

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"trawl/index"
)

// Host is a host that was found.
type Host struct {
	ID   index.HostID
	Name string // the name that it gives itself, in one printable line; "" if none
	From string // where it was found: "line 12", "_ftp._tcp.example.org", "ftp://h/README"
}

// Finder finds hosts of the schemes that can be crawled. Its methods may be called
// from several goroutines.
type Finder struct {
	schemes index.Schemes
	url     *regexp.Regexp // a URL of one of schemes, and perhaps the text behind it
}

// New returns a Finder.
func New(schemes index.Schemes) *Finder {
	var names []string
	for _, scheme := range schemes.All() {
		names = append(names, regexp.QuoteMeta(scheme.Name))
	}
	return &Finder{schemes, regexp.MustCompile(
		`(?i)\b(?:` + strings.Join(names, "|") + ")://[^\\s\"'<>`|\\\\^{}$,\\x00-\\x1f]+")}
}

// at returns the identity of the host of a scheme at a name and a port.
func (f *Finder) at(scheme, name string, port uint16) (index.HostID, bool) {
	name = strings.TrimSuffix(name, ".")
	id, _, _, err := f.schemes.Parse(fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(name, fmt.Sprint(port))))
	return id, err == nil
}

// rooted returns the host with a directory to start at, if that makes sense.
func (f *Finder) rooted(id index.HostID, dir string) index.HostID {
	dir = (&url.URL{Path: "/" + strings.TrimLeft(dir, "/")}).EscapedPath()
	if at, _, _, err := f.schemes.Parse(id.Scheme() + "://" + id.Name() + dir); err == nil {
		return at
	}
	return id
}

// hosts collects hosts, each once, in the order in which they came.
type hosts struct {
	list []Host
	seen map[index.HostID]bool
}

func (h *hosts) add(found Host) {
	if h.seen == nil {
		h.seen = make(map[index.HostID]bool)
	}
	if h.seen[found.ID] {
		return
	}
	h.seen[found.ID] = true
	found.Name, found.From = index.Visible(found.Name), index.Visible(found.From)
	h.list = append(h.list, found)
}
