// Package visitor says who sends a request: the address of the visitor, and whether it comes by https. All that limits or
// logs visitors asks here, so that nobody else believes a header.
//
// visitor.go is what the portal knows of a visitor; proxies.go reads it from what trusted proxies say.
package visitor

import (
	"context"
	"net"
	"net/http"
	"net/netip"
)

// Visitor is who sends a request.
type Visitor struct {
	Addr   netip.Addr // without a zone, IPv4 as such; "::" if the connection has no address, as that of a Unix socket
	Secure bool       // by https, here or at the proxy

	// Hearsay says that the connection comes from no trusted proxy, and names a visitor all the same: a proxy that nobody trusts yet may be
	// this machine itself, and the visitor anywhere.
	Hearsay bool
}

// key is the key of the visitor in the context of a request.
type key struct{}

// Of returns the visitor of a request: what [Proxies.Handler] found out, else the other side of the connection.
func Of(r *http.Request) Visitor {
	if v, ok := r.Context().Value(key{}).(Visitor); ok {
		return v
	}
	return peer(r)
}

// With returns the request as one of the visitor.
func (v Visitor) With(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), key{}, v))
}

// peer returns the other side of the connection.
func peer(r *http.Request) Visitor {
	return Visitor{Addr: AddrOf(r.RemoteAddr), Secure: r.TLS != nil, Hearsay: hearsay(r.Header)}
}

// AddrOf reads the address of a connection: "192.0.2.7:80", "[fe80::1%eth0]:80". It is "::" for what has none.
func AddrOf(hostport string) netip.Addr {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.IPv6Unspecified()
	}
	return addr.Unmap().WithZone("")
}

// Household returns the network that counts as one visitor: an address of IPv4, and of IPv6 the /64 that one household has.
func (v Visitor) Household() netip.Prefix { return Household(v.Addr) }

// Household returns the network of an address that counts as one visitor.
func Household(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() && !addr.IsLoopback() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Scheme is that by which the visitor reaches the portal: "http" or "https".
func (v Visitor) Scheme() string {
	if v.Secure {
		return "https"
	}
	return "http"
}
