package wall

import (
	"net"
	"net/netip"
	"slices"

	proxyproto "github.com/pires/go-proxyproto"

	"trawl/web/visitor"
)

// Proxied returns a listener whose connections from the networks begin with a header of the PROXY protocol, of version 1 or 2,
// which says who comes. Without one they are broken off. A header from elsewhere is rubbish.
func Proxied(l net.Listener, networks []netip.Prefix) net.Listener {
	return &proxyproto.Listener{
		Listener:          l,
		ReadHeaderTimeout: headerTime,
		ConnPolicy: func(at proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			from := visitor.AddrOf(at.Upstream.String())
			if slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(from) }) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		},
	}
}
