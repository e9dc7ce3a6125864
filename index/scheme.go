package index

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ErrHostURL is wrapped by the errors of [Schemes.Parse].
var ErrHostURL = errors.New("not the URL of a host")

// Scheme says what the scheme of a URL means: where its servers listen and how
// its URLs are read and written. A source says this of its schemes. The zero
// value of every field but Name and Port is that of FTP-like URLs (RFC 1738).
type Scheme struct {
	Name    string // in lower case: "ftp"
	Port    uint16 // the default port
	Service string // in DNS SRV records and DNS-SD (RFC 6335), without the underscore: "sftp-ssh"; "" is none
	Login   string // the arguments of `trawl add` that give a login: "sftp://USER@HOST/ --key FILE"; "" is none

	// Ways are the names of the ways in which its hosts can be listed, as Known.Way and
	// Settings.Ways have them. The name of a file, such as "find-ls.gz", needs no entry.
	Ways []string

	// Introduces says that an anonymous login gives the contact address as its
	// password (RFC 1635), so that a public host needs one.
	Introduces bool

	// Typed says that a URL may end in the type of a transfer, such as ";type=i" (RFC 1738 section 3.2.2).
	Typed bool

	// Selectors says that a path stands for a selector: it is not what people
	// read, and links are shown as they are written.
	Selectors bool

	// Breaks says that a path may hold line breaks. Protocols whose commands are lines cannot send them.
	Breaks bool

	// DirsOpen says that a directory can be read as a file can, so that reading it
	// does not show which of both it is.
	DirsOpen bool

	// Root returns the directory that the path of a host's URL stands for; both are
	// clean. Nil is the path itself.
	Root func(path string) string

	// Plain returns the path that stands in this scheme for a path of files, which is that of the other doors of an archive. Nil
	// is the same.
	Plain func(p Path) Path

	// URL returns the link to p on a host, which is named as by HostID.Name, with
	// its raw bytes percent-encoded. Nil is HostID.Join, with a trailing slash for
	// a directory.
	URL func(host string, p Path, kind Kind) string
}

// Schemes are the schemes whose hosts can be crawled. The value is immutable. The
// zero value has none: it parses nothing and writes generic URLs.
type Schemes struct{ list []Scheme }

// NewSchemes returns a set of schemes. The first is the one that is meant where a
// person types none.
func NewSchemes(list ...Scheme) Schemes { return Schemes{slices.Clone(list)} }

// All returns the schemes in their order.
func (s Schemes) All() []Scheme { return slices.Clone(s.list) }

// Lookup returns a scheme by its name. One that is not in the set has its name
// alone, and no port.
func (s Schemes) Lookup(name string) Scheme {
	for i := range s.list {
		if s.list[i].Name == name {
			return s.list[i]
		}
	}
	return Scheme{Name: name}
}

// Parse reads the URL or the name of a host as a person types it. It returns the
// host's identity and the login that the URL holds, if any.
//
//	FTP.Example.org            => ftp://ftp.example.org/
//	ftp://me:pw@h:21/pub//     => ftp://h/pub/, me, pw
//	sftp://[2001:db8::1]:2222  => sftp://[2001:db8::1]:2222/
//	gopher://h/1/pub           => gopher://h/pub/ (Scheme.Root)
func (s Schemes) Parse(text string) (id HostID, user, password string, err error) {
	if !strings.Contains(text, "://") && len(s.list) > 0 {
		text = s.list[0].Name + "://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", "", unparsable(text)
	}
	scheme := s.Lookup(strings.ToLower(u.Scheme))
	if scheme.Port == 0 {
		return "", "", "", fmt.Errorf("%w: %q: the scheme must be %s", ErrHostURL, u.Redacted(), s)
	}
	addr, err := scheme.address(u)
	if err != nil {
		return "", "", "", err
	}
	root := path.Clean("/" + u.Path)
	if scheme.Root != nil {
		root = scheme.Root(root)
	}
	if strings.ContainsAny(root, "\r\n\x00") {
		return "", "", "", fmt.Errorf("%w: %q: its path holds a control character", ErrHostURL, u.Redacted())
	}
	if root != "/" {
		root += "/"
	}
	password, _ = u.User.Password()
	id = HostID(scheme.Name + "://" + addr + (&url.URL{Path: root}).EscapedPath())
	return id, u.User.Username(), password, nil
}

// unparsable returns the error of a text that is no URL, without its password.
func unparsable(text string) error {
	scheme, rest, _ := strings.Cut(text, "://")
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if addr, _, _ := strings.Cut(rest, "/"); strings.Contains(addr, ":") {
		return fmt.Errorf("%w: %q: the text after the colon is no port", ErrHostURL, scheme+"://"+rest)
	}
	return fmt.Errorf("%w: %q", ErrHostURL, scheme+"://"+rest)
}

// address returns the name of the host in a URL, with the port unless that is the
// scheme's own.
func (s Scheme) address(u *url.URL) (string, error) {
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if name == "" || strings.ContainsAny(name, " \t\r\n\x00/") {
		return "", fmt.Errorf("%w: %q: it names no host", ErrHostURL, u.Redacted())
	}
	if strings.Contains(name, ":") {
		if addr, err := netip.ParseAddr(name); err != nil || addr.Zone() != "" {
			return "", fmt.Errorf("%w: %q: a name with colons must be an IPv6 address, without a zone", ErrHostURL, u.Redacted())
		}
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > math.MaxUint16) {
		return "", fmt.Errorf("%w: %q: its port must be one of 1 to 65535", ErrHostURL, u.Redacted())
	}
	switch {
	case port != "" && port != s.port():
		return net.JoinHostPort(name, port), nil
	case strings.Contains(name, ":"):
		return "[" + name + "]", nil
	}
	return name, nil
}

func (s Scheme) port() string { return strconv.Itoa(int(s.Port)) }

// Addr returns the address to dial: the name and the port of a host,
// "ftp.example.org:21". The port of a scheme that is not in the set is 0.
func (s Schemes) Addr(id HostID) string {
	if u, err := url.Parse(string(id)); err == nil && u.Port() != "" {
		return net.JoinHostPort(u.Hostname(), u.Port())
	}
	return net.JoinHostPort(id.Hostname(), s.Lookup(id.Scheme()).port())
}

// URL returns the link to p on a host, in the form of the host's scheme, with its
// raw bytes percent-encoded.
//
//	ftp://h:2121/, /pub/caf\xe9, Dir => ftp://h:2121/pub/caf%E9/
func (s Schemes) URL(id HostID, p Path, kind Kind) string {
	if write := s.Lookup(id.Scheme()).URL; write != nil {
		return write(id.Name(), p, kind)
	}
	link := id.Join(p)
	if kind == Dir && p != "/" {
		link += "/"
	}
	return link
}

// URLs returns the links to a place, one for each URL by which its host is reached, the best first.
//
//	ftp://h/ with the doors ftp://h/ and ftps://h/, /pub/a => ftp://h/pub/a, ftps://h/pub/a
func (s Schemes) URLs(p *Place, kind Kind) []string {
	var all []string
	for _, base := range p.Bases() {
		at := p.Path
		if plain := s.Lookup(base.Scheme()).Plain; plain != nil && len(p.Doors) > 0 {
			at = plain(at)
		}
		all = append(all, s.URL(base, at, kind))
	}
	return all
}

// String lists the names: "ftp, ftps, sftp or gopher".
func (s Schemes) String() string {
	var b strings.Builder
	for i, scheme := range s.list {
		switch {
		case i > 0 && i == len(s.list)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(scheme.Name)
	}
	return b.String()
}
