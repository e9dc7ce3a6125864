package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/wall"
	"trawl/web/visitor"
)

// frontOptions are the flags of what stands before the portal.
type frontOptions struct {
	trust       []string // networks of proxies
	header      string   // how they name visitors
	connections int
	perVisitor  int

	networks []netip.Prefix // trust, read by check
}

// byPROXY is the value of --proxy-header for proxies that name the visitor before the first byte of a connection.
const byPROXY = "proxy-protocol"

// proxyHeaders are the values of --proxy-header.
func proxyHeaders() []string {
	return []string{string(visitor.XForwardedFor), string(visitor.Forwarded), byPROXY}
}

// The bounds of connections unless flags say others.
const (
	portalConnections  = 4096
	visitorConnections = 128 // connections; a browser opens 6
)

// flags adds the flags to a command.
func (o *frontOptions) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&o.trust, "trust-proxy", nil, "`networks` of proxies that may name the visitor of the portal; may be repeated")
	flags.StringVar(&o.header, "proxy-header", string(visitor.XForwardedFor), "`header` in which those proxies name the visitor: x-forwarded-for, forwarded or proxy-protocol")
	flags.IntVar(&o.connections, "http-connections", portalConnections, "most `connections` to the portal at once")
	flags.IntVar(&o.perVisitor, "http-per-visitor", visitorConnections, "most `connections` of one visitor to the portal at once; proxies and this machine itself have no such limit")
	keyed(cmd, "trust-proxy", "portal.trust_proxy")
	keyed(cmd, "proxy-header", "portal.proxy_header")
	keyed(cmd, "http-connections", "portal.connections")
	keyed(cmd, "http-per-visitor", "portal.per_visitor")
	completeFrom(cmd, "proxy-header", proxyHeaders()...)
}

// check returns an error about a flag, and reads the networks.
func (o *frontOptions) check() error {
	if o.connections < 1 || o.perVisitor < 1 {
		return fmt.Errorf("the portal needs room for one connection at least; --http-connections is %d as a rule, --http-per-visitor %d", portalConnections, visitorConnections)
	}
	switch o.header {
	case string(visitor.XForwardedFor), string(visitor.Forwarded), byPROXY:
	default:
		return fmt.Errorf("--proxy-header is x-forwarded-for, forwarded or proxy-protocol, not %q", o.header)
	}
	o.networks = nil
	for _, s := range o.trust {
		p, err := netip.ParsePrefix(s)
		if addr, wrong := netip.ParseAddr(s); wrong == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return fmt.Errorf("--trust-proxy %q is no address and no network such as 10.0.0.0/8", s)
		}
		o.networks = append(o.networks, p.Masked())
	}
	return nil
}

// portal returns the server of the portal, which stands behind [wall.Handler], and the listener that it serves in place of l.
func (o *frontOptions) portal(l net.Listener, portal http.Handler, end *ending, log *slog.Logger) (*http.Server, net.Listener) {
	conns := &wall.Conns{Most: cmp.Or(o.connections, portalConnections), PerPeer: cmp.Or(o.perVisitor, visitorConnections), Exempt: o.networks}
	proxies := visitor.Proxies{Networks: o.networks, Header: visitor.Header(o.header)}
	l = conns.Listen(l)
	if o.header == byPROXY {
		proxies = visitor.Proxies{}
		l = wall.Proxied(l, o.networks)
	}
	srv := wall.Server(proxies.Handler(portal), log)
	conns.Watch(srv)
	end.counts(conns.Busy)
	return srv, l
}
