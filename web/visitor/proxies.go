package visitor

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Header is the header in which proxies name the visitor. A proxy writes one of them and passes on the others as they came, so
// that only the one that it writes can be believed.
type Header string

// The headers.
const (
	XForwardedFor Header = "x-forwarded-for" // with X-Forwarded-Proto
	Forwarded     Header = "forwarded"       // RFC 7239
)

// Proxies are the proxies in front of the portal. The zero value is none: then no header is believed.
type Proxies struct {
	Networks []netip.Prefix // of the proxies
	Header   Header         // that they write; "" is XForwardedFor
}

// Handler hands requests to next, which asks [Of] for their visitors. Headers in which a proxy could have named the visitor do
// not reach it.
func (p Proxies) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.visitor(r)
		r = v.With(r)
		for _, name := range named() {
			r.Header.Del(name)
		}
		next.ServeHTTP(w, r)
	})
}

// named are the headers by which others than the connection say who comes, and how.
func named() []string {
	return []string{
		"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "Forwarded", "X-Real-Ip", "True-Client-Ip",
	}
}

// hearsay reports whether a request names a visitor, or a proxy.
func hearsay(h http.Header) bool {
	return slices.ContainsFunc(append(named(), "Via"), func(name string) bool { return h.Get(name) != "" })
}

// trusts reports whether an address is that of a proxy.
func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// visitor returns the visitor of a request.
func (p Proxies) visitor(r *http.Request) Visitor {
	v := peer(r)
	if !p.trusts(v.Addr) {
		return v
	}
	v.Hearsay = false
	if p.Header == Forwarded {
		return p.walk(v, forwarded(r.Header))
	}
	return p.walk(v, xForwarded(r.Header))
}

// hop is what one proxy says of whom it was asked by.
type hop struct {
	addr  netip.Addr // the zero value if it says none that is one
	proto string     // "" if it says none
}

// walk goes back from the connection to the first hop that is no proxy. Each proxy appends the address that it was asked from, so
// that all before that hop is hearsay. A hop without an address ends the walk: the proxy that hides it is the visitor then.
func (p Proxies) walk(v Visitor, hops []hop) Visitor {
	for _, h := range slices.Backward(hops) {
		if h.proto != "" {
			v.Secure = h.proto == "https"
		}
		if !h.addr.IsValid() {
			break
		}
		v.Addr = h.addr
		if !p.trusts(v.Addr) {
			break
		}
	}
	return v
}

// mostHops is how many proxies in a row are read, from the last one.
const mostHops = 32

// lastParts returns the last parts of a header, which may stand on several lines.
func lastParts(h http.Header, name string) []string {
	parts := strings.Split(strings.Join(h.Values(name), ","), ",")
	return parts[max(0, len(parts)-mostHops):]
}

// xForwarded reads X-Forwarded-For and X-Forwarded-Proto. Most proxies set the latter anew, and those that append have as many
// parts in it: the last one is of the proxy nearest to the portal, and where there are fewer parts the first one holds before it.
func xForwarded(h http.Header) []hop {
	addrs := lastParts(h, "X-Forwarded-For")
	protos := lastParts(h, "X-Forwarded-Proto")
	hops := make([]hop, len(addrs))
	for i, part := range addrs {
		hops[i].addr = address(part)
		if j := len(protos) - (len(addrs) - i); j >= 0 {
			hops[i].proto = scheme(protos[j])
		}
	}
	return hops
}

// forwarded reads Forwarded (RFC 7239 section 4): for=192.0.2.60;proto=http, for="[2001:db8::1]:4711".
func forwarded(h http.Header) []hop {
	var hops []hop
	for _, part := range lastParts(h, "Forwarded") {
		var one hop
		for pair := range strings.SplitSeq(part, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = strings.Trim(value, `"`)
			switch strings.ToLower(name) {
			case "for":
				one.addr = address(value)
			case "proto":
				one.proto = scheme(value)
			}
		}
		hops = append(hops, one)
	}
	return hops
}

// scheme reads the name of a scheme; "" if it is none that the portal knows.
func scheme(s string) string {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "http", "https":
		return s
	}
	return ""
}

// address reads the address of a hop, perhaps with a port; the zero value for others, such as "unknown" and "_hidden".
func address(s string) netip.Addr {
	s = strings.TrimSpace(s)
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
