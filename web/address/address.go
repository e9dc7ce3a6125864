// Package address writes and reads the addresses of the portal's pages about hosts, directories
// and files. They are readable and stable: the scheme, the name of the host, and the path
// in the bytes of the wire, each percent-encoded.
//
//	/file/ftp/h:2121/pub/caf%E9.txt
package address

import (
	"context"
	"net/url"
	"path"
	"strings"

	"trawl/index"
)

// Page is the first part of an address: what is asked about a host, a directory or a file.
type Page string

// The pages.
const (
	Host     Page = "host"     // a host: facts, and its root
	Browse   Page = "browse"   // a directory
	File     Page = "file"     // a file with all its places
	Get      Page = "get"      // the bytes of a file
	Metalink Page = "metalink" // the places of a file for download managers (RFC 5854)
)

// Of returns the address of a page about p on a host. That of a host itself is of its root.
func (g Page) Of(id index.HostID, p index.Path) string {
	at := "/" + string(g) + "/" + id.Scheme() + "/" + id.Name()
	if g == Host && p == "/" {
		return at
	}
	return at + escape(p)
}

// open are the signs that a path of a URL may hold as they are and that mean something in an attribute, a header or a
// script.
const open = "'()*!;,"

// escape percent-encodes a path for a place in an attribute, a header or a script as well. A page has a hundred
// addresses, and most need nothing of this.
func escape(p index.Path) string {
	path := (&url.URL{Path: string(p)}).EscapedPath()
	if !strings.ContainsAny(path, open) {
		return path
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(path)+16)
	for i := range len(path) {
		if c := path[i]; strings.IndexByte(open, c) >= 0 {
			out = append(out, '%', digits[c>>4], digits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

// Where is what an address is about.
type Where struct {
	Scheme, Name string // as HostID.Scheme and HostID.Name
	Path         index.Path
}

// Read reads what is behind the page in the path of a request, still percent-encoded
// (url.URL.EscapedPath): "/ftp/h:2121/pub/caf%E9.txt". It reports false if that names no
// place.
func Read(rest string) (Where, bool) {
	scheme, rest, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	name, rest, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(name)
	if err != nil || scheme == "" || name == "" {
		return Where{}, false
	}
	p, err := url.PathUnescape(rest)
	if err != nil || strings.ContainsRune(p, 0) {
		return Where{}, false
	}
	return Where{scheme, name, index.Path(path.Clean("/" + p))}, true
}

// Locate returns the host of the catalogue that w belongs to, or index.ErrNoHost.
func (w Where) Locate(ctx context.Context, hosts index.Hosts) (index.Host, error) {
	all, err := hosts.Hosts(ctx)
	if err != nil {
		return index.Host{}, err
	}
	host, ok := index.Locate(all, w.Scheme, w.Name, w.Path)
	if !ok {
		return index.Host{}, index.ErrNoHost
	}
	return host, nil
}
