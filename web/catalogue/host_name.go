package catalogue

import (
	"net/netip"
	"strings"

	"trawl/index"
)

// The name of a host's folder is its URL as one part of a path: the scheme unless it is ftp, the name, and the port unless it
// is that of the scheme, joined by "+". The letters are small; others name the same host. An IPv6 address, whose colons no
// file system of Windows takes, is written as Windows does.
//
//	ftp://ftp.example.org/             <=> ftp.example.org
//	sftp://ftp.example.org:2222/pub/   <=> sftp+ftp.example.org+2222
//	ftp://127.0.0.1:2121/              <=> 127.0.0.1+2121
//	ftp://[2001:db8::1]/               <=> 2001-db8--1.ipv6-literal.net
//
// A host whose name could be read as a port or a scheme has both: sftp+22+22. Hosts that differ in their directories alone have
// one folder; see server.

const (
	plainScheme = "ftp"
	ipv6Suffix  = ".ipv6-literal.net"
)

// folderOf returns the name of the folder of a host.
func folderOf(id index.HostID) string {
	host, port := id.Hostname(), ""
	if rest, ok := strings.CutPrefix(id.Name(), bracketed(host)); ok {
		port = strings.TrimPrefix(rest, ":")
	}
	name := host
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is6() {
		name = strings.ReplaceAll(host, ":", "-") + ipv6Suffix
	}
	scheme := id.Scheme()
	if scheme == plainScheme && (port == "" || !digits(name)) {
		scheme = ""
	}
	parts := []string{name}
	if scheme != "" {
		parts = append([]string{scheme}, parts...)
	}
	if port != "" || scheme != "" && digits(name) {
		parts = append(parts, port)
	}
	return strings.Join(parts, "+")
}

// bracketed returns a host as a URL has it before the port.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// digits reports whether a name has nothing but digits.
func digits(name string) bool { return strings.Trim(name, "0123456789") == "" }

// readFolder reads the name of a host's folder: the scheme and the name as HostID has them. It reports false if it is none.
func readFolder(folder string) (scheme, name string, ok bool) {
	parts := strings.Split(strings.ToLower(folder), "+")
	scheme = plainScheme
	port := ""
	switch {
	case len(parts) == 3:
		scheme, name, port = parts[0], parts[1], parts[2]
	case len(parts) == 2 && digits(parts[1]):
		name, port = parts[0], parts[1]
	case len(parts) == 2:
		scheme, name = parts[0], parts[1]
	case len(parts) == 1:
		name = parts[0]
	}
	if scheme == "" || name == "" || !digits(port) {
		return "", "", false
	}
	if literal, is := strings.CutSuffix(name, ipv6Suffix); is {
		name = "[" + strings.ReplaceAll(literal, "-", ":") + "]"
	}
	if port != "" {
		name += ":" + port
	}
	return scheme, name, true
}
